"""Closes evaluation runs: all that was answered is written, and then sealed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from benchmarks.harness.runner import StopReason
from benchmarks.models import EvaluationRun, NotFed, RunStatus
from benchmarks.services import budget
from benchmarks.services.closing import ClaimLost
from benchmarks.services.evaluations.answers import Answers
from benchmarks.services.evaluations.judging import JUDGE_UNSURE, unsure
from benchmarks.services.verdicts import MAX_FAILURE, wrong_model
from catalog.models import Concern
from catalog.services import catalogue_change

_STOPPED = {
    StopReason.BUDGET: "The budget was used up first.",
    StopReason.LOST: "It could not be carried on.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, and what of it is not in its row yet.

    `cost_usd` is what the run cost altogether, None where no price is known.
    """

    stop: StopReason
    cost_usd: Decimal | None
    failure: str = ""
    answers: Answers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said about a run when it is closed."""

    status: RunStatus
    failure: str = ""
    not_fed_because: str = ""


def ours(run: EvaluationRun) -> "QuerySet[EvaluationRun]":
    """Return the run's row as long as the claim on it is this worker's."""
    return EvaluationRun.objects.filter(
        pk=run.pk, claim=run.claim, closed_at__isnull=True
    )


def standing(run: EvaluationRun, answers: Answers) -> str | None:
    """Return the status of a run that is still this worker's, None if it is not.

    The answers are held against its row.
    """
    row = ours(run).values_list("status", "calls_done", "served_models").first()
    if row is None:
        return None
    status, kept, run.served_models = row
    answers.meet(kept)
    return str(status)


def close_evaluation(
    run: EvaluationRun,
    ending: Ending,
    *,
    at: datetime,
    while_: "QuerySet[EvaluationRun] | None" = None,
) -> EvaluationRun:
    """Add what is not in the row yet, judge the run, and seal it.

    One transaction in the ledger of changes: advice knows all of it or nothing. The
    run must be among the rows of `while_`, which are those of its claim unless given.
    Raises `ClaimLost` when it no longer is.
    """
    reason = f"evaluation run {run.pk}"
    with catalogue_change(reason, Concern.MEASUREMENTS) as received_at:
        rows = ours(run) if while_ is None else while_
        held = rows.select_for_update(of=("self",)).first()
        if held is None:
            raise ClaimLost(run.pk)
        if ending.answers is not None:
            ending.answers.add_to(held)
        stop = ending.stop
        if held.status == RunStatus.CANCELLED:
            # However far the worker came, the caller was told that it is called off.
            stop = StopReason.CANCELLED
        judged = judge(held, stop, ending.failure)
        held.status = judged.status
        held.failure = judged.failure[:MAX_FAILURE]
        held.not_fed_because = judged.not_fed_because
        held.feeds_advice = not judged.not_fed_because
        held.stop_reason = stop
        held.cost_usd = budget.stored(ending.cost_usd)
        held.finished_at = at
        held.received_at = received_at
        # Not before it is received: the two clocks may differ.
        held.closed_at = max(at, received_at)
        held.save(force_update=True)
    return held


def close_waiting(run: EvaluationRun, failure: str, at: datetime) -> None:
    """Close a run that waits and cannot go on, with what it has."""
    waiting = EvaluationRun.objects.filter(pk=run.pk, status=RunStatus.QUEUED)
    close_lost(run, StopReason.LOST, failure, at=at, while_=waiting)


def close_lost(
    run: EvaluationRun,
    stop: StopReason,
    failure: str,
    *,
    at: datetime,
    while_: "QuerySet[EvaluationRun]",
) -> None:
    """Close a run that no worker is at with what is in its row, if it is still so."""
    cost = run.cost_usd if run.claims else Decimal(0)
    ending = Ending(stop=stop, failure=failure, cost_usd=cost)
    try:
        close_evaluation(run, ending, at=at, while_=while_)
    except ClaimLost:
        return


def judge(run: EvaluationRun, stop: StopReason, failure: str) -> Judgement:
    """Judge a run by all its answers and how it stopped.

    Without an answer it failed; stopped early with some it is partial. Advice may rest
    on what was answered unless another model than the one asked for answered, or a
    judge that disagrees with itself scored it.
    """
    if stop is StopReason.CANCELLED:
        return Judgement(status=RunStatus.CANCELLED, not_fed_because=NotFed.CANCELLED)
    if run.calls_done == run.calls_failed:
        return Judgement(
            status=RunStatus.FAILED,
            failure=failure or _why_nothing(run, stop),
            not_fed_because=NotFed.NO_ANSWERS,
        )
    wrong = wrong_model(run.served_models, run.asked["wire_model"])
    doubt = unsure(run.judging)
    early = stop is not StopReason.COMPLETED
    said = wrong or doubt or failure or (_STOPPED.get(stop, "") if early else "")
    return Judgement(
        status=RunStatus.PARTIAL if early else RunStatus.SUCCEEDED,
        failure=said,
        not_fed_because=NotFed.WRONG_MODEL if wrong else JUDGE_UNSURE if doubt else "",
    )


def _why_nothing(run: EvaluationRun, stop: StopReason) -> str:
    errors = Counter(run.error)
    if not errors:
        return "Nothing was answered. " + _STOPPED.get(stop, "Nothing was asked.")
    (error, count), *_ = errors.most_common(1)
    return f"None of {len(run.error)} questions was answered; {count} with {error}."
