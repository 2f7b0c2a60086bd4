"""The addresses of endpoints, plans and runs, mounted under `/api/v1/`."""

from django.urls import URLPattern
from rest_framework.routers import BaseRouter

from benchmarks.views import (
    BenchmarkPlanViewSet,
    BenchmarkRunViewSet,
    EndpointViewSet,
)


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("endpoints", EndpointViewSet, "endpoint")
    router.register("benchmark-plans", BenchmarkPlanViewSet, "benchmark-plan")
    router.register("benchmark-runs", BenchmarkRunViewSet, "benchmark-run")


urlpatterns: list[URLPattern] = []
