"""What the API takes and shows of endpoints, plans and runs."""

from benchmarks.serializers.endpoints import EndpointSerializer
from benchmarks.serializers.plans import PlanSerializer
from benchmarks.serializers.runs import (
    RunDetailSerializer,
    RunRequestSerializer,
    RunSerializer,
    SamplesSerializer,
)

__all__ = [
    "EndpointSerializer",
    "PlanSerializer",
    "RunDetailSerializer",
    "RunRequestSerializer",
    "RunSerializer",
    "SamplesSerializer",
]
