"""The addresses of reports, alerts and their delivery."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import BaseRouter

from advisor.reports.views.alerts import AlertViewSet
from advisor.reports.views.deliveries import DeliveryViewSet
from advisor.reports.views.links import confirm_subscription, unsubscribe
from advisor.reports.views.schedule import ReportScheduleView
from advisor.reports.views.subscriptions import SubscriptionViewSet
from advisor.reports.views.webhooks import WebhookViewSet
from advisor.reports.views.weekly import WeeklyReportViewSet


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("reports", WeeklyReportViewSet, "report")
    router.register("subscriptions", SubscriptionViewSet, "subscription")
    router.register("deliveries", DeliveryViewSet, "delivery")
    router.register("alerts", AlertViewSet, "alert")
    router.register("webhooks", WebhookViewSet, "webhook")


# Mounted under `/api/v1/`.
urlpatterns: list[URLPattern] = [
    path("report-schedule/", ReportScheduleView.as_view(), name="report-schedule"),
]

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
