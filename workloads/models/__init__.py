"""What the buyer needs: workloads in revisions, and what was actually used."""

from workloads.models.usage import UsageRecord
from workloads.models.workloads import (
    DAYS_PER_WEEK,
    HOURS_PER_DAY,
    MAX_REQUESTS_PER_MONTH,
    MAX_TOKENS,
    SECONDS_PER_MONTH,
    Capability,
    IsShape,
    QualityFloorKind,
    TaskFamily,
    Workload,
    WorkloadRevision,
)

__all__ = [
    "DAYS_PER_WEEK",
    "HOURS_PER_DAY",
    "MAX_REQUESTS_PER_MONTH",
    "MAX_TOKENS",
    "SECONDS_PER_MONTH",
    "Capability",
    "IsShape",
    "QualityFloorKind",
    "TaskFamily",
    "UsageRecord",
    "Workload",
    "WorkloadRevision",
]
