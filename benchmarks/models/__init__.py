"""What was measured: endpoints, plans, runs with their raw figures, and changes."""

from benchmarks.models.changes import PerformanceChange
from benchmarks.models.endpoints import Endpoint, Protocol
from benchmarks.models.plans import BenchmarkPlan, PlanTokenClass
from benchmarks.models.runs import Basis, BenchmarkRun, NotFed, RunStatus

__all__ = [
    "Basis",
    "BenchmarkPlan",
    "BenchmarkRun",
    "Endpoint",
    "NotFed",
    "PerformanceChange",
    "PlanTokenClass",
    "Protocol",
    "RunStatus",
]
