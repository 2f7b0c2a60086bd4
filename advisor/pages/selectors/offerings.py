"""What the page of an offering shows: prices, runs, who measures, who buys."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import Organization
from advisor.recommendations.models import RecommendationLife, State
from benchmarks.change_sentences import sentence_of
from benchmarks.listings import HEADLINE, with_headline
from benchmarks.models import (
    BenchmarkRun,
    Endpoint,
    PerformanceChange,
    PlanTokenClass,
)
from benchmarks.selectors.changes import with_endpoints
from benchmarks.selectors.performance import COUNTED
from catalog.models import Offering, Price, ServiceTier

# The newest ones; a plan that runs every ten minutes has so many in four days.
MOST_RUNS = 600
SHOWN = timedelta(days=90)
# In what state a recommendation's pick is what a buyer means to use.
CONCERNED = (State.ACTIVE, State.ACCEPTED, State.IN_PROGRESS, State.SUCCEEDED)
# What the chart calls each rate.
CHARTED = {
    "input_per_mtok": "input",
    "output_per_mtok": "output",
    "cache_read_per_mtok": "cache read",
    "cache_write_5m_per_mtok": "cache write",
    "reasoning_per_mtok": "reasoning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """The prices of one tier in one currency, oldest first, as known at a moment."""

    service_tier: str
    currency: str
    prices: tuple[Price, ...]

    def steps(self) -> list[dict[str, Any]]:
        """Return every rate at every price, as `price_history_chart` takes them."""
        return [
            {
                "meter": meter,
                "from": price.effective_from,
                "rate": getattr(price, field),
            }
            for field, meter in CHARTED.items()
            for price in self.prices
        ]

    def at(self, moment: datetime) -> Price | None:
        """Return the price that holds at a moment, None before the first."""
        past = [price for price in self.prices if price.effective_from <= moment]
        return past[-1] if past else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyLine:
    """The runs of one token class at one endpoint, oldest first, and their changes."""

    endpoint: str
    token_class: str
    runs: tuple[dict[str, Any], ...]
    changes: tuple[dict[str, Any], ...]


def price_lines(offering: Offering, *, known_at: datetime) -> list[PriceLine]:
    """Return the price history by tier, the newest reading of each date, in one query.

    Standard comes first, then the other tiers in the order of their names.
    """
    rows = (
        Price.objects.filter(offering=offering, received_at__lte=known_at)
        .select_related("sheet")
        .order_by("service_tier", "effective_from", "-received_at")
        .distinct("service_tier", "effective_from")
    )
    lines: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for price in rows:
        lines[price.service_tier, price.sheet.currency].append(price)
    ordered = sorted(lines, key=lambda key: (key[0] != ServiceTier.STANDARD, key))
    return [
        PriceLine(service_tier=tier, currency=currency, prices=tuple(lines[key]))
        for key in ordered
        for tier, currency in [key]
    ]


def latency_lines(
    offering: Offering, organization: Organization, *, at: datetime
) -> list[LatencyLine]:
    """Return what was measured lately, the newest line first, in two queries."""
    rows = (
        with_headline(BenchmarkRun.objects.visible_to(organization))
        .filter(COUNTED, offering=offering)
        .filter(finished_at__gt=at - SHOWN, finished_at__lte=at)
        .order_by("-finished_at")
        .values("endpoint__name", "endpoint_id", "token_class", "finished_at", *_READ)
    )
    runs = sorted(rows[:MOST_RUNS], key=_line_of)
    changes = _changes(offering, organization, at=at)
    lines = [
        _latency_line(list(alike), changes) for _, alike in groupby(runs, key=_line_of)
    ]
    return sorted(lines, key=lambda line: line.runs[-1]["at"], reverse=True)


_READ = tuple(name for name in HEADLINE if name != "error_share")


def _line_of(run: Mapping[str, Any]) -> tuple[str, str]:
    return str(run["endpoint_id"]), run["token_class"]


def _latency_line(
    newest_first: list[dict[str, Any]],
    changes: Mapping[tuple[str, str], list[dict[str, Any]]],
) -> LatencyLine:
    first = newest_first[0]
    return LatencyLine(
        endpoint=first["endpoint__name"] or "imported results",
        token_class=PlanTokenClass(first["token_class"]).label,
        runs=tuple(
            {"at": run["finished_at"], **{name: run[name] for name in _READ}}
            for run in reversed(newest_first)
        ),
        changes=tuple(changes.get(_line_of(first), [])),
    )


def _changes(
    offering: Offering, organization: Organization, *, at: datetime
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    rows = with_endpoints(PerformanceChange.objects.visible_to(organization)).filter(
        endpoint__offering=offering,
        effective_from__gt=at - SHOWN,
        received_at__lte=at,
    )
    found = defaultdict(list)
    for change in rows.order_by("effective_from", "pk"):
        found[str(change.endpoint_id), change.token_class].append(
            {
                "at": change.effective_from,
                "figure": change.figure,
                "sentence": sentence_of(change),
            }
        )
    return found


def measurers(
    offering: Offering, organization: Organization, *, at: datetime
) -> "QuerySet[Endpoint]":
    """Return the endpoints that measure an offering, the busiest of late first.

    Each has `recent_runs` within the span that is shown, and `last_run_at`.
    """
    recent = Q(runs__finished_at__gt=at - SHOWN, runs__finished_at__lte=at)
    return (
        Endpoint.objects.visible_to(organization)
        .filter(offering=offering)
        .defer("credential", "headers")
        .annotate(
            recent_runs=Count("runs", filter=recent),
            last_run_at=Max("runs__finished_at", filter=recent),
        )
        .order_by("-recent_runs", "name")
    )


def buying_workloads(
    offering: Offering, organization: Organization
) -> list[RecommendationLife]:
    """Return the newest advice by workload that picks an offering, in one query."""
    lives = (
        RecommendationLife.objects.visible_to(organization)
        .filter(
            recommendation__picked_offering=offering.pk,
            state__in=CONCERNED,
            workload__archived_at=None,
        )
        .select_related("workload", "recommendation")
        .defer("recommendation__answer")
        .order_by("workload__name", "-recommendation__created_at")
    )
    return _newest_by_workload(lives)


def _newest_by_workload(
    lives: Iterable[RecommendationLife],
) -> list[RecommendationLife]:
    newest: dict[Any, RecommendationLife] = {}
    for life in lives:
        newest.setdefault(life.workload_id, life)
    return list(newest.values())
