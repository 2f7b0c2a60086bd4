"""The addresses of advice, mounted under `/api/v1/`."""

from django.urls import path
from rest_framework.routers import BaseRouter

from advisor.recommendations.changes.views import ChangesView
from advisor.recommendations.portfolio.views import PortfolioView
from advisor.recommendations.studies.views import NextEvaluationsView
from advisor.recommendations.views import (
    AdviceView,
    RecommendationViewSet,
    WorkloadRecommendationsView,
)


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("recommendations", RecommendationViewSet, "recommendation")


urlpatterns = [
    path("advice/", AdviceView.as_view(), name="advice"),
    path(
        "recommendations/<uuid:recommendation_id>/changes/",
        ChangesView.as_view(),
        name="recommendation-changes",
    ),
    path("next-evaluations/", NextEvaluationsView.as_view(), name="next-evaluations"),
    path("portfolio/", PortfolioView.as_view(), name="portfolio"),
    path(
        "workloads/<uuid:workload_id>/recommendations/",
        WorkloadRecommendationsView.as_view(),
        name="workload-recommendations",
    ),
]
