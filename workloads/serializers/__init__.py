"""What the API takes and shows of workloads and their usage."""

from workloads.questions import revision_fields
from workloads.serializers.usage import (
    MAX_ROWS,
    PeriodSerializer,
    UsageReceivedSerializer,
    UsageRecordSerializer,
    UsageSerializer,
)
from workloads.serializers.workloads import (
    BasisSerializer,
    ForecastSerializer,
    MoneySerializer,
    RevisionSerializer,
    WorkloadQuestionSerializer,
    WorkloadSerializer,
)

__all__ = [
    "MAX_ROWS",
    "BasisSerializer",
    "ForecastSerializer",
    "MoneySerializer",
    "PeriodSerializer",
    "RevisionSerializer",
    "UsageReceivedSerializer",
    "UsageRecordSerializer",
    "UsageSerializer",
    "WorkloadQuestionSerializer",
    "WorkloadSerializer",
    "revision_fields",
]
