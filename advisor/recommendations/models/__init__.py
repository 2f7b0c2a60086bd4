"""What was advised, what became of it, and what is watched for new advice."""

from advisor.recommendations.models.life import (
    DismissalReason,
    RecommendationLife,
    State,
    Transition,
)
from advisor.recommendations.models.recommendations import Cause, Recommendation
from advisor.recommendations.models.watch import WorkloadWatch

__all__ = [
    "Cause",
    "DismissalReason",
    "Recommendation",
    "RecommendationLife",
    "State",
    "Transition",
    "WorkloadWatch",
]
