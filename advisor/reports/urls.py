"""The addresses of reports, alerts and their delivery."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import BaseRouter

from advisor.reports.views.links import confirm_subscription, unsubscribe
from advisor.reports.views.weekly import WeeklyReportViewSet


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("reports", WeeklyReportViewSet, "report")


# Mounted under `/api/v1/`.
urlpatterns: list[URLPattern] = []

# Mounted at the root: links in mails stay short, and outlive versions of the API.
mail_links: list[URLPattern | URLResolver] = [
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path(
        "confirm-subscription/<str:token>/",
        confirm_subscription,
        name="confirm-subscription",
    ),
]
if settings.EMAIL_PROVIDER:
    # Where the provider tells of bounces.
    mail_links.append(path("anymail/", include("anymail.urls")))
