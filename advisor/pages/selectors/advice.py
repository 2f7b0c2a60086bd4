"""Reads of advice for its history and for the comparison of two."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from advisor.recommendations import selectors
from advisor.recommendations.models import Recommendation, Transition
from workloads.models import Workload

# As many as a reader would choose among.
MOST_EARLIER = 30


def history_rows(workload: Workload, *, start: int, count: int) -> list[dict[str, Any]]:
    """Return a stretch of a workload's advice, newest first, in one query."""
    rows = selectors.summarised(selectors.history(workload)).values(
        *("id", "workload_id", "revision__number", "created_at"),
        *("finding", "provisional", "cause", "best"),
        state=F("life__state"),
    )
    return list(rows[start : start + count])


def steps_of(recommendations: Iterable[UUID]) -> dict[UUID, list[Transition]]:
    """Return each recommendation's transitions after its first, in one query."""
    rows = (
        Transition.objects.filter(recommendation__in=list(recommendations))
        .exclude(version=1)
        .select_related("user", "api_key")
        .order_by("recommendation_id", "version")
    )
    found: dict[UUID, list[Transition]] = defaultdict(list)
    for step in rows:
        found[step.recommendation_id].append(step)
    return dict(found)


def advice_before(rows: "QuerySet[Recommendation]") -> Recommendation | None:
    """Return the newest of some advice, None where there is none."""
    return rows.order_by("-created_at", "-id").first()


def earlier_moments(recommendation: Recommendation) -> list[tuple[UUID, datetime]]:
    """Return what a recommendation may be compared with, newest first, and when."""
    rows = selectors.history(recommendation.workload).filter(
        created_at__lt=recommendation.created_at
    )
    return list(rows.values_list("pk", "created_at")[:MOST_EARLIER])
