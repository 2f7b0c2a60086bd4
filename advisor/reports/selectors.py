"""Reads of subscriptions and of what is to be sent."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Membership
from advisor.reports.models import (
    Alert,
    AlertKind,
    Delivery,
    DeliveryState,
    Subscription,
    WeeklyReport,
)

# A question that could not be asked for so long is not asked any more.
ASK_WITHIN = timedelta(days=1)

_PRICES = {AlertKind.PRICE_RISE, AlertKind.PRICE_CUT}
_MONEY = {AlertKind.BETTER_OPTION, AlertKind.SPEND_ABOVE_BAND}


def in_force() -> "QuerySet[Subscription]":
    """Return the subscriptions that something may be sent to."""
    return Subscription.objects.filter(
        confirmed_at__isnull=False, ended_at=None, webhook__disabled_at=None
    )


def readers_of(report: WeeklyReport) -> "QuerySet[Subscription]":
    """Return who gets an organization's weekly report."""
    return in_force().filter(
        organization=report.organization_id, weekly_report=True, webhook=None
    )


def readers_of_alert(alert: Alert) -> "QuerySet[Subscription]":
    """Return who chose alerts of this kind from this size on."""
    rows = in_force().filter(
        organization=alert.organization_id, alerts__contains=[alert.kind]
    )
    return rows.filter(_large_enough(alert))


def _large_enough(alert: Alert) -> Q:
    """Return the threshold that holds for a kind; what has no size has none."""
    if alert.size is None:
        return Q()
    if alert.kind in _PRICES:
        return Q(price_change_percent__lte=alert.size)
    if alert.kind in _MONEY:
        return Q(saving_usd_per_month__lte=alert.size)
    return Q()


def has_lapsed(subscription: Subscription) -> bool:
    """Return whether a member's subscription outlived the membership."""
    if not subscription.of_member:
        return False
    return not Membership.objects.filter(
        organization=subscription.organization_id,
        user=subscription.user_id,
        user__is_active=True,
    ).exists()


def locales_of(report: WeeklyReport) -> list[str]:
    """Return in which locales a report's readers get it."""
    rows = Delivery.objects.filter(report=report)
    return sorted(set(rows.values_list("subscription__locale", flat=True)))


def due_deliveries(at: datetime, *, most: int) -> list[tuple[UUID, bool]]:
    """Return what is due, longest first: each id, and whether a webhook gets it."""
    rows = Delivery.objects.filter(
        state=DeliveryState.WAITING, next_attempt_at__lte=at
    ).order_by("next_attempt_at", "pk")
    found = rows.values_list("pk", "subscription__webhook")[:most]
    return [(pk, webhook is not None) for pk, webhook in found]


def lost_deliveries(at: datetime) -> "QuerySet[Delivery]":
    """Return what is claimed by workers that must have ended."""
    rows = Delivery.objects.filter(state=DeliveryState.SENDING, lease_until__lte=at)
    return rows.select_related("subscription").order_by("lease_until")


def to_be_asked(at: datetime) -> list[UUID]:
    """Return the subscriptions whose addresses are yet to be asked, for a day."""
    rows = Subscription.objects.filter(
        confirmed_at=None,
        asked_at=None,
        ended_at=None,
        created_at__gt=at - ASK_WITHIN,
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True))


def subscription_of_token(pk: UUID) -> Subscription | None:
    """Return the subscription that a signed token names, whoever's it is."""
    return Subscription.objects.select_related("organization").filter(pk=pk).first()
