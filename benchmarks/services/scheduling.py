"""Opens the runs that plans are due for; the slot, not the caller, makes one unique."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count

from accounts.encryption import CannotDecrypt
from benchmarks.models import BenchmarkPlan, BenchmarkRun
from benchmarks.models.runs import WAITING
from benchmarks.services.requests import plan_run
from benchmarks.services.slots import newest_due_slot

log = logging.getLogger(__name__)

Due = tuple[BenchmarkPlan, datetime, str]


def open_due_slots(at: datetime) -> list[UUID]:
    """Queue a run for each plan's newest due slot and token class; return their ids.

    A plan that fell behind gets its newest missed slot alone, and none while an earlier
    run of it still waits, so it catches up without a burst. Two callers at once open
    each run once.
    """
    plans = BenchmarkPlan.objects.filter(enabled=True, endpoint__enabled=True)
    # One credential that no key opens must not keep the other plans from running.
    plans = plans.select_related("endpoint__offering", "workload").defer(
        "endpoint__credential"
    )
    made = (_opened(due, at) for due in _due(list(plans), at))
    opened = [run for run in made if run is not None]
    BenchmarkRun.objects.bulk_create(opened, ignore_conflicts=True)
    ours = BenchmarkRun.objects.filter(pk__in=[run.pk for run in opened])
    return list(ours.order_by("-priority", "slot", "pk").values_list("pk", flat=True))


def _due(plans: list[BenchmarkPlan], at: datetime) -> Iterator[Due]:
    """Yield the slots that are due and not opened yet."""
    runs = BenchmarkRun.objects.filter(plan__in=plans)
    waiting = set(runs.filter(status__in=WAITING).values_list("plan_id", "token_class"))
    slots = {plan.pk: newest_due_slot(plan, at) for plan in plans}
    opened = set(
        runs.filter(slot__in={slot for slot in slots.values() if slot}).values_list(
            "plan_id", "token_class", "slot"
        )
    )
    room = _room_by_organization()
    for plan in plans:
        slot = slots[plan.pk]
        if slot is None or slot <= plan.created_at:
            continue
        for token_class in plan.token_classes:
            known = (plan.pk, token_class, slot) in opened
            if known or (plan.pk, token_class) in waiting:
                continue
            if room[plan.organization_id] > 0:
                room[plan.organization_id] -= 1
                yield plan, slot, token_class


def _room_by_organization() -> "defaultdict[UUID | None, int]":
    """Return how many runs each organization may still open; a slot missed stays so."""
    most = settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION
    found = BenchmarkRun.objects.filter(status__in=WAITING).values_list(
        "organization_id"
    )
    room: defaultdict[UUID | None, int] = defaultdict(lambda: most)
    for organization, count in found.annotate(count=Count("pk")):
        room[organization] = most - count
    return room


def _opened(due: Due, at: datetime) -> BenchmarkRun | None:
    plan, slot, token_class = due
    try:
        return plan_run(plan, token_class, slot=slot, at=at)
    except (CannotDecrypt, ObjectDoesNotExist, ValueError):
        log.exception("Plan %s cannot be run as it is.", plan.pk)
        return None
