"""Endpoints, plans and runs over the API."""

from benchmarks.views.endpoints import EndpointViewSet
from benchmarks.views.plans import BenchmarkPlanViewSet
from benchmarks.views.runs import BenchmarkRunViewSet

__all__ = ["BenchmarkPlanViewSet", "BenchmarkRunViewSet", "EndpointViewSet"]
