"""The addresses of measurements, mounted under `/api/v1/`."""

from django.urls import path
from rest_framework.routers import BaseRouter

from benchmarks.views import (
    BenchmarkPlanViewSet,
    BenchmarkRunViewSet,
    EndpointViewSet,
    EvaluationItemsView,
    EvaluationRunViewSet,
    EvaluationSetViewSet,
    EvaluationStudyViewSet,
    OfferingPerformanceView,
    OutcomesView,
    PerformanceChangeViewSet,
)


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("endpoints", EndpointViewSet, "endpoint")
    router.register("benchmark-plans", BenchmarkPlanViewSet, "benchmark-plan")
    router.register("benchmark-runs", BenchmarkRunViewSet, "benchmark-run")
    router.register("benchmark-changes", PerformanceChangeViewSet, "benchmark-change")
    router.register("evaluation-sets", EvaluationSetViewSet, "evaluation-set")
    router.register("evaluation-runs", EvaluationRunViewSet, "evaluation-run")
    router.register("evaluation-studies", EvaluationStudyViewSet, "evaluation-study")


urlpatterns = [
    path(
        "evaluation-sets/<uuid:set_id>/items/",
        EvaluationItemsView.as_view(),
        name="evaluation-set-items",
    ),
    path(
        "evaluation-sets/<uuid:set_id>/outcomes/",
        OutcomesView.as_view(),
        name="evaluation-set-outcomes",
    ),
    path(
        "offerings/<uuid:offering_id>/performance/",
        OfferingPerformanceView.as_view(),
        name="offering-performance",
    ),
]
