"""Subscriptions and the report's schedule over the API, with every refusal."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.audit import Author
from accounts.models import AuditEvent, Role
from advisor.reports.models import ReportSchedule, Subscription
from advisor.reports.schedule import moment_of, next_moment
from advisor.reports.services.subscriptions import AskedTooOften, subscribe
from tests.api_clients import api_client_for
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.reports import (
    DeliveryFactory,
    ReportScheduleFactory,
    SubscriptionFactory,
    WebhookSubscriptionFactory,
)

SUBSCRIPTIONS = "/api/v1/subscriptions/"
SCHEDULE = "/api/v1/report-schedule/"
NOW = datetime(2026, 1, 12, 8, 5, tzinfo=UTC)
SAFE = {"HTTP_X_CSRFTOKEN": "x"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def admin(organization):
    return api_client_for(organization, ("read", "write", "admin"))


def member(organization, role=Role.VIEWER):
    """Return a client that is signed in as a member, and the member's user."""
    membership = MembershipFactory(organization=organization, role=role)
    client = APIClient()
    client.force_login(membership.user)
    return client, membership.user


def refusal(reply, field):
    assert reply.status_code == 400, reply.content
    (error,) = [e for e in reply.json()["errors"] if e["pointer"] == f"#/{field}"]
    return error["detail"]


def test_an_admin_subscribes_an_address_which_is_asked_first(admin):
    reply = admin.post(SUBSCRIPTIONS, {"email": "cfo@example.com"})

    assert reply.status_code == 201
    body = reply.json()
    assert body["state"] == "unconfirmed"
    assert body["weekly_report"] is True
    assert body["alerts"] == []
    assert body["price_change_percent"] == "10.00"
    assert reply["Location"].endswith(f"{SUBSCRIPTIONS}{body['id']}/")
    assert AuditEvent.objects.get().action == "subscription.created"


def test_a_viewer_subscribes_the_own_address_at_once(organization):
    client, user = member(organization)

    reply = client.post(SUBSCRIPTIONS, {"email": user.email.upper(), "locale": "de-DE"})

    assert reply.status_code == 201
    assert (reply.json()["state"], reply.json()["locale"]) == ("in_force", "de_DE")
    row = Subscription.objects.get()
    assert (row.user, row.of_member) == (user, True)


def test_a_viewer_subscribes_nobody_else(organization):
    client, _ = member(organization)

    reply = client.post(SUBSCRIPTIONS, {"email": "other@example.com"})

    assert reply.status_code == 403
    assert "needs the scope `admin`" in reply.json()["detail"]


def test_a_key_without_the_scope_subscribes_nobody(organization):
    client = api_client_for(organization)

    assert client.post(SUBSCRIPTIONS, {"email": "a@example.com"}).status_code == 403


def test_one_sees_ones_own_and_an_admin_sees_all(organization, admin):
    client, user = member(organization)
    mine = SubscriptionFactory(organization=organization, user=user, of_member=True)
    other = SubscriptionFactory(organization=organization)
    SubscriptionFactory()
    WebhookSubscriptionFactory(webhook__organization=organization)

    seen = [each["id"] for each in client.get(SUBSCRIPTIONS).json()["results"]]
    all_ = {each["id"] for each in admin.get(SUBSCRIPTIONS).json()["results"]}

    assert seen == [str(mine.pk)]
    assert all_ == {str(mine.pk), str(other.pk)}
    assert client.get(f"{SUBSCRIPTIONS}{other.pk}/").status_code == 404
    assert client.patch(f"{SUBSCRIPTIONS}{other.pk}/", {}).status_code == 404
    assert client.delete(f"{SUBSCRIPTIONS}{other.pk}/").status_code == 404


def test_a_strangers_subscription_is_not_found(admin):
    stranger = SubscriptionFactory()

    assert admin.get(f"{SUBSCRIPTIONS}{stranger.pk}/").status_code == 404
    assert admin.delete(f"{SUBSCRIPTIONS}{stranger.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "nobody", "valid email"),
        ("email", "a@b.c\nBcc: x@example.com", "valid email"),
        ("email", "=?utf-8?q?x?=@example.com", "not as an encoded word"),
        ("locale", "xx_YY", "No such locale"),
        ("locale", 5, "Give a JSON string"),
        ("alerts", ["price_rise", "gossip"], "gossip"),
        ("price_change_percent", "-1", "greater than or equal to 0"),
        ("price_change_percent", 10, "Give a decimal number as a string"),
        ("saving_usd_per_month", "a lot", "Give a decimal number as a string"),
        ("weekly_report", "yes", "Give true or false"),
        ("language", "de", "There is no such field"),
    ],
)
def test_what_is_not_valid_is_refused_by_its_field(admin, field, value, said):
    reply = admin.post(SUBSCRIPTIONS, {"email": "a@example.com", field: value})

    assert reply.status_code == 400
    errors = reply.json()["errors"]
    assert any(
        each["pointer"].startswith(f"#/{field}") and said in each["detail"]
        for each in errors
    ), errors
    assert not Subscription.objects.exists()


def test_an_address_is_subscribed_once_whatever_its_case(admin, organization):
    SubscriptionFactory(organization=organization, email="CFO@example.com")

    reply = admin.post(SUBSCRIPTIONS, {"email": "cfo@example.com"})

    assert "has a subscription already" in refusal(reply, "email")


def test_subscribing_again_takes_up_the_row_and_voids_old_links(admin, organization):
    old = SubscriptionFactory(
        organization=organization,
        email="cfo@example.com",
        ended_at=NOW,
        ended_because="bounced",
    )

    body = admin.post(SUBSCRIPTIONS, {"email": "cfo@example.com"}).json()

    assert (body["id"], body["state"]) == (str(old.pk), "unconfirmed")
    old.refresh_from_db()
    assert (old.token_version, old.asked_at) == (2, None)


def test_who_unsubscribed_is_asked_before_an_admin_takes_it_back(organization, admin):
    client, user = member(organization)
    SubscriptionFactory(
        organization=organization,
        email=user.email,
        user=user,
        of_member=True,
        ended_at=NOW,
        ended_because="unsubscribed",
    )

    by_admin = admin.post(SUBSCRIPTIONS, {"email": user.email}).json()
    Subscription.objects.update(ended_at=NOW, ended_because="unsubscribed")
    by_oneself = client.post(SUBSCRIPTIONS, {"email": user.email}).json()

    assert (by_admin["state"], by_oneself["state"]) == ("unconfirmed", "in_force")


def test_an_edit_is_merged_and_null_is_the_default(admin, organization):
    subscription = SubscriptionFactory(
        organization=organization, locale="de_DE", price_change_percent=25
    )

    reply = admin.patch(
        f"{SUBSCRIPTIONS}{subscription.pk}/",
        {"alerts": ["better_option", "price_rise"], "price_change_percent": None},
    )

    assert reply.status_code == 200, reply.content
    body = reply.json()
    assert body["alerts"] == ["price_rise", "better_option"]
    assert (body["locale"], body["price_change_percent"]) == ("de_DE", "10.00")


def test_an_edit_that_changes_nothing_leaves_no_trace(admin, organization):
    subscription = SubscriptionFactory(organization=organization)

    admin.patch(f"{SUBSCRIPTIONS}{subscription.pk}/", {"locale": "en_US"})

    assert not AuditEvent.objects.exists()


def test_the_address_stays(admin, organization):
    subscription = SubscriptionFactory(organization=organization)

    reply = admin.patch(
        f"{SUBSCRIPTIONS}{subscription.pk}/", {"email": "new@example.com"}
    )

    assert "It stays" in refusal(reply, "email")


def test_ending_cancels_what_waits(admin, organization):
    delivery = DeliveryFactory(report__organization=organization)
    address = f"{SUBSCRIPTIONS}{delivery.subscription_id}/"

    assert admin.delete(address).status_code == 204

    delivery.refresh_from_db()
    assert delivery.state == "cancelled"
    body = admin.get(address).json()
    assert (body["state"], body["ended_because"]) == ("ended", "removed")
    assert admin.delete(address).status_code == 404


def test_the_same_key_subscribes_once(admin):
    for _ in range(2):
        reply = admin.post(
            SUBSCRIPTIONS,
            {"email": "a@example.com"},
            headers={"Idempotency-Key": "one"},
        )
        assert reply.status_code == 201

    assert Subscription.objects.count() == 1


def test_without_a_schedule_the_usual_one_is_shown(admin):
    body = admin.get(SCHEDULE).json()

    next_at = body.pop("next_at")
    assert body == {"time_zone": "UTC", "weekday": 1, "hour": 8, "enabled": True}
    assert datetime.fromisoformat(next_at).weekday() == 0
    assert not ReportSchedule.objects.exists()


def test_a_schedule_is_merged_or_replaced(admin):
    admin.patch(SCHEDULE, {"time_zone": "Europe/Paris", "hour": 7})
    merged = admin.patch(SCHEDULE, {"weekday": 5}).json()
    replaced = admin.put(SCHEDULE, {"enabled": False}).json()

    assert (merged["time_zone"], merged["weekday"], merged["hour"]) == (
        "Europe/Paris",
        5,
        7,
    )
    assert replaced == {
        "time_zone": "UTC",
        "weekday": 1,
        "hour": 8,
        "enabled": False,
        "next_at": None,
    }
    assert AuditEvent.objects.filter(action="report_schedule.set").count() == 3


def test_a_schedule_is_each_organizations_own(admin):
    ReportScheduleFactory(hour=3)

    assert admin.get(SCHEDULE).json()["hour"] == 8


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc/passwd"),
        ("weekday", 0),
        ("weekday", 8),
        ("hour", 24),
        ("hour", 7.5),
        ("enabled", 1),
        ("minute", 5),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(admin, field, value):
    reply = admin.patch(SCHEDULE, {field: value})

    assert refusal(reply, field)
    assert not ReportSchedule.objects.exists()


def test_a_reader_does_not_set_the_schedule(organization):
    client = api_client_for(organization, ("read",))

    assert client.patch(SCHEDULE, {"hour": 9}).status_code == 403


def test_the_next_moment_is_in_the_week_after_the_newest():
    schedule = ReportSchedule(time_zone="Europe/Paris", weekday=7, hour=23)

    # Sunday 2026-01-11, 23:00 in Paris is 22:00 UTC.
    assert next_moment(datetime(2026, 1, 11, 21, 59, tzinfo=UTC), schedule) == (
        datetime(2026, 1, 11, 22, tzinfo=UTC)
    )
    assert next_moment(datetime(2026, 1, 11, 22, tzinfo=UTC), schedule) == moment_of(
        "2026-W03", schedule
    )


@pytest.mark.parametrize("alike", ["m\u0131ke@acme.example", "mike@acme.exampl\u212a"])
def test_an_address_that_only_looks_like_a_members_is_asked_first(
    admin, organization, alike
):
    MembershipFactory(organization=organization, user__email="mike@acme.example")
    MembershipFactory(organization=organization, user__email="mike@acme.examplk")

    reply = admin.post(SUBSCRIPTIONS, {"email": alike})

    assert reply.json()["state"] == "unconfirmed"
    row = Subscription.objects.get()
    assert (row.user, row.of_member) == (None, False)


def test_an_address_that_only_looks_like_a_former_one_gets_a_row_of_its_own(
    admin, organization
):
    former = SubscriptionFactory(
        organization=organization,
        email="mike@acme.example",
        ended_at=NOW,
        ended_because="unsubscribed",
    )

    admin.post(SUBSCRIPTIONS, {"email": "m\u0131ke@acme.example"})

    assert Subscription.objects.exclude(pk=former.pk).count() == 1
    former.refresh_from_db()
    assert former.ended_at is not None


def test_a_viewers_own_address_is_so_to_the_letter(organization):
    client, user = member(organization)
    user.email = "mike@acme.example"
    user.save()

    reply = client.post(SUBSCRIPTIONS, {"email": "mi\u212ae@acme.example"})

    assert reply.status_code == 403


def asked_again(admin, email="cfo@example.com"):
    """Subscribe an address and, once it is, end that again."""
    reply = admin.post(SUBSCRIPTIONS, {"email": email})
    if reply.status_code == 201:
        admin.delete(f"{SUBSCRIPTIONS}{reply.json()['id']}/")
    return reply


def test_an_address_is_asked_at_most_three_times_in_a_day(admin, organization):
    elsewhere = api_client_for(OrganizationFactory(), ("read", "admin"))

    replies = [asked_again(admin) for _ in range(4)]

    assert [reply.status_code for reply in replies] == [201, 201, 201, 429]
    problem = replies[3].json()
    assert problem["type"] == "urn:rightsize:problem:asked-too-often"
    assert "asked to confirm 3 times in 24 hours" in problem["detail"]
    assert 86_000 < int(replies[3]["Retry-After"]) <= 86_400
    assert asked_again(admin, "other@example.com").status_code == 201
    assert asked_again(elsewhere).status_code == 201


def test_a_day_later_the_address_is_asked_again(admin, organization):
    for _ in range(3):
        asked_again(admin)
    subscription = Subscription.objects.get()
    fields = {"email": "cfo@example.com"}
    again = {"organization": organization, "fields": fields, "author": Author()}
    first = AuditEvent.objects.filter(action="subscription.created").earliest("at").at

    with pytest.raises(AskedTooOften):
        subscribe(**again, at=first + timedelta(hours=23, minutes=59))
    taken_up = subscribe(**again, at=first + timedelta(hours=24))

    assert taken_up == subscription


def test_a_members_own_address_is_never_asked_and_so_never_too_often(organization):
    client, user = member(organization)

    for _ in range(5):
        reply = client.post(SUBSCRIPTIONS, {"email": user.email}, **SAFE)
        assert reply.status_code == 201
        client.delete(f"{SUBSCRIPTIONS}{reply.json()['id']}/", **SAFE)
