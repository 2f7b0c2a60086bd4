"""What was measured: endpoints, plans, runs with raw figures, changes, quality."""

from benchmarks.models.changes import PerformanceChange
from benchmarks.models.endpoints import Endpoint, Protocol
from benchmarks.models.evaluations import (
    Allocation,
    EvaluationItem,
    EvaluationRun,
    EvaluationSet,
    EvaluationStudy,
)
from benchmarks.models.plans import BenchmarkPlan, PlanTokenClass
from benchmarks.models.runs import Basis, BenchmarkRun, NotFed, RunStatus

__all__ = [
    "Allocation",
    "Basis",
    "BenchmarkPlan",
    "BenchmarkRun",
    "Endpoint",
    "EvaluationItem",
    "EvaluationRun",
    "EvaluationSet",
    "EvaluationStudy",
    "NotFed",
    "PerformanceChange",
    "PlanTokenClass",
    "Protocol",
    "RunStatus",
]
