from django.db.models import QuerySet

from advisor.recommendations.models import Recommendation
from workloads.models import Workload


def latest_recommendation(workload: Workload) -> Recommendation | None:
    """Return the newest advice given for a workload: the active one, if any."""
    return history(workload).defer("answer").first()


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
