"""Alerts, webhooks and who gets what in the admin: to read, secrets never shown."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from advisor.reports.models import Delivery
from tests.advisor.reports.webhooks import (
    AlertFactory,
    DeliveryFactory,
    WebhookFactory,
    WebhookSubscriptionFactory,
    secret,
)
from tests.factories.accounts import UserFactory
from tests.factories.reports import ReportScheduleFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

ADMIN = "/admin/reports"
ALERTS = f"{ADMIN}/alert/"
WEBHOOKS = f"{ADMIN}/webhook/"
SENTENCE = "rises from 0.00014 USD to 0.000168 USD"


@pytest.fixture
def admin_person(client):
    person = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def act(client, action, *webhooks):
    chosen = {"action": action, "_selected_action": [each.pk for each in webhooks]}
    return client.post(WEBHOOKS, chosen, follow=True)


def test_alerts_are_listed_and_shown_with_their_sentence(client, admin_person):
    alert = AlertFactory(workload__name="<b>Chat</b>")

    listed = client.get(ALERTS).text
    shown = client.get(f"{ALERTS}{alert.pk}/change/").text

    assert SENTENCE in listed
    assert SENTENCE in shown
    assert "<b>Chat" not in listed + shown


def test_alerts_are_narrowed_by_kind_and_organization(client, admin_person):
    ours = AlertFactory(workload__name="Ours")
    AlertFactory(workload__name="Theirs")
    kinds = client.get(ALERTS, {"kind__exact": "retirement"}).text

    organizations = client.get(
        ALERTS, {"organization__id__exact": ours.organization_id}
    ).text

    assert SENTENCE not in kinds
    assert "Ours" in organizations
    assert "Theirs" not in organizations


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("alert", AlertFactory),
        ("webhook", WebhookFactory),
        ("subscription", WebhookSubscriptionFactory),
        ("reportschedule", ReportScheduleFactory),
        ("delivery", DeliveryFactory),
    ],
)
def test_a_longer_list_asks_no_more_questions(client, admin_person, kind, made):
    counts = []

    for _ in range(2):
        made.create_batch(3)
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{ADMIN}/{kind}/")
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_webhook_is_shown_without_its_secrets(client, admin_person):
    webhook = WebhookFactory(
        name="Our chat", secret=secret("a"), previous_secret=secret("b")
    )
    DeliveryFactory(subscription__webhook=webhook)

    with CaptureQueriesContext(connection) as asked:
        pages = [
            client.get(address).text
            for address in (
                WEBHOOKS,
                f"{WEBHOOKS}{webhook.pk}/change/",
                f"{ADMIN}/subscription/",
                f"{ADMIN}/delivery/",
            )
        ]

    assert all("Our chat" in page for page in pages)
    for letter in "ab":
        assert not any(secret(letter) in page for page in pages)
    assert "whsec_" not in "".join(pages)
    # They are not even fetched.
    assert not any('"secret"' in query["sql"] for query in asked.captured_queries)


def test_a_webhook_leads_to_its_own_deliveries(client, admin_person):
    ours, theirs = DeliveryFactory(), DeliveryFactory()
    webhook = ours.subscription.webhook
    page = client.get(f"{WEBHOOKS}{webhook.pk}/change/").text
    address = f"{ADMIN}/delivery/?subscription__webhook={webhook.pk}"

    listed = client.get(address, follow=True)

    assert f'href="{address}"' in page
    assert f"{ADMIN}/delivery/{ours.pk}/" in listed.text
    assert f"{ADMIN}/delivery/{theirs.pk}/" not in listed.text


def test_an_alert_leads_to_its_own_deliveries(client, admin_person):
    ours, theirs = DeliveryFactory(), DeliveryFactory()
    page = client.get(f"{ALERTS}{ours.alert_id}/change/").text
    address = f"{ADMIN}/delivery/?alert={ours.alert_id}"

    listed = client.get(address, follow=True)

    assert f'href="{address}"' in page
    assert f"{ADMIN}/delivery/{ours.pk}/" in listed.text
    assert f"{ADMIN}/delivery/{theirs.pk}/" not in listed.text


def test_a_webhook_is_disabled_and_enabled_and_both_are_audited(client, admin_person):
    delivery = DeliveryFactory()
    subscription, webhook = delivery.subscription, delivery.subscription.webhook

    act(client, "disable", webhook)
    webhook.refresh_from_db()
    subscription.refresh_from_db()
    off = (webhook.disabled_at is None, subscription.ended_because)
    act(client, "enable", webhook)
    webhook.refresh_from_db()
    subscription.refresh_from_db()

    assert off == (False, "removed")
    assert (webhook.disabled_at, subscription.ended_because) == (None, "")
    assert webhook.secret == secret("a")
    assert Delivery.objects.get().state == "cancelled"
    events = AuditEvent.objects.filter(user=admin_person).order_by("at")
    assert list(events.values_list("action", flat=True)) == [
        "webhook.disabled",
        "webhook.enabled",
    ]


def test_one_whose_address_another_has_is_not_enabled(client, admin_person):
    webhook = WebhookSubscriptionFactory().webhook
    act(client, "disable", webhook)
    WebhookFactory(organization=webhook.organization, url=webhook.url)

    reply = act(client, "enable", webhook)

    webhook.refresh_from_db()
    assert webhook.disabled_at is not None
    assert "Another webhook in use has this address" in reply.text


def test_one_that_is_enabled_is_left_as_it_is(client, admin_person):
    webhook = WebhookSubscriptionFactory().webhook

    reply = act(client, "enable", webhook)

    assert "It is enabled already." in reply.text
    assert not AuditEvent.objects.exists()


def test_who_may_only_look_switches_nothing(client):
    person = UserFactory(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_webhook"))
    client.force_login(person)
    webhook = WebhookSubscriptionFactory().webhook

    act(client, "disable", webhook)

    webhook.refresh_from_db()
    assert webhook.disabled_at is None


def test_subscriptions_say_what_they_get_and_how_they_stand(client, admin_person):
    SubscriptionFactory(email="a@example.com", alerts=["price_rise"])
    SubscriptionFactory(email="b@example.com", confirmed_at=None, weekly_report=False)

    page = client.get(f"{ADMIN}/subscription/").text

    assert "weekly report, price rise" in page
    assert "unconfirmed" in page
    assert "nothing" in page


def test_schedules_say_when_reports_are_made(client, admin_person):
    schedule = ReportScheduleFactory(weekday=7, hour=6, time_zone="Europe/Berlin")

    page = client.get(f"{ADMIN}/reportschedule/").text

    assert "Sunday, 6:00" in page
    assert "Europe/Berlin" in page
    shown = client.get(f"{ADMIN}/reportschedule/{schedule.pk}/change/")
    assert shown.status_code == 200


@pytest.mark.parametrize("kind", ["alert", "webhook", "subscription", "reportschedule"])
def test_nothing_is_added_or_deleted_here(client, admin_person, kind):
    row = {
        "alert": AlertFactory,
        "webhook": WebhookFactory,
        "subscription": SubscriptionFactory,
        "reportschedule": ReportScheduleFactory,
    }[kind]()

    replies = [
        client.get(f"{ADMIN}/{kind}/add/"),
        client.post(f"{ADMIN}/{kind}/{row.pk}/change/", {}),
        client.post(f"{ADMIN}/{kind}/{row.pk}/delete/", {"post": "yes"}),
    ]

    assert [reply.status_code for reply in replies] == [403] * 3
