"""The addresses of reports, alerts and their delivery."""

from django.urls import URLPattern
from rest_framework.routers import BaseRouter

from advisor.reports.views.weekly import WeeklyReportViewSet


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("reports", WeeklyReportViewSet, "report")


# Mounted under `/api/v1/`.
urlpatterns: list[URLPattern] = []
