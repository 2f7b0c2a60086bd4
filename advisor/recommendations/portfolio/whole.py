"""Puts a portfolio together: a fixed number of queries, one decision a workload."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q

from accounts.models import Organization
from advisor.decision.actual_spend import Shape
from advisor.recommendations.amounts import iso
from advisor.recommendations.figures import CURRENCY
from advisor.recommendations.in_use import Uses, uses_of
from advisor.recommendations.portfolio.large_models import large_models_of
from advisor.recommendations.portfolio.lines import Line, known, money
from advisor.recommendations.portfolio.size_mix import size_mix_of
from advisor.recommendations.portfolio.standing import Standing, standing_advice
from advisor.recommendations.realised import (
    Books,
    month_before,
    moves_of,
    realised_saving,
    spend_in,
    summed_usage,
)
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
    uses = uses_of((revision for _, revision in stated), at=at)
    standing = standing_advice(organization, at=at)
    lines = []
    for workload, revision in stated:
        in_use = uses[workload.pk].newest.option
        lines.append(
            Line(
                workload=workload,
                revision=revision,
                decision=standpoint.decide(revision, in_use=in_use),
                in_use=in_use,
                standing=standing.get(workload.pk, Standing()),
            )
        )
    _add_realised(lines, uses, organization, standpoint=standpoint, at=at)
    return lines


def _add_realised(
    lines: Sequence[Line],
    uses: Mapping[UUID, Uses],
    organization: Organization,
    *,
    standpoint: Standpoint,
    at: datetime,
) -> None:
    """Put to each line what it really cost last month and what advice really saved."""
    month, books = month_before(at), Books.at(standpoint)
    moves = moves_of(organization, uses, at=at)
    since = {
        line.workload.pk: min(
            [month.starts_at, *(move.since for move in moves[line.workload.pk])]
        )
        for line in lines
    }
    parted = [(move.since, move.before) for each in moves.values() for move in each]
    usage = summed_usage(since, parted, books=books, at=at)
    for line in lines:
        workload, shape = line.workload.pk, Shape(line.decision.question)
        records = usage[workload]
        line.spent_last_month = spend_in(month, records, books=books, shape=shape)
        line.realised_saving = realised_saving(
            moves[workload], records, books=books, shape=shape
        )


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
        "savings_realised": money(_realised(lines)),
        "savings_unknown": [
            str(line.workload.pk)
            for line in lines
            if None in (line.open_saving, line.accepted_saving)
        ],
        "unpriced": [str(line.workload.pk) for line in lines if line.spend is None],
    }


def _realised(lines: Sequence[Line]) -> Decimal | None:
    savings = [line.realised_saving for line in lines]
    return None if savings.count(None) == len(savings) else known(savings)
