"""Webhooks over the API: secrets shown once, addresses checked, tenants apart."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from accounts.models import AuditEvent, IdempotencyRecord
from advisor.reports.models import AlertKind, Delivery, Subscription, Webhook
from tests.advisor.reports import receivers
from tests.advisor.reports.webhooks import (
    DeliveryFactory,
    WebhookSubscriptionFactory,
)
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db

WEBHOOKS = "/api/v1/webhooks/"
DELIVERIES = "/api/v1/deliveries/"
URL = "https://hooks.example.com/alerts"


@pytest.fixture
def organization(db):
    return OrganizationFactory()


@pytest.fixture
def api(organization):
    return api_client_for(organization)


@pytest.fixture
def stranger(db):
    return api_client_for(OrganizationFactory())


def created(api, **changes):
    reply = api.post(WEBHOOKS, {"name": "Chat", "url": URL, **changes})
    assert reply.status_code == 201, reply.content
    return reply.json()


def address(webhook):
    return f"{WEBHOOKS}{webhook['id']}/"


def errors_of(reply):
    assert reply["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


def test_a_webhook_gets_all_alerts_unless_told_otherwise(api, organization):
    shown = created(api)

    assert shown.pop("secret").startswith("whsec_")
    assert shown.pop("id")
    assert shown.pop("created_at")
    assert shown == {
        "name": "Chat",
        "url": URL,
        "alerts": AlertKind.values,
        "price_change_percent": "10.00",
        "saving_usd_per_month": "100.00",
        "locale": "en_US",
        "enabled": True,
        "disabled_at": None,
        "previous_secret_until": None,
    }
    subscription = Subscription.objects.get()
    assert subscription.organization == organization
    assert subscription.confirmed_at is not None
    assert not subscription.weekly_report


def test_the_secret_is_shown_once(api):
    webhook = created(api)

    replies = [
        api.get(WEBHOOKS),
        api.get(address(webhook)),
        api.patch(address(webhook), {"name": "Renamed"}),
    ]

    assert [reply.status_code for reply in replies] == [200] * 3
    assert all("whsec_" not in reply.content.decode() for reply in replies)
    assert webhook["secret"] not in str(list(AuditEvent.objects.values()))
    assert Webhook.objects.get().secret == webhook["secret"]


def test_what_is_kept_for_a_key_holds_no_secret(api):
    body, key = {"name": "Chat", "url": URL}, {"HTTP_IDEMPOTENCY_KEY": "k-1"}

    first = api.post(WEBHOOKS, body, **key)
    again = api.post(WEBHOOKS, body, **key)

    assert first.json()["secret"].startswith("whsec_")
    assert again.status_code == 201
    assert again.json() == {**first.json(), "secret": None}
    assert "whsec_" not in IdempotencyRecord.objects.get().reply
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example.com/x", "use https"),
        ("ftp://hooks.example.com/x", "begin with https://"),
        ("https://127.0.0.1/x", "not public"),
        ("https://[::1]/x", "not public"),
        ("https://10.1.2.3/x", "not public"),
        ("https://169.254.169.254/latest", "not public"),
        ("https://me:pw@hooks.example.com/x", "user name out"),
        ("https://hööks.example.com/x", "beyond ASCII"),
        ("https://hooks.example.com/x#part", "from # on"),
        ("https:///x", "names no host"),
        ("https://hooks.example.com/a b", "spaces"),
        (f"https://hooks.example.com/{'x' * 480}", "500"),
    ],
)
def test_an_address_nothing_may_go_to_is_refused_with_the_remedy(api, url, said):
    reply = api.post(WEBHOOKS, {"name": "Chat", "url": url})

    assert reply.status_code == 400
    assert said in errors_of(reply)["#/url"]
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("alerts", ["price_drop"]),
        ("alerts", "price_rise"),
        ("price_change_percent", "-1"),
        ("price_change_percent", 10),
        ("saving_usd_per_month", "a lot"),
        ("locale", "klingon"),
        ("secret", "whsec_mine"),
    ],
)
def test_a_field_that_cannot_be_is_named(api, field, value):
    reply = api.post(WEBHOOKS, {"name": "Chat", "url": URL, field: value})

    assert reply.status_code == 400
    assert any(pointer.startswith(f"#/{field}") for pointer in errors_of(reply))


def test_an_address_is_in_use_once(api):
    created(api)

    reply = api.post(WEBHOOKS, {"name": "Again", "url": URL})

    assert reply.status_code == 400
    assert "edit that one" in errors_of(reply)["#/url"]


def test_an_edit_merges_and_null_stands_for_the_default(api):
    webhook = created(api, alerts=["retirement"], locale="de-DE")
    edit = {"price_change_percent": "2.50", "locale": None}

    shown = api.patch(address(webhook), edit).json()

    assert shown["alerts"] == ["retirement"]
    assert shown["price_change_percent"] == "2.50"
    assert shown["locale"] == "en_US"
    detail = AuditEvent.objects.get(action="webhook.revised").detail
    assert detail["changed"] == {"price_change_percent": "2.50", "locale": "en_US"}


def test_an_edit_cannot_lead_inside(api):
    webhook = created(api)

    reply = api.patch(address(webhook), {"url": "https://192.168.0.1/"})

    assert reply.status_code == 400
    assert "not public" in errors_of(reply)["#/url"]
    assert Webhook.objects.get().url == URL


def test_a_rotation_shows_the_new_secret_and_keeps_the_old_for_a_day(api):
    webhook, before = created(api), timezone.now()

    rotated = api.post(f"{address(webhook)}rotate/").json()

    row = Webhook.objects.get()
    assert rotated["secret"] not in ("", webhook["secret"])
    assert (row.secret, row.previous_secret) == (rotated["secret"], webhook["secret"])
    kept = row.previous_secret_until - before
    assert timedelta(hours=24) <= kept < timedelta(hours=24, minutes=1)
    assert AuditEvent.objects.filter(action="webhook.secret_rotated").count() == 1


def test_a_disabled_webhook_keeps_its_history_and_frees_its_address(api):
    webhook = created(api)
    waiting = DeliveryFactory(subscription=Subscription.objects.get())

    reply = api.delete(address(webhook))

    waiting.refresh_from_db()
    assert reply.status_code == 204
    assert waiting.state == "cancelled"
    assert Subscription.objects.get().ended_because == "removed"
    assert api.get(address(webhook)).json()["enabled"] is False
    assert [api.delete(address(webhook)).status_code] == [404]
    assert api.patch(address(webhook), {"name": "x"}).status_code == 404
    assert api.post(f"{address(webhook)}rotate/").status_code == 404
    assert api.post(f"{address(webhook)}test/").status_code == 404
    assert created(api)["id"] != webhook["id"]


def test_a_trial_says_what_came_of_it(api, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receivers.receiving() as receiver:
        webhook = created(api, url=receiver.url)
        good = api.post(f"{address(webhook)}test/").json()
        receiver.answer(receivers.status(500))
        bad = api.post(f"{address(webhook)}test/").json()

    _, headers, body = receiver.requests[0]
    event = Verifier(webhook["secret"]).verify(body, headers)
    assert event["type"] == "webhook.test"
    assert good == {"outcome": "sent", "status": 204, "error": None}
    assert bad == {
        "outcome": "postponed",
        "status": 500,
        "error": "HTTP 500 instead of a 2xx.",
    }


def test_deliveries_are_listed_by_state(api, organization):
    subscription = WebhookSubscriptionFactory(webhook__organization=organization)
    dead = DeliveryFactory(
        subscription=subscription,
        state="dead",
        next_attempt_at=None,
        attempts=8,
        last_status=500,
        last_error="HTTP 500 instead of a 2xx.",
    )
    DeliveryFactory(subscription=subscription)
    DeliveryFactory(subscription__webhook__organization=organization)
    asked = {"webhook": str(subscription.webhook_id)}

    everything = api.get(DELIVERIES, asked).json()["results"]
    (shown,) = api.get(DELIVERIES, {**asked, "state": "dead"}).json()["results"]

    assert len(everything) == 2
    assert shown["id"] == str(dead.pk)
    assert (shown["attempts"], shown["last_status"]) == (8, 500)
    assert shown["last_error"] == "HTTP 500 instead of a 2xx."


def test_a_dead_delivery_is_put_back_in_line(api, organization):
    delivery = DeliveryFactory(
        subscription__webhook__organization=organization,
        state="dead",
        next_attempt_at=None,
        attempts=8,
    )

    reply = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/")
    again = api.post(f"/api/v1/deliveries/{delivery.pk}/resend/")

    row = Delivery.objects.get()
    assert reply.status_code == 200
    assert (row.state, row.attempts) == ("waiting", 0)
    assert row.message_id == delivery.message_id
    assert again.status_code == 409


def test_a_stranger_finds_nothing(api, stranger, organization):
    webhook = created(api)
    delivery = DeliveryFactory(subscription=Subscription.objects.get())

    replies = [
        stranger.get(address(webhook)),
        stranger.patch(address(webhook), {"name": "Mine"}),
        stranger.delete(address(webhook)),
        stranger.post(f"{address(webhook)}rotate/"),
        stranger.post(f"{address(webhook)}test/"),
        stranger.post(f"/api/v1/deliveries/{delivery.pk}/resend/"),
        stranger.get(f"/api/v1/alerts/{delivery.alert_id}/"),
    ]

    assert [reply.status_code for reply in replies] == [404] * 7
    assert stranger.get(WEBHOOKS).json()["results"] == []
    assert stranger.get("/api/v1/alerts/").json()["results"] == []


def test_a_reader_may_not_write(organization):
    reader = api_client_for(organization, scopes=["read"])

    reply = reader.post(WEBHOOKS, {"name": "Chat", "url": URL})

    assert reply.status_code == 403
    assert reader.get(WEBHOOKS).status_code == 200


def test_the_list_costs_two_queries_more_however_long(
    api, organization, django_assert_max_num_queries
):
    for _ in range(3):
        WebhookSubscriptionFactory(webhook__organization=organization)

    with django_assert_max_num_queries(4):
        assert len(api.get(WEBHOOKS).json()["results"]) == 3
