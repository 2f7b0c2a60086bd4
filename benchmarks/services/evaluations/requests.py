"""Asks for evaluation runs, and calls them off."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from accounts.audit import Author, record_for
from benchmarks.grading import can_be_asked, needs_judge
from benchmarks.harness.protocols import PROTOCOLS
from benchmarks.harness.runner import StopReason
from benchmarks.harness.target import Patience
from benchmarks.models import (
    Endpoint,
    EvaluationItem,
    EvaluationRun,
    EvaluationSet,
    EvaluationStudy,
    NotFed,
    RunStatus,
)
from benchmarks.models.runs import WAITING
from benchmarks.services import asking, budget, pricing
from benchmarks.services.evaluations import estimates
from benchmarks.services.evaluations.chats import SEED_BITS
from benchmarks.services.evaluations.judging import asked_of_judge, judge_of
from benchmarks.services.evaluations.sets import freeze
from benchmarks.services.requests import check_enabled

MAX_SAMPLES = 64
# Of one run, whose answers are columns of one row.
MAX_CALLS = 200_000
_CALLED_OFF = (
    "status",
    "not_fed_because",
    "stop_reason",
    "finished_at",
    "closed_at",
    "cost_usd",
)


@transaction.atomic
def request_evaluation(
    *,
    evaluation_set: EvaluationSet,
    endpoint: Endpoint,
    positions: Sequence[int] | None = None,
    samples: int = 1,
    temperature: float | None = 0.0,
    budget_usd: Decimal | None = None,
    judge: Endpoint | None = None,
    study: EvaluationStudy | None = None,
    round: int = 0,
    at: datetime,
    author: Author | None = None,
) -> EvaluationRun:
    """Queue a run of a set's items at an endpoint; the caller enqueues its message.

    `positions` are the items in the order of asking, all of them when None; the set is
    frozen. A temperature of None leaves it to the endpoint. `judge` scores answers to
    items that need one. Raises `ValidationError`
    keyed by field, and `OverBudget` when the estimate is above `budget_usd`, or unknown
    though there is one.
    """
    check_enabled(endpoint)
    _check_set(evaluation_set, endpoint, study)
    check_drawing(endpoint, samples, temperature)
    _check_open_runs(endpoint.organization_id)
    # Nobody changes what is asked from now on.
    freeze(evaluation_set, at)
    items = list(evaluation_set.items.order_by("position"))
    asked = _positions(items, positions)
    _check_judge(judge, endpoint, [each for each in items if each.position in asked])
    if len(asked) * samples > MAX_CALLS:
        most = f"{MAX_CALLS:,} calls at most: ask fewer items, or fewer samples."
        raise ValidationError({"samples": f"A run makes {most}"})
    run = EvaluationRun(
        organization=endpoint.organization,
        evaluation_set=evaluation_set,
        study=study,
        round=round,
        endpoint=endpoint,
        offering=endpoint.offering,
        service_tier=endpoint.service_tier,
        language_model=endpoint.offering.model,
        samples=samples,
        temperature=temperature,
        seed=secrets.randbits(SEED_BITS),
        positions=asked,
        asked=asked_of(endpoint, judge),
        calls_total=len(asked) * samples,
        budget_usd=budget_usd,
        created_at=at,
    )
    run.estimate_usd = budget.stored(_estimate(run, items, at))
    if budget_usd is not None:
        budget.check(run.estimate_usd, budget_usd, budget_usd, per="run")
    run.save(force_insert=True)
    detail = {"endpoint": str(endpoint.pk), "evaluation_set": str(evaluation_set.pk)}
    record_for(
        author, action="evaluation_run.requested", target=run, at=at, detail=detail
    )
    return run


def asked_of(endpoint: Endpoint, judge: Endpoint | None = None) -> dict[str, object]:
    """Return where and how a run asks, and its judge is asked, without credentials."""
    return {
        **asking.asked_of_endpoint(endpoint),
        "patience": asdict(Patience()),
        "prompt_billed_once": endpoint.prompt_billed_once,
        "concurrency": max(settings.EVALUATION_CALLS_AT_ONCE, 1),
        **({"judge": asked_of_judge(judge)} if judge else {}),
    }


@transaction.atomic
def cancel_evaluation(
    *, run: EvaluationRun, at: datetime, author: Author | None = None
) -> bool:
    """Call a run off; return False when it had ended before.

    One that waits is closed at once. One that runs is closed by its worker, which
    looks twice a second. Either keeps what was answered by then.
    """
    waits = Q(status=RunStatus.QUEUED)
    called_off = EvaluationRun.objects.filter(pk=run.pk, status__in=WAITING).update(
        status=RunStatus.CANCELLED,
        not_fed_because=NotFed.CANCELLED,
        closed_at=Case(When(waits, then=Value(at)), default=F("closed_at")),
        finished_at=Case(When(waits, then=Value(at)), default=F("finished_at")),
        stop_reason=Case(
            When(waits, then=Value(StopReason.CANCELLED.value)),
            default=F("stop_reason"),
        ),
        cost_usd=Case(
            When(waits & Q(calls_done=0), then=Value(Decimal(0))), default=F("cost_usd")
        ),
    )
    if not called_off:
        return False
    run.refresh_from_db(fields=_CALLED_OFF)
    record_for(author, action="evaluation_run.cancelled", target=run, at=at)
    return True


def open_evaluations(organization_id: UUID | None) -> int:
    """Return how many evaluation runs of an organization wait or run."""
    return EvaluationRun.objects.filter(
        organization=organization_id, status__in=WAITING
    ).count()


def _check_set(
    evaluation_set: EvaluationSet, endpoint: Endpoint, study: EvaluationStudy | None
) -> None:
    owner = evaluation_set.organization_id
    if owner not in (None, endpoint.organization_id):
        raise ValidationError(
            {
                "evaluation_set": "It is another organization's than the endpoint: take"
                " an endpoint of its own, or a set of the ready suite."
            }
        )
    if study is None:
        return
    if study.evaluation_set_id != evaluation_set.pk:
        raise ValidationError({"evaluation_set": "The study is about another set."})
    of_workload = evaluation_set.workload_id
    if study.workload_id and of_workload not in (None, study.workload_id):
        raise ValidationError(
            {
                "evaluation_set": "It is another workload's: take a set of this"
                " workload, or one that its organization shares."
            }
        )


def check_drawing(endpoint: Endpoint, samples: int, temperature: float | None) -> None:
    """Refuse samples and temperatures that cannot be had, or that prove nothing."""
    if not 1 <= samples <= MAX_SAMPLES:
        raise ValidationError({"samples": f"Give a number from 1 to {MAX_SAMPLES}."})
    most = PROTOCOLS[endpoint.protocol].most_temperature
    if temperature is not None and not 0 <= temperature <= most:
        raise ValidationError(
            {
                "temperature": f"The endpoint's protocol takes 0 to {most:g}: give one"
                " of those, or null for the endpoint's own."
            }
        )
    if temperature == 0 and samples > 1:
        raise ValidationError(
            {
                "temperature": "At 0 the samples of an item are the same answer again,"
                " and prove nothing about votes: take one sample, or a higher"
                " temperature such as 0.7."
            }
        )


def askable_items(evaluation_set: EvaluationSet) -> list[EvaluationItem]:
    """Return the items of a set, in their order; refuse one that cannot be asked."""
    items = list(evaluation_set.items.order_by("position"))
    _positions(items, None)
    return items


def _check_open_runs(organization_id: UUID | None) -> None:
    most = settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION
    if open_evaluations(organization_id) >= most:
        raise ValidationError(
            {
                "run": f"{most} evaluations of yours wait or run already: cancel some,"
                " or ask again when they have ended."
            }
        )


def _positions(
    items: Sequence[EvaluationItem], stated: Sequence[int] | None
) -> list[int]:
    """Return the positions to ask; refuse what is not there or cannot be asked."""
    known = {item.position: item for item in items}
    positions = list(known) if stated is None else list(stated)
    if not positions:
        raise ValidationError({"evaluation_set": "There is no item to ask about."})
    if unknown := sorted({*positions} - {*known}):
        raise ValidationError({"positions": f"The set has no item {unknown[0]}."})
    if len({*positions}) < len(positions):
        raise ValidationError({"positions": "An item is named twice: name it once."})
    unasked = [known[each].key for each in positions if not _can_be_asked(known[each])]
    if unasked:
        raise ValidationError(
            {
                "evaluation_set": f"{len(unasked)} of its items cannot be asked, the"
                f" first is {unasked[0]!r}: its outcomes are brought along, or it has"
                " no messages. Leave those out by `positions`, or upload a set that"
                " has messages and graders."
            }
        )
    return positions


def _can_be_asked(item: EvaluationItem) -> bool:
    graded = can_be_asked(item.grader) or needs_judge(item.grader)
    return bool(item.messages) and graded


def _check_judge(
    judge: Endpoint | None, endpoint: Endpoint, items: Sequence[EvaluationItem]
) -> None:
    needed = any(needs_judge(each.grader) for each in items)
    if judge is None:
        if needed:
            raise ValidationError(
                {"judge": "Some items are scored by a judge: name another endpoint."}
            )
        return
    if not needed:
        raise ValidationError({"judge": "No item is scored by a judge: leave it out."})
    if judge.organization_id != endpoint.organization_id:
        raise ValidationError(
            {"judge": "It is another organization's than the endpoint: take its own."}
        )
    if judge.offering.model_id == endpoint.offering.model_id:
        raise ValidationError({"judge": "No model judges itself: take another model."})
    if not judge.enabled:
        raise ValidationError({"judge": "It is switched off: switch it on first."})


def _estimate(
    run: EvaluationRun, items: Sequence[EvaluationItem], at: datetime
) -> Decimal | None:
    assert run.offering is not None  # noqa: S101  # it is measured at an endpoint
    tariff = pricing.tariff(run.offering, run.service_tier, at)
    asked = {*run.positions}
    used = [item for item in items if item.position in asked]
    answering = estimates.usd_by_position(tariff, used, at)
    judge = judge_of(run, {item.position: item for item in used}, at)
    usd = estimates.with_judging(answering, judge)
    return estimates.estimate(usd, run.positions, run.samples)
