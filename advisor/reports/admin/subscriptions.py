"""Who gets what, and when, in the admin: to read."""

from calendar import day_name

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.audited_admin import ReadOnlyAdmin
from advisor.reports.models import ReportSchedule, Subscription

COLOURS = {"in force": "success", "unconfirmed": "warning", "ended": "default"}


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Addresses and webhooks, what each gets, and why one gets no more."""

    list_display = ["to", "organization", "standing", "gets", "locale", "created_at"]
    list_filter = [
        "weekly_report",
        "ended_because",
        ("organization", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["email", "webhook__name", "organization__slug"]
    ordering = ["-created_at", "-id"]
    fields = [
        ("to", "organization", "standing"),
        ("weekly_report", "alerts", "locale"),
        ("price_change_percent", "saving_usd_per_month"),
        ("user", "of_member"),
        ("created_at", "asked_at", "confirmed_at"),
        ("ended_at", "ended_because"),
    ]
    readonly_fields = ["to", "standing"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Subscription]":
        """Return the rows with what their lines name, secrets left behind."""
        rows: QuerySet[Subscription] = super().get_queryset(request)
        return rows.select_related("organization", "webhook").defer(
            "webhook__secret", "webhook__previous_secret"
        )

    @admin.display(description="To", ordering="email")
    def to(self, subscription: Subscription) -> str:
        """Return the address, or the name of the webhook."""
        if subscription.webhook is not None:
            return f"webhook {subscription.webhook.name}"
        return subscription.email

    @display(description="State", label=COLOURS)  # type: ignore[untyped-decorator]
    def standing(self, subscription: Subscription) -> str:
        """Return whether anything is sent there."""
        if subscription.ended_at is not None:
            return "ended"
        return "unconfirmed" if subscription.confirmed_at is None else "in force"

    @admin.display(description="Gets")
    def gets(self, subscription: Subscription) -> str:
        """Return what is sent: the report, and which alerts."""
        report = ["weekly report"] if subscription.weekly_report else []
        kinds = [kind.replace("_", " ") for kind in subscription.alerts]
        return ", ".join([*report, *kinds]) or "nothing"


@admin.register(ReportSchedule)
class ReportScheduleAdmin(ReadOnlyAdmin):
    """When reports are made; without a row on Mondays at 8:00 UTC."""

    list_display = ["organization", "moment", "time_zone", "enabled"]
    list_select_related = ["organization"]
    list_filter = ["enabled"]
    search_fields = ["organization__slug", "time_zone"]
    ordering = ["organization__slug"]

    @admin.display(description="Made on", ordering="weekday")
    def moment(self, schedule: ReportSchedule) -> str:
        """Return the weekday and the hour on the organization's own clock."""
        return f"{day_name[schedule.weekday - 1]}, {schedule.hour}:00"
