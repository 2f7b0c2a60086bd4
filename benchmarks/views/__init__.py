"""Endpoints, plans, runs and what they say, over the API."""

from benchmarks.views.changes import PerformanceChangeViewSet
from benchmarks.views.endpoints import EndpointViewSet
from benchmarks.views.evaluation_runs import EvaluationRunViewSet
from benchmarks.views.evaluation_sets import (
    EvaluationItemsView,
    EvaluationSetViewSet,
)
from benchmarks.views.evaluation_studies import EvaluationStudyViewSet
from benchmarks.views.outcomes import OutcomesView
from benchmarks.views.performance import OfferingPerformanceView
from benchmarks.views.plans import BenchmarkPlanViewSet
from benchmarks.views.runs import BenchmarkRunViewSet

__all__ = [
    "BenchmarkPlanViewSet",
    "BenchmarkRunViewSet",
    "EndpointViewSet",
    "EvaluationItemsView",
    "EvaluationRunViewSet",
    "EvaluationSetViewSet",
    "EvaluationStudyViewSet",
    "OfferingPerformanceView",
    "OutcomesView",
    "PerformanceChangeViewSet",
]
