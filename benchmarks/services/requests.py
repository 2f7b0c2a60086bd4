"""Asks for runs: one at once, a plan's now, the same again; and calls them off."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from accounts.audit import Author, record_for
from benchmarks.harness.runner import StopReason
from benchmarks.models import (
    Basis,
    BenchmarkPlan,
    BenchmarkRun,
    Endpoint,
    NotFed,
    PlanTokenClass,
    RunStatus,
)
from benchmarks.models.runs import WAITING
from benchmarks.services import asking, budget, pricing
from benchmarks.services.plans import check_plan
from workloads.models import Workload

_CALLED_OFF = (
    "status",
    "not_fed_because",
    "stop_reason",
    "finished_at",
    "closed_at",
    "cost_usd",
)
_NOT_OVER = {
    RunStatus.QUEUED: "It waits still: cancel it first.",
    RunStatus.RUNNING: "It is running still: cancel it first.",
    RunStatus.CANCELLED: "It is being stopped: try again in a second.",
}
# What of a plan's fields an ad-hoc run may state for itself.
LOAD_FIELDS = (
    "profile",
    "requests",
    "warmup",
    "concurrency",
    "requests_per_second",
    "prompt_cache",
    "deadline_s",
)


def request_run(
    *,
    endpoint: Endpoint,
    at: datetime,
    author: Author | None = None,
    token_class: str = PlanTokenClass.SHORT,
    fields: Mapping[str, Any] | None = None,
    workload: Workload | None = None,
    budget_usd: Decimal | None = None,
    priority: int = 0,
) -> BenchmarkRun:
    """Queue one run of an endpoint outside any plan; the caller enqueues its message.

    `fields` are some of LOAD_FIELDS, with the defaults of a plan. Raises
    `ValidationError` keyed by field, and `OverBudget`.
    """
    fields = dict(fields or {})
    if unknown := sorted(set(fields) - set(LOAD_FIELDS)):
        raise ValidationError({unknown[0]: "A run has no such field."})
    check_enabled(endpoint)
    load = BenchmarkPlan(
        endpoint=endpoint,
        organization=endpoint.organization,
        token_classes=[token_class],
        workload=workload,
        budget_per_run_usd=budget_usd,
        created_at=at,
        **fields,
    )
    check_plan(load)
    run = new_run(endpoint, asking.asked_of_plan(load, token_class), at=at)
    run.priority = priority
    return _queued(run, "benchmark_run.requested", at, author)


@transaction.atomic
def run_plan_now(
    *, plan: BenchmarkPlan, at: datetime, author: Author | None = None
) -> list[BenchmarkRun]:
    """Queue a plan's runs, one per token class, beside those of its slots.

    Raises `ValidationError` keyed by field, and `OverBudget`; then none is queued.
    """
    check_enabled(plan.endpoint)
    return [
        _queued(
            plan_run(plan, token_class, slot=at, at=at),
            "benchmark_run.requested",
            at,
            author,
        )
        for token_class in plan.token_classes
    ]


def retry_run(
    *, run: BenchmarkRun, at: datetime, author: Author | None = None
) -> BenchmarkRun:
    """Queue the same again, with a seed of its own; the first stays as it is.

    Raises `ValidationError` keyed by field when it cannot be, and `OverBudget`.
    """
    endpoint = run.endpoint
    if endpoint is None or run.basis == Basis.IMPORTED:
        raise ValidationError({"run": "Imported: it has no endpoint to measure again."})
    if run.closed_at is None:
        raise ValidationError({"run": _NOT_OVER[RunStatus(run.status)]})
    check_enabled(endpoint)
    again = new_run(endpoint, asking.asked_again(run.asked, endpoint), at=at)
    again.plan = run.plan
    again.slot = run.slot
    again.priority = run.priority
    again.retry_of = run
    return _queued(again, "benchmark_run.retried", at, author)


@transaction.atomic
def cancel_run(
    *, run: BenchmarkRun, at: datetime, author: Author | None = None
) -> bool:
    """Call a run off; return False when it had ended before.

    One that waits is closed at once. One that runs is closed by its worker, which
    looks twice a second and keeps what was measured by then.
    """
    waits = Q(status=RunStatus.QUEUED)
    called_off = BenchmarkRun.objects.filter(pk=run.pk, status__in=WAITING).update(
        status=RunStatus.CANCELLED,
        not_fed_because=NotFed.CANCELLED,
        closed_at=Case(When(waits, then=Value(at)), default=F("closed_at")),
        finished_at=Case(When(waits, then=Value(at)), default=F("finished_at")),
        stop_reason=Case(
            When(waits, then=Value(StopReason.CANCELLED.value)),
            default=F("stop_reason"),
        ),
        cost_usd=Case(When(waits, then=Value(Decimal(0))), default=F("cost_usd")),
    )
    if not called_off:
        return False
    run.refresh_from_db(fields=_CALLED_OFF)
    record_for(author, action="benchmark_run.cancelled", target=run, at=at)
    return True


def new_run(
    endpoint: Endpoint, asked: Mapping[str, Any], *, at: datetime
) -> BenchmarkRun:
    """Return a run of an endpoint that is not saved yet."""
    return BenchmarkRun(
        organization=endpoint.organization,
        endpoint=endpoint,
        offering=endpoint.offering,
        service_tier=endpoint.service_tier,
        token_class=asked["token_class"],
        slot=at,
        asked=dict(asked),
        created_at=at,
        requests_total=asking.requests_asked(asking.load_of(asked)),
    )


def plan_run(
    plan: BenchmarkPlan, token_class: str, *, slot: datetime, at: datetime
) -> BenchmarkRun:
    """Return a plan's run for a slot that is not saved yet."""
    run = new_run(plan.endpoint, asking.asked_of_plan(plan, token_class), at=at)
    run.plan = plan
    run.slot = slot
    run.priority = plan.priority
    return run


def priced(run: BenchmarkRun, at: datetime) -> pricing.Tariff | None:
    """Set a run's estimate by the prices held at `at`; return those."""
    tariff = pricing.tariff(run.offering, run.service_tier, at)
    load = asking.load_of(run.asked)
    run.estimate_usd = budget.stored(pricing.estimate(tariff, load, at))
    return tariff


def _queued(
    run: BenchmarkRun, action: str, at: datetime, author: Author | None
) -> BenchmarkRun:
    _check_open_runs(run)
    priced(run, at)
    budget.allowance(run, run.estimate_usd, at=at)
    with transaction.atomic():
        run.save(force_insert=True)
        detail = {"endpoint": str(run.endpoint_id), "token_class": run.token_class}
        record_for(author, action=action, target=run, at=at, detail=detail)
    return run


def _check_open_runs(run: BenchmarkRun) -> None:
    """Raise `ValidationError` when too many of the organization's are open already."""
    if open_runs(run.organization_id) >= settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION:
        raise ValidationError(
            {
                "run": f"{settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION} runs of yours"
                " wait or run already: cancel some, or ask again when they have ended."
            }
        )


def open_runs(organization_id: UUID | None) -> int:
    """Return how many runs of an organization wait or run."""
    return BenchmarkRun.objects.filter(
        organization=organization_id, status__in=WAITING
    ).count()


def check_enabled(endpoint: Endpoint) -> None:
    """Raise `ValidationError` when nothing may be asked of an endpoint."""
    if not endpoint.enabled:
        raise ValidationError({"endpoint": "It is switched off: switch it on first."})
