"""The recommendations that stood at the two ends of a week, and what they say."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Organization
from advisor.recommendations.models import Recommendation
from advisor.reports.content.options import Key

Json = dict[str, Any]


def newest_advice(
    organization: Organization, *, workloads: Iterable[str], at: datetime
) -> dict[UUID, UUID]:
    """Return the id of the newest advice given by a moment, by workload."""
    rows = Recommendation.objects.visible_to(organization).filter(
        workload__in=list(workloads), created_at__lte=at
    )
    newest = rows.order_by("workload_id", "-created_at", "-id").distinct("workload_id")
    return dict(newest.values_list("workload_id", "id"))


def whole_answers(ids: Iterable[Any]) -> dict[UUID, Recommendation]:
    """Return recommendations with their answers, by id, in one query."""
    rows = Recommendation.objects.filter(pk__in=list(ids))
    return rows.select_related("revision", "workload", "organization").in_bulk()


def best_of(answer: Json) -> Json | None:
    """Return the option that an answer recommends, None if nothing fits."""
    return answer["options"][0] if answer["recommended"] is not None else None


def refusals_of(answer: Json, in_use: Key | None) -> Sequence[Json]:
    """Return the reasons against the option in use, empty where nothing is said."""
    for option in answer["options"]:
        stage = option["strategy"]["stages"][0]
        if (stage["offering"]["id"], stage["service_tier"]) == in_use:
            reasons: Sequence[Json] = option["reasons"]
            return reasons
    return ()
