"""Alerts taken by the sending engine to a real receiver, whatever it answers."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from accounts.models import AuditEvent
from advisor.reports.models import Delivery
from advisor.reports.services.deliveries import queue_alert
from advisor.reports.services.sending import send_batch
from advisor.reports.services.webhooks import disable_webhook, enable_webhook
from tests.advisor.reports import receivers
from tests.advisor.reports.receivers import status
from tests.advisor.reports.webhooks import (
    JANUARY,
    AlertFactory,
    DeliveryFactory,
    secret,
)
from tests.api_clients import api_client_for

pytestmark = pytest.mark.django_db

NOW = JANUARY + timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
# Doubling from a minute to six hours: 14 attempts have 13 waits between them.
WAITS_MIN = [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receivers.receiving() as receiver:
        yield receiver


@pytest.fixture
def delivery(receiver):
    return DeliveryFactory(subscription__webhook__url=receiver.url)


def send(*deliveries, at=NOW):
    send_batch([each.pk for each in deliveries], clock=lambda: at, begin_within=MINUTE)
    for each in deliveries:
        each.refresh_from_db()


def to_the_same(delivery):
    return DeliveryFactory(
        subscription=delivery.subscription,
        alert__workload=delivery.alert.workload,
    )


def rise(organization):
    return AlertFactory(workload__organization=organization)


def test_what_the_receiver_takes_is_sent_once(receiver, delivery):
    send(delivery)
    send(delivery, at=NOW + MINUTE)

    assert (delivery.state, delivery.sent_at, delivery.attempts) == ("sent", NOW, 1)
    assert (delivery.last_status, len(receiver.requests)) == (204, 1)


def test_410_disables_the_webhook_and_ends_its_subscription(receiver, delivery):
    receiver.answer(status(410))
    another = to_the_same(delivery)

    send(delivery, another)

    webhook = delivery.subscription.webhook
    webhook.refresh_from_db()
    delivery.subscription.refresh_from_db()
    assert (delivery.state, delivery.last_status) == ("dead", 410)
    assert webhook.disabled_at == NOW
    assert delivery.subscription.ended_at == NOW
    assert delivery.subscription.ended_because == "bounced"
    assert (another.state, len(receiver.requests)) == ("cancelled", 1)
    assert queue_alert(rise(webhook.organization), NOW) == []


def test_500_is_tried_again_ever_later_until_it_is_dead(receiver, delivery):
    receiver.answer(status(500))
    at, waits = NOW, []

    while True:
        send(delivery, at=at)
        if delivery.state != "waiting":
            break
        waits.append((delivery.next_attempt_at - at) / MINUTE)
        send(delivery, at=delivery.next_attempt_at - timedelta(seconds=1))
        at = delivery.next_attempt_at

    assert (delivery.state, delivery.attempts) == ("dead", 14)
    assert len(receiver.requests) == 14
    assert len(waits) == len(WAITS_MIN)
    for wait, usual in zip(waits, WAITS_MIN, strict=True):
        assert usual * 0.75 <= wait <= usual * 1.25
    assert {headers["webhook-id"] for _, headers, _ in receiver.requests} == {
        delivery.message_id
    }
    assert delivery.last_error == "HTTP 500 instead of a 2xx."


def test_a_dead_one_sent_again_arrives_under_the_same_id(receiver, delivery):
    receiver.answer(status(500))
    Delivery.objects.update(attempts=13)
    send(delivery)
    died = delivery.state
    receiver.answer(status(204))

    api = api_client_for(delivery.organization, ("read", "write", "admin"))
    reply = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/")
    send(delivery, at=timezone.now())

    assert (died, reply.status_code, delivery.state) == ("dead", 200, "sent")
    (_, refused, _), (_, taken, body) = receiver.requests
    assert taken["webhook-id"] == refused["webhook-id"] == delivery.message_id
    event = Verifier(secret("a")).verify(body, taken)
    assert event["data"]["id"] == str(delivery.alert_id)


def test_what_waits_for_a_webhook_that_is_disabled_is_not_sent(receiver, delivery):
    disable_webhook(webhook=delivery.subscription.webhook, at=NOW)

    send(delivery)

    assert (delivery.state, receiver.requests) == ("cancelled", [])


def test_what_was_queued_as_its_webhook_was_disabled_is_not_sent(receiver, delivery):
    late = to_the_same(delivery)
    disable_webhook(webhook=delivery.subscription.webhook, at=NOW)
    Delivery.objects.filter(pk=late.pk).update(state="waiting", next_attempt_at=NOW)

    send(late)

    assert (late.state, late.attempts, receiver.requests) == ("cancelled", 1, [])


def test_one_that_is_enabled_again_gets_what_is_new(receiver, delivery):
    webhook = delivery.subscription.webhook
    receiver.answer(status(410))
    send(delivery)
    receiver.answer(status(204))

    enable_webhook(webhook=webhook, at=NOW)
    [fresh] = queue_alert(rise(webhook.organization), NOW)
    send(delivery, fresh)

    webhook.refresh_from_db()
    assert webhook.disabled_at is None
    assert (delivery.state, fresh.state) == ("dead", "sent")
    assert fresh.subscription == delivery.subscription
    assert AuditEvent.objects.filter(action="webhook.enabled").count() == 1


def test_a_redirect_is_followed_to_no_private_address(receiver, delivery):
    with receivers.receiving() as inner:
        receiver.answer(status(307, Location=inner.url))
        send(delivery)
        reached = list(inner.requests)

    assert reached == []
    assert (delivery.state, delivery.last_status) == ("waiting", 307)
    assert "redirects are not followed" in delivery.last_error


def test_a_private_address_that_is_not_allowed_is_not_reached(
    settings, receiver, delivery
):
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    send(delivery)

    assert (delivery.state, delivery.last_status) == ("dead", None)
    assert receiver.requests == []
    assert delivery.subscription.webhook.disabled_at is None
