"""The addresses of workloads, mounted under `/api/v1/`."""

from django.urls import path
from rest_framework.routers import BaseRouter

from workloads.views import UsageView, WorkloadViewSet


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("workloads", WorkloadViewSet, "workload")


urlpatterns = [
    path(
        "workloads/<uuid:workload_id>/usage/",
        UsageView.as_view(),
        name="workload-usage",
    ),
]
