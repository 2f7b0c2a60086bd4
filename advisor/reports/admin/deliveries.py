"""Messages in the admin: what was sent to whom, what waits, and what was given up."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.audit import Author
from accounts.audited_admin import ReadOnlyAdmin, person
from advisor.reports.models import Delivery, DeliveryState
from advisor.reports.services.deliveries import send_again

COLOURS = {
    DeliveryState.WAITING: "info",
    DeliveryState.SENDING: "warning",
    DeliveryState.SENT: "success",
    DeliveryState.DEAD: "danger",
    DeliveryState.CANCELLED: "default",
}
# By what other pages narrow the list, beside its own filters.
_NARROWED_BY = ("alert", "subscription__webhook")


def deliveries_address(**narrowed: UUID) -> str:
    """Return the address of the list of an alert's or a webhook's deliveries."""
    address = reverse("admin:reports_delivery_changelist")
    return f"{address}?{urlencode(narrowed)}"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """One message to one reader or webhook, whether report or alert."""

    list_display = [
        "created_at",
        "how_far",
        "organization",
        "to",
        "about",
        "attempts",
        "next_attempt_at",
        "last_error",
    ]
    list_filter = ["state"]
    search_fields = ["organization__slug", "subscription__email", "message_id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
    actions = ["send_dead_again"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Delivery]":
        """Return the rows with what their lines name, secrets left behind."""
        rows: QuerySet[Delivery] = super().get_queryset(request)
        related = rows.select_related(
            "organization", "report", "alert", "subscription__webhook"
        )
        return related.defer(
            "report__content",
            "subscription__webhook__secret",
            "subscription__webhook__previous_secret",
        )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let links of alerts and webhooks narrow the list."""
        if lookup in _NARROWED_BY:
            return True
        allowed: bool = super().lookup_allowed(lookup, value, request)
        return allowed

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        """Return whether its person may have dead letters sent again."""
        return person(request).has_perm("reports.change_delivery")

    @admin.action(description="Send dead ones again", permissions=["send_again"])
    def send_dead_again(
        self, request: HttpRequest, queryset: "QuerySet[Delivery]"
    ) -> None:
        """Put what was given up back in line; say of each other why it stays."""
        author, now = Author(user=person(request)), timezone.now()
        for delivery in queryset:
            try:
                send_again(delivery=delivery, author=author, at=now)
            except ValidationError as error:
                said = f"{delivery.message_id}: {' '.join(error.messages)}"
                self.message_user(request, said, messages.WARNING)
            else:
                said = f"{delivery.message_id} is sent within minutes."
                self.message_user(request, said, messages.SUCCESS)

    @display(description="State", label=COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def how_far(self, delivery: Delivery) -> str:
        """Return how far the message has come."""
        return delivery.state

    @admin.display(description="To", ordering="subscription__email")
    def to(self, delivery: Delivery) -> str:
        """Return the address, or the name of the webhook."""
        subscription = delivery.subscription
        if subscription.webhook is not None:
            return f"webhook {subscription.webhook.name}"
        return subscription.email

    @admin.display(description="About")
    def about(self, delivery: Delivery) -> str:
        """Return the week of the report, or the kind of the alert."""
        if delivery.report is not None:
            return f"report {delivery.report.week}"
        assert delivery.alert is not None  # noqa: S101  # a message is of one thing
        return f"alert, {delivery.alert.kind.replace('_', ' ')}"
