"""Counts of rows that say how the service fares, each by an index or a small table."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Max, Min, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from advisor.recommendations.models import WorkloadWatch
from advisor.reports.models import Delivery, DeliveryState
from benchmarks.listings import month_of
from benchmarks.models import BenchmarkPlan, BenchmarkRun, RunStatus
from benchmarks.models.runs import FINAL, WAITING
from catalog.models import CatalogueChange, Concern, PriceSheet, SheetStatus
from workloads.models import Workload

A_DAY = timedelta(days=1)
# Newest failed runs whose kind is told; more than these fail alike.
MOST_FAILED = 500
# What a message may still become.
OPEN_DELIVERIES = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """USD that runs of this UTC month cost, and the plans' budgets for it.

    `budgeted_usd` is what the runs of plans with a budget cost, of `budget_usd`.
    """

    spent_usd: Decimal
    budgeted_usd: Decimal
    budget_usd: Decimal
    plans_with_budget: int


def runs_by_status(at: datetime) -> dict[str, int]:
    """Count the runs that wait or run, and those asked for in a day that ended."""
    counts = _zero((*WAITING, *FINAL, RunStatus.CANCELLED))
    open_runs = BenchmarkRun.objects.filter(closed_at=None, status__in=WAITING)
    ended = BenchmarkRun.objects.filter(
        created_at__gte=at - A_DAY, created_at__lte=at
    ).exclude(status__in=WAITING)
    for rows in (open_runs, ended):
        counts |= _counted(rows, "status")
    return counts


def failing_runs(at: datetime) -> dict[str, int]:
    """Count the runs of a day that failed, by the error that most requests met.

    Without requests it is why the run ended, or that it never began. Most first.
    """
    rows = (
        BenchmarkRun.objects.filter(
            status=RunStatus.FAILED, created_at__gte=at - A_DAY, created_at__lte=at
        )
        .order_by("-created_at", "-id")
        .values(
            "started_at",
            "stop_reason",
            kinds=KeyTransform("errors_by_kind", KeyTransform("metrics", "summary")),
        )[:MOST_FAILED]
    )
    kinds = Counter(_kind(row) for row in rows)
    return dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))


def _kind(row: Mapping[str, Any]) -> str:
    kinds: dict[str, int] = row["kinds"] or {}
    if kinds:
        return max(sorted(kinds), key=lambda kind: kinds[kind])
    if row["started_at"] is None:
        return "not_started"
    return row["stop_reason"] or "unknown"


def deliveries_by_state(at: datetime) -> dict[str, int]:
    """Count the messages that are not through, and those sent within a week."""
    counts = _zero((*OPEN_DELIVERIES, DeliveryState.SENT))
    open_ones = Delivery.objects.filter(state__in=OPEN_DELIVERIES)
    sent = Delivery.objects.filter(
        state=DeliveryState.SENT, sent_at__gte=at - 7 * A_DAY, sent_at__lte=at
    )
    for rows in (open_ones, sent):
        counts |= _counted(rows, "state")
    return counts


def held_sheets() -> int:
    """Count the price sheets that wait for a decision."""
    return PriceSheet.objects.filter(status=SheetStatus.HELD).count()


def workloads() -> int:
    """Count the workloads that are not archived."""
    return Workload.objects.filter(archived_at=None).count()


def newest_catalogue_change() -> datetime | None:
    """Return when the catalogue last changed; None for an empty one."""
    rows = CatalogueChange.objects.filter(concerns=Concern.CATALOGUE)
    newest: datetime | None = rows.aggregate(at=Max("received_at"))["at"]
    return newest


def oldest_watch() -> datetime | None:
    """Return when the workload that waits longest was last checked for new advice."""
    rows = WorkloadWatch.objects.filter(workload__archived_at=None)
    oldest: datetime | None = rows.aggregate(at=Min("checked_at"))["at"]
    return oldest


def measuring(at: datetime) -> Measuring:
    """Add up what measuring has cost this month; an unknown cost is its estimate."""
    plans = BenchmarkPlan.objects.filter(
        enabled=True, budget_per_month_usd__isnull=False
    ).aggregate(count=Count("pk"), budget=Sum("budget_per_month_usd"))
    runs = BenchmarkRun.objects.filter(
        created_at__gte=month_of(at), created_at__lte=at
    ).exclude(status=RunStatus.QUEUED)
    return Measuring(
        spent_usd=_cost(runs),
        budgeted_usd=_cost(
            runs.filter(plan__enabled=True, plan__budget_per_month_usd__isnull=False)
        ),
        budget_usd=plans["budget"] or Decimal(0),
        plans_with_budget=plans["count"],
    )


def _cost(runs: "QuerySet[BenchmarkRun]") -> Decimal:
    usd = Coalesce("cost_usd", "estimate_usd", Value(Decimal(0)))
    total: Decimal | None = runs.aggregate(total=Sum(usd))["total"]
    return total or Decimal(0)


def _zero(words: "Iterable[models.TextChoices]") -> dict[str, int]:
    return {str(word.value): 0 for word in words}


def _counted(rows: "QuerySet[Any]", field: str) -> dict[str, int]:
    counts = rows.order_by().values_list(field).annotate(Count("pk"))
    return dict(counts)
