from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from advisor.recommendations.models import Recommendation
from workloads.models import Workload


def latest_recommendation(workload: Workload) -> Recommendation | None:
    """Return the newest advice given for a workload: the active one, if any."""
    picked = ("picked_offering", "picked_service_tier")
    return history(workload).only(*picked).first()


def history(workload: Workload) -> QuerySet[Recommendation]:
    """Return all advice given for a workload, newest first."""
    return Recommendation.objects.filter(workload=workload).order_by(
        "-created_at", "-id"
    )


def is_active(recommendation: Recommendation) -> bool:
    """Tell whether no newer advice has superseded this one."""
    newer = Recommendation.objects.filter(
        workload_id=recommendation.workload_id,
        created_at__gt=recommendation.created_at,
    )
    return not newer.exists()


def summarised(rows: QuerySet[Recommendation]) -> QuerySet[Recommendation, Any]:
    """Return the rows with their first option alone, not their whole answer."""
    return rows.values(
        "id",
        "workload_id",
        "revision__number",
        "as_of",
        "known_at",
        "created_at",
        "engine_version",
        "finding",
        "provisional",
        best=KeyTransform("0", KeyTransform("options", "answer")),
    )
