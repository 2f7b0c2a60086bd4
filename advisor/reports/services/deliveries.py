"""The rows that say what is to be sent to whom, made before anything is sent."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.audit import Author, record_for
from advisor.reports import selectors
from advisor.reports.models import (
    Alert,
    Delivery,
    DeliveryState,
    Subscription,
    WeeklyReport,
)


def queue_report(report: WeeklyReport, at: datetime) -> list[Delivery]:
    """Queue a report for all who get it, due at once; safe to call twice.

    Call it in the transaction that made the report, so that neither is without the
    other.
    """
    rows = [
        Delivery(
            organization_id=report.organization_id,
            subscription=subscription,
            report=report,
            message_id=_message_id("report", report, subscription),
            created_at=at,
            next_attempt_at=at,
        )
        for subscription in selectors.readers_of(report)
    ]
    return _queued(rows)


def queue_alert(alert: Alert, at: datetime) -> list[Delivery]:
    """Queue an alert for all who chose its kind and size; safe to call twice."""
    rows = [
        Delivery(
            organization_id=alert.organization_id,
            subscription=subscription,
            alert=alert,
            message_id=_message_id("alert", alert, subscription),
            created_at=at,
            next_attempt_at=at,
        )
        for subscription in selectors.readers_of_alert(alert)
    ]
    return _queued(rows)


def _queued(rows: Iterable[Delivery]) -> list[Delivery]:
    return Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def _message_id(kind: str, of: WeeklyReport | Alert, subscription: Subscription) -> str:
    """Return what stays the same for one thing told to one reader.

    A mail's Message-ID without its angle brackets, a webhook's `webhook-id`.
    """
    if subscription.webhook_id is not None:
        return f"msg_{of.pk.hex}_{subscription.pk.hex}"
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"{kind}.{of.pk.hex}.{subscription.pk.hex}@{host}"


@transaction.atomic
def send_again(
    *, delivery: Delivery, at: datetime, author: Author | None = None
) -> Delivery:
    """Put a dead delivery back in line, with all its attempts before it.

    Raises `ValidationError` keyed by `delivery` when it is not dead, or when its
    subscription has ended.
    """
    rows = Delivery.objects.select_for_update(of=("self",))
    held = rows.select_related("subscription").get(pk=delivery.pk)
    if held.state != DeliveryState.DEAD:
        raise ValidationError(
            {"delivery": f"It is {held.state}: only a dead one can be sent again."}
        )
    if held.subscription.ended_at is not None:
        raise ValidationError(
            {"delivery": "Its subscription has ended: subscribe the address again."}
        )
    held.state, held.next_attempt_at = DeliveryState.WAITING, at
    held.attempts = held.unanswered = 0
    held.handed_over_at = None
    held.save()
    record_for(author, action="delivery.sent_again", target=held, at=at)
    return held
