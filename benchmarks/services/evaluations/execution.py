"""Carries an evaluation run out: claims it, asks what is missing, closes it."""

import logging
from datetime import datetime
from decimal import Decimal
from traceback import format_exc
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from accounts.encryption import CannotDecrypt
from benchmarks.harness import questions
from benchmarks.harness.questions import Pace
from benchmarks.harness.runner import StopReason
from benchmarks.models import Endpoint, EvaluationRun
from benchmarks.services import asking, budget, keeping, pricing
from benchmarks.services.closing import ClaimLost
from benchmarks.services.evaluations import estimates
from benchmarks.services.evaluations.answers import Answers
from benchmarks.services.evaluations.chats import questions_of
from benchmarks.services.evaluations.claims import claim_evaluation, put_back
from benchmarks.services.evaluations.closing import (
    Ending,
    close_evaluation,
    close_waiting,
    ours,
    standing,
)
from benchmarks.services.evaluations.judging import JudgeGone, judge_of
from benchmarks.services.evaluations.meter import MOST_IN_A_ROW, Meter
from benchmarks.services.evaluations.watching import Watch

log = logging.getLogger(__name__)

# No question is begun after the first, none waited for after the second; both come
# before the task is told to stop. What is left is asked in a further claim, so that
# others get their turns.
BEGIN_S = 300.0
END_S = 480.0
# After these the run goes on later, with what it has.
_TO_BE_CONTINUED = (StopReason.DEADLINE, StopReason.CHECKPOINT_FAILED)
_BROKEN = "The asking itself failed; the log of the worker says how."


def execute_evaluation(
    run_id: UUID, at: datetime, *, begin_s: float = BEGIN_S, end_s: float = END_S
) -> EvaluationRun | None:
    """Carry on a run that waits, if it may start; return it if that closed it.

    None means that it waits again, that nothing was done, or that the run was taken
    away in the meantime. Safe to call twice or never: the row says what is to be asked,
    and by whom.
    """
    run = _claimed(run_id, at)
    if run is None:
        return None
    try:
        work = _Work(run, at)
    except (CannotDecrypt, JudgeGone) as error:
        return _closed_unasked(run, str(error), at)
    try:
        _check_budget(run, work.usd)
    except budget.OverBudget as refusal:
        return work.closed(StopReason.BUDGET, str(refusal))
    concurrency = int(run.asked["concurrency"])
    stop, failure = work.ask(
        Pace(concurrency=concurrency, begin_s=begin_s, end_s=end_s)
    )
    # The connection was idle while the harness ran, perhaps for too long.
    close_old_connections()
    if stop is StopReason.LOST:
        return None
    if stop in _TO_BE_CONTINUED:
        work.put_back()
        return None
    return work.closed(stop, failure)


def _claimed(run_id: UUID, at: datetime) -> EvaluationRun | None:
    """Claim a run; one whose credential no key opens is closed with that sentence."""
    try:
        return claim_evaluation(run_id, at)
    except CannotDecrypt as error:
        waiting = EvaluationRun.objects.get(pk=run_id)
        close_waiting(waiting, str(error), at)
        return None


def _closed_unasked(
    run: EvaluationRun, failure: str, at: datetime
) -> EvaluationRun | None:
    """Close a claimed run that cannot go on, with what it has."""
    cost = run.cost_usd if run.calls_done else Decimal(0)
    ending = Ending(stop=StopReason.BROKEN, failure=failure, cost_usd=cost)
    try:
        return close_evaluation(run, ending, at=at)
    except ClaimLost:
        return None


def _check_budget(run: EvaluationRun, usd: dict[int, Decimal] | None) -> None:
    """Keep the estimate by today's prices; raise `OverBudget` when it is above.

    A run that has answers already goes on until its budget is used up.
    """
    if run.calls_done:
        return
    estimate = budget.stored(estimates.estimate(usd, run.positions, run.samples))
    ours(run).update(estimate_usd=estimate)
    if run.budget_usd is not None:
        budget.check(estimate, run.budget_usd, run.budget_usd, per="run")


class _Work:
    """A claimed run at work: its items, what they cost, and what was answered."""

    def __init__(self, run: EvaluationRun, at: datetime) -> None:
        assert run.endpoint is not None  # noqa: S101  # only such runs are claimed
        self._run = run
        self._endpoint: Endpoint = run.endpoint
        asked = {*run.positions}
        items = run.evaluation_set.items.order_by("position")
        self._items = {each.position: each for each in items if each.position in asked}
        self._judge = judge_of(run, self._items, at)
        self._answers = Answers(
            self._items,
            secret=self._endpoint.credential,
            kept=run.calls_done,
            judge=self._judge,
        )
        tariff = pricing.tariff(run.endpoint.offering, run.service_tier, at)
        answering = estimates.usd_by_position(tariff, self._items.values(), at)
        self.usd = estimates.with_judging(answering, self._judge)
        self._meter = Meter(
            run, tariff=tariff, usd_by_position=self.usd, at=at, judge=self._judge
        )

    def ask(self, pace: Pace) -> tuple[StopReason, str]:
        """Ask what is missing; return how that ended, and what went wrong if it did."""
        run, secret = self._run, self._endpoint.credential
        missing = questions_of(run, self._items)
        try:
            target = asking.target_of(run.asked, self._endpoint)
            with Watch(run, self._answers, self._meter) as watch:
                ended = questions.run(
                    target, missing, pace, self._meter, watch, second=self._judge
                )
        except Exception:  # whatever it is, the run must not stay open
            log.error(
                "Evaluation %s: %s", run.pk, keeping.without(secret, format_exc())
            )
            return StopReason.BROKEN, _BROKEN
        if ended.error is not None:
            log.error("Evaluation %s was not kept.", run.pk, exc_info=ended.error)
        for answered in ended.rest:
            self._answers.add(answered)
        if ended.stop is StopReason.FAILING:
            return ended.stop, keeping.word(_failing(self._meter.last_failure), secret)
        return ended.stop, ""

    def put_back(self) -> None:
        """Let the run wait for its next turn, with all that was answered."""
        standing(self._run, self._answers)
        fresh = self._answers.update(self._run) if self._answers else {}
        cost = budget.stored(self._meter.cost_usd)
        if put_back(self._run, ours(self._run), cost_usd=cost, **fresh):
            return
        # Called off in the meantime, it is closed; lost, it is another worker's.
        self.closed(StopReason.CANCELLED, "")

    def closed(self, stop: StopReason, failure: str) -> EvaluationRun | None:
        """Close the run with all that was answered, if it is still this worker's."""
        ending = Ending(
            stop=stop,
            failure=failure,
            cost_usd=self._meter.cost_usd,
            answers=self._answers,
        )
        try:
            closed = close_evaluation(self._run, ending, at=timezone.now())
        except ClaimLost:
            log.warning("Evaluation %s was taken away before its end.", self._run.pk)
            return None
        log.info("Evaluated %s: %d answers.", closed.pk, closed.calls_done)
        return closed


def _failing(last: str) -> str:
    return (
        f"The endpoint stopped answering: {MOST_IN_A_ROW} questions in a row had no"
        f" answer, the last with {last}"
    )
