"""Reads of subscriptions and of what is to be sent."""

from django.db.models import Q, QuerySet

from advisor.reports.models import Alert, AlertKind, Subscription, WeeklyReport

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
