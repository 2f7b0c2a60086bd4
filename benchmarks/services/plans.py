"""Writes of plans: how often and how an endpoint is measured."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.audit import Author, record_for
from benchmarks.harness.load import WORKLOAD
from benchmarks.models import BenchmarkPlan, Endpoint
from benchmarks.services.slots import next_slot
from workloads.models import HOURS_PER_DAY

# Those that a constraint keeps and the field itself does not.
_RANGES = {"warmup": (0, 100), "requests_per_second": (0.001, 1_000.0)}
_NEVER = (
    "With this cadence no run ever falls into these hours: slots are multiples of the"
    " cadence since 1970-01-01T00:00Z. A cadence of 60 minutes has one in every hour."
)


@transaction.atomic
def create_plan(
    *,
    endpoint: Endpoint,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> BenchmarkPlan:
    """Keep a plan of its endpoint's organization; its first slot comes after `at`.

    `fields` are those of the model. Raises `ValidationError` keyed by field.
    """
    plan = BenchmarkPlan(
        **fields,
        endpoint=endpoint,
        organization=endpoint.organization,
        created_at=at,
    )
    check_plan(plan)
    plan.save(force_insert=True)
    record_for(
        author,
        action="benchmark_plan.created",
        target=plan,
        at=at,
        detail=_told(fields),
    )
    return plan


@transaction.atomic
def revise_plan(
    *,
    plan: BenchmarkPlan,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author | None = None,
) -> BenchmarkPlan:
    """Change fields of a plan and return it as it then is; no change, no event.

    Runs that wait already keep what they were asked. The endpoint stays. Raises
    `ValidationError` keyed by field.
    """
    held = BenchmarkPlan.objects.select_for_update().get(pk=plan.pk)
    changed = {
        name: value for name, value in fields.items() if getattr(held, name) != value
    }
    if "endpoint" in changed:
        raise ValidationError({"endpoint": "Create another plan for it instead."})
    if not changed:
        return held
    for name, value in changed.items():
        setattr(held, name, value)
    check_plan(held)
    held.save()
    record_for(
        author,
        action="benchmark_plan.revised",
        target=held,
        at=at,
        detail={"changed": _told(changed)},
    )
    return held


def switch_plan(
    *, plan: BenchmarkPlan, enabled: bool, at: datetime, author: Author | None = None
) -> BenchmarkPlan:
    """Switch a plan on or off; runs that wait already are not called back."""
    return revise_plan(plan=plan, fields={"enabled": enabled}, at=at, author=author)


def check_plan(plan: BenchmarkPlan) -> None:
    """Check all of a plan, saved or not; raise `ValidationError` keyed by field."""
    plan.clean_fields(exclude=["organization", "endpoint", "workload"])
    plan.token_classes = list(dict.fromkeys(plan.token_classes))
    plan.hours_allowed = sorted(set(plan.hours_allowed))
    _check_workload(plan)
    if plan.jitter_minutes >= plan.cadence_minutes:
        raise ValidationError(
            {"jitter_minutes": "Must be less than the cadence, or slots would meet."}
        )
    if not {*plan.hours_allowed} <= {*range(HOURS_PER_DAY)}:
        raise ValidationError({"hours_allowed": "Hours are UTC, from 0 to 23."})
    for name in ("budget_per_run_usd", "budget_per_month_usd"):
        budget = getattr(plan, name)
        if budget is not None and budget <= 0:
            raise ValidationError({name: "Must be above zero, or null for none."})
    for name, (low, high) in _RANGES.items():
        if not low <= getattr(plan, name) <= high:
            raise ValidationError({name: f"Must be from {low} to {high}."})
    plan.validate_constraints()
    if next_slot(plan, plan.created_at) is None:
        raise ValidationError({"hours_allowed": _NEVER})


def _check_workload(plan: BenchmarkPlan) -> None:
    workload, asked = plan.workload, WORKLOAD in plan.token_classes
    if asked and workload is None:
        raise ValidationError(
            {"workload": "Say whose lengths to ask for, or leave the class out."}
        )
    if workload is None:
        return
    if not asked:
        raise ValidationError(
            {"workload": "Its lengths are not asked for: add the token class workload."}
        )
    # The lengths of a shared endpoint's runs are seen by all.
    if workload.organization_id != plan.organization_id:
        raise ValidationError({"workload": "There is no such workload."})


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as JSON can hold them: a row by its id, an amount as text."""
    return {
        name: value
        if value is None or isinstance(value, bool | int | float | str | list)
        else str(getattr(value, "pk", value))
        for name, value in fields.items()
    }
