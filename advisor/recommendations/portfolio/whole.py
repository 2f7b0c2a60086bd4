"""Puts a portfolio together: a fixed number of queries, one decision a workload."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q

from accounts.models import Organization
from advisor.recommendations.amounts import iso
from advisor.recommendations.figures import CURRENCY
from advisor.recommendations.in_use import options_in_use
from advisor.recommendations.portfolio.large_models import large_models_of
from advisor.recommendations.portfolio.lines import Line, known, money
from advisor.recommendations.portfolio.size_mix import size_mix_of
from advisor.recommendations.portfolio.standing import Standing, standing_advice
from advisor.recommendations.standpoint import Standpoint, standpoint_of
from workloads.models import Workload, WorkloadRevision

Json = dict[str, Any]


def portfolio_of(
    organization: Organization, *, as_of: datetime, known_at: datetime | None = None
) -> Json:
    """Return all workloads with what they cost and what their advice would save.

    Prices are those that hold `as_of`, as known at `known_at` (None: all that is
    kept). Workloads, their options and the states of advice are as they were at the
    earlier of the two.
    """
    standpoint = standpoint_of(organization, as_of=as_of, known_at=known_at)
    at = as_of if known_at is None else min(as_of, known_at)
    lines = _lines(organization, standpoint, at)
    return {
        "as_of": iso(as_of),
        "known_at": iso(standpoint.known_at),
        "currency": CURRENCY,
        "workloads": [line.shown() for line in lines],
        "totals": _totals(lines),
        "size_mix": size_mix_of(lines),
        "large_models": large_models_of(lines),
    }


def _lines(
    organization: Organization, standpoint: Standpoint, at: datetime
) -> list[Line]:
    stated = _stated(organization, at)
    in_use = options_in_use((revision for _, revision in stated), at=at)
    standing = standing_advice(organization, at=at)
    return [
        Line(
            workload=workload,
            revision=revision,
            decision=standpoint.decide(revision, in_use=in_use[workload.pk]),
            in_use=in_use[workload.pk],
            standing=standing.get(workload.pk, Standing()),
        )
        for workload, revision in stated
    ]


def _stated(
    organization: Organization, at: datetime
) -> list[tuple[Workload, WorkloadRevision]]:
    """Return the workloads that were there at a moment, as they were stated then."""
    newest = (
        WorkloadRevision.objects.filter(received_at__lte=at)
        .order_by("workload_id", "-number")
        .distinct("workload_id")
    )
    workloads = (
        Workload.objects.visible_to(organization)
        .filter(Q(archived_at=None) | Q(archived_at__gt=at), created_at__lte=at)
        .prefetch_related(
            Prefetch("revisions", queryset=newest, to_attr="current_revisions")
        )
    )
    return [
        (workload, revision)
        for workload in workloads.order_by("name", "pk")
        for revision in getattr(workload, "current_revisions", ())
    ]


def _totals(lines: Sequence[Line]) -> Json:
    """Return the sums over what is known; both spends are of the same workloads."""
    priced = [line for line in lines if line.spend is not None]
    return {
        "spend_monthly": {
            "in_use": money(known(line.spend for line in priced)),
            "recommended": money(
                known(
                    line.spend if line.recommended is None else line.recommended
                    for line in priced
                )
            ),
        },
        "savings_monthly": {
            "open": money(known(line.open_saving for line in lines)),
            "accepted": money(known(line.accepted_saving for line in lines)),
        },
        "savings_realised": None,
        "unpriced": [str(line.workload.pk) for line in lines if line.spend is None],
    }
