"""The addresses of workloads, mounted under `/api/v1/`."""

from django.urls import URLPattern
from rest_framework.routers import BaseRouter

from workloads.views import WorkloadViewSet


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("workloads", WorkloadViewSet, "workload")


urlpatterns: list[URLPattern] = []
