"""Notices of providers, as django-anymail hands them on."""

import pytest
from anymail.signals import AnymailTrackingEvent

from advisor.reports.bounces import heed
from tests.factories.reports import DeliveryFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def notice(event_type, reject_reason=None, recipient=None, metadata=None):
    heed(
        sender=object,
        event=AnymailTrackingEvent(
            event_type=event_type,
            reject_reason=reject_reason,
            recipient=recipient,
            metadata=metadata or {},
        ),
        esp_name="Test",
    )


@pytest.mark.parametrize(
    ("event_type", "reason", "because"),
    [
        ("bounced", "bounced", "bounced"),
        ("bounced", "invalid", "bounced"),
        ("rejected", "bounced", "bounced"),
        ("complained", "spam", "unsubscribed"),
        ("unsubscribed", None, "unsubscribed"),
        ("bounced", "blocked", ""),
        ("deferred", None, ""),
        ("delivered", None, ""),
        ("opened", None, ""),
    ],
)
def test_a_notice_about_the_address_ends_the_subscription(event_type, reason, because):
    delivery = DeliveryFactory()
    other = SubscriptionFactory()

    notice(event_type, reason, metadata={"delivery": str(delivery.pk)})

    delivery.subscription.refresh_from_db()
    other.refresh_from_db()
    assert delivery.subscription.ended_because == because
    assert other.ended_because == ""


def test_a_notice_that_names_no_delivery_is_about_the_address():
    named = [SubscriptionFactory(email="A@example.com") for _ in range(2)]
    other = SubscriptionFactory(email="b@example.com")

    notice("bounced", "invalid", "a@example.com", {"delivery": "not one of ours"})

    for each in (*named, other):
        each.refresh_from_db()
    assert [each.ended_because for each in named] == ["bounced", "bounced"]
    assert other.ended_because == ""


def test_the_same_notice_twice_does_no_harm():
    delivery = DeliveryFactory()
    for _ in range(2):
        notice("bounced", "invalid", metadata={"delivery": str(delivery.pk)})

    delivery.subscription.refresh_from_db()
    assert delivery.subscription.ended_because == "bounced"
