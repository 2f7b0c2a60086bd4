"""Who a report or an alert is queued for, and a dead delivery put back in line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from accounts.models import AuditEvent
from advisor.reports.models import Delivery
from advisor.reports.services.deliveries import queue_alert, queue_report, send_again
from tests.factories.accounts import OrganizationFactory
from tests.factories.reports import (
    AlertFactory,
    DeliveryFactory,
    SubscriptionFactory,
    WebhookSubscriptionFactory,
    WeeklyReportFactory,
)

NOW = datetime(2026, 1, 12, 8, 5, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def readers(of):
    return set(
        Delivery.objects.filter(**of).values_list("subscription__email", flat=True)
    )


def test_a_report_is_queued_for_those_who_get_it():
    report = WeeklyReportFactory()
    mine = {"organization": report.organization}
    SubscriptionFactory(**mine, email="reads@example.com")
    SubscriptionFactory(**mine, email="alerts@example.com", weekly_report=False)
    SubscriptionFactory(**mine, email="unasked@example.com", confirmed_at=None)
    SubscriptionFactory(
        **mine, email="left@example.com", ended_at=NOW, ended_because="unsubscribed"
    )
    SubscriptionFactory(email="stranger@example.com")

    queue_report(report, NOW)

    assert readers({"report": report}) == {"reads@example.com"}
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.next_attempt_at) == ("waiting", NOW)


def test_a_report_is_queued_once():
    report = WeeklyReportFactory()
    SubscriptionFactory(organization=report.organization)

    queue_report(report, NOW)
    queue_report(report, NOW + timedelta(minutes=1))

    assert Delivery.objects.count() == 1


@override_settings(PUBLIC_URL="https://rightsize.example.com:8443")
def test_a_message_id_is_of_the_report_and_the_reader_at_our_host():
    report = WeeklyReportFactory()
    reader = SubscriptionFactory(organization=report.organization)

    queue_report(report, NOW)

    assert Delivery.objects.get().message_id == (
        f"report.{report.pk.hex}.{reader.pk.hex}@rightsize.example.com"
    )


@pytest.mark.parametrize(
    ("kind", "size", "threshold", "told"),
    [
        ("price_rise", "10", {"price_change_percent": 10}, True),
        ("price_rise", "9.99", {"price_change_percent": 10}, False),
        ("price_cut", "9.99", {"price_change_percent": 10}, False),
        ("better_option", "99", {"saving_usd_per_month": 100}, False),
        ("better_option", "100", {"saving_usd_per_month": 100}, True),
        ("spend_above_band", "99", {"saving_usd_per_month": 100}, False),
        ("latency_regression", "1", {"price_change_percent": 50}, True),
        ("retirement", None, {"price_change_percent": 50}, True),
        ("price_rise", None, {"price_change_percent": 50}, True),
    ],
)
def test_an_alert_is_queued_from_its_threshold_on(kind, size, threshold, told):
    alert = AlertFactory(kind=kind, size=size and Decimal(size))
    SubscriptionFactory(organization=alert.organization, alerts=[kind], **threshold)

    queue_alert(alert, NOW)

    assert Delivery.objects.filter(alert=alert).exists() == told


def test_an_alert_is_for_those_who_chose_its_kind():
    alert = AlertFactory(kind="price_rise")
    mine = {"organization": alert.organization}
    SubscriptionFactory(**mine, email="rises@example.com", alerts=["price_rise"])
    SubscriptionFactory(**mine, email="cuts@example.com", alerts=["price_cut"])

    queue_alert(alert, NOW)

    assert readers({"alert": alert}) == {"rises@example.com"}


def test_an_alert_goes_to_webhooks_that_are_in_use():
    organization = OrganizationFactory()
    used = WebhookSubscriptionFactory(webhook__organization=organization)
    WebhookSubscriptionFactory(
        webhook__organization=organization, webhook__disabled_at=NOW
    )
    alert = AlertFactory(organization=organization)

    queue_alert(alert, NOW)

    delivery = Delivery.objects.get()
    assert delivery.subscription == used
    assert delivery.message_id == f"msg_{alert.pk.hex}_{used.pk.hex}"


def test_a_dead_delivery_is_put_back_with_all_its_attempts():
    delivery = DeliveryFactory(
        state="dead", next_attempt_at=None, attempts=14, unanswered=1
    )

    send_again(delivery=delivery, at=NOW)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_attempt_at) == ("waiting", NOW)
    assert (delivery.attempts, delivery.unanswered) == (0, 0)
    assert AuditEvent.objects.get().action == "delivery.sent_again"


def test_only_a_dead_delivery_is_put_back():
    delivery = DeliveryFactory()

    with pytest.raises(ValidationError, match="It is waiting: only a dead one"):
        send_again(delivery=delivery, at=NOW)


def test_nothing_is_put_back_for_an_ended_subscription():
    delivery = DeliveryFactory(
        state="dead",
        next_attempt_at=None,
        subscription__ended_at=NOW,
        subscription__ended_because="bounced",
    )

    with pytest.raises(ValidationError, match="Its subscription has ended"):
        send_again(delivery=delivery, at=NOW)
