"""Quality as it was measured: sets of items, runs over them, and studies."""

from benchmarks.models.evaluations.runs import EvaluationRun
from benchmarks.models.evaluations.sets import EvaluationItem, EvaluationSet
from benchmarks.models.evaluations.studies import Allocation, EvaluationStudy

__all__ = [
    "Allocation",
    "EvaluationItem",
    "EvaluationRun",
    "EvaluationSet",
    "EvaluationStudy",
]
