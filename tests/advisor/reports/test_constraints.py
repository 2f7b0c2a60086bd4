"""Each rule that the database itself keeps for what is told to whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from tests.factories.accounts import UserFactory
from tests.factories.reports import (
    AlertFactory,
    DeliveryFactory,
    ReportEditionFactory,
    ReportScheduleFactory,
    SubscriptionFactory,
    WebhookFactory,
    WebhookSubscriptionFactory,
    WeeklyReportFactory,
)

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def refused(name):
    return pytest.raises(IntegrityError, match=f'"{name}"')


def test_an_organization_has_one_schedule():
    schedule = ReportScheduleFactory()

    with refused("report_schedule_once"):
        ReportScheduleFactory(organization=schedule.organization)


@pytest.mark.parametrize("fields", [{"weekday": 0}, {"weekday": 8}, {"hour": 24}])
def test_a_schedule_is_of_the_week(fields):
    with refused("report_schedule_in_range"):
        ReportScheduleFactory(**fields)


def test_a_webhook_has_an_address():
    with refused("webhook_has_url"):
        WebhookFactory(url="")


def test_an_address_is_one_webhook_in_use():
    webhook = WebhookFactory(url="https://a.example.com/")
    gone = {"organization": webhook.organization, "url": webhook.url}
    WebhookFactory(**gone, disabled_at=NOW)

    with refused("webhook_url_once"):
        WebhookFactory(**gone)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"email": ""}, "subscription_has_one_channel"),
        ({"alerts": ["gossip"]}, "subscription_alerts_known"),
        ({"price_change_percent": -1}, "subscription_thresholds_not_negative"),
        ({"saving_usd_per_month": -1}, "subscription_thresholds_not_negative"),
        ({"ended_at": NOW}, "subscription_end_has_reason"),
        ({"ended_because": "bounced"}, "subscription_end_has_reason"),
        (
            {"ended_at": NOW, "ended_because": "bored"},
            "subscription_end_has_reason",
        ),
    ],
)
def test_a_subscription_keeps_its_rules(fields, name):
    with refused(name):
        SubscriptionFactory(**fields)


def test_a_user_is_there_as_a_member_alone():
    with refused("subscription_user_is_member"):
        SubscriptionFactory(user=UserFactory(), of_member=False)


def test_a_webhook_gets_no_report():
    with refused("subscription_report_by_email"):
        WebhookSubscriptionFactory(weekly_report=True)


def test_a_subscription_goes_one_way():
    with refused("subscription_has_one_channel"):
        WebhookSubscriptionFactory(email="a@example.com")


def test_an_address_is_subscribed_once_but_may_have_ended_before():
    row = SubscriptionFactory(email="a@example.com")
    same = {"organization": row.organization}
    SubscriptionFactory(
        **same, email="a@example.com", ended_at=NOW, ended_because="bounced"
    )

    with refused("subscription_address_once"):
        SubscriptionFactory(**same, email="A@example.com")


def test_a_webhook_has_one_subscription_in_force():
    row = WebhookSubscriptionFactory()

    with refused("subscription_webhook_once"):
        WebhookSubscriptionFactory(webhook=row.webhook)


def test_an_alert_is_told_once():
    alert = AlertFactory()

    with refused("alert_once"):
        AlertFactory(organization=alert.organization, key=alert.key)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "gossip"}, "alert_kind_known"),
        ({"size": -1}, "alert_size_not_negative"),
    ],
)
def test_an_alert_keeps_its_rules(fields, name):
    with refused(name):
        AlertFactory(**fields)


def test_a_week_has_one_report():
    report = WeeklyReportFactory()

    with refused("weekly_report_once"):
        WeeklyReportFactory(organization=report.organization)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"week": "2026-47"}, "weekly_report_week_is_iso"),
        ({"covers_from": NOW, "covers_to": NOW}, "weekly_report_covers_time"),
    ],
)
def test_a_report_keeps_its_rules(fields, name):
    with refused(name):
        WeeklyReportFactory(**fields)


def test_a_report_is_written_once_for_a_locale():
    edition = ReportEditionFactory()

    with refused("report_edition_once"):
        ReportEditionFactory(report=edition.report)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"state": "lost", "next_attempt_at": None}, "delivery_state_known"),
        ({"next_attempt_at": None}, "delivery_waits_for_a_moment"),
        ({"state": "dead"}, "delivery_waits_for_a_moment"),
        ({"state": "sending", "next_attempt_at": None}, "delivery_lease_while_sending"),
        ({"lease_until": NOW}, "delivery_lease_while_sending"),
        ({"state": "sent", "next_attempt_at": None}, "delivery_sent_has_moment"),
        ({"sent_at": NOW}, "delivery_sent_has_moment"),
        (
            {
                "state": "sent",
                "next_attempt_at": None,
                "sent_at": NOW - timedelta(days=1),
            },
            "delivery_sent_has_moment",
        ),
    ],
)
def test_a_delivery_keeps_its_rules(fields, name):
    with refused(name):
        DeliveryFactory(**fields)


def test_a_delivery_is_of_one_thing():
    alert = AlertFactory()

    with refused("delivery_of_one_thing"):
        DeliveryFactory(alert=alert)


@pytest.mark.parametrize("kind", ["report", "alert"])
def test_one_thing_is_told_to_a_reader_once(kind):
    report = alert = None
    if kind == "report":
        report = WeeklyReportFactory()
    else:
        alert = AlertFactory()
    organization = (report or alert).organization
    fields = {
        "report": report,
        "alert": alert,
        "organization": organization,
        "subscription": SubscriptionFactory(organization=organization),
        "created_at": NOW,
    }
    DeliveryFactory(**fields)

    with refused(f"delivery_of_{kind}_once"):
        DeliveryFactory(**fields)


def test_a_message_id_is_of_one_delivery():
    delivery = DeliveryFactory()

    with refused("delivery_message_id_once"):
        DeliveryFactory(message_id=delivery.message_id)
