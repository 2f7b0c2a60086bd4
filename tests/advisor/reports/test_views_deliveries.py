"""What was sent over the API, and dead letters that are sent again."""

import pytest
from rest_framework.test import APIClient

from tests.api_clients import api_client_for
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.reports import (
    AlertFactory,
    DeliveryFactory,
    SubscriptionFactory,
    WebhookSubscriptionFactory,
)

DELIVERIES = "/api/v1/deliveries/"
DEAD = {"state": "dead", "next_attempt_at": None}

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def admin(organization):
    return api_client_for(organization, ("read", "write", "admin"))


def ids(reply):
    return {each["id"] for each in reply.json()["results"]}


def test_the_dead_letters_are_listed_with_what_was_said(admin, organization):
    dead = DeliveryFactory(
        report__organization=organization, **DEAD, last_status=550, last_error="No"
    )
    DeliveryFactory(report=dead.report, organization=organization)
    DeliveryFactory(**DEAD)

    reply = admin.get(DELIVERIES, {"state": "dead"})

    (shown,) = reply.json()["results"]
    assert shown["id"] == str(dead.pk)
    assert (shown["to"], shown["last_status"], shown["last_error"]) == (
        dead.subscription.email,
        550,
        "No",
    )


def test_an_unknown_state_is_refused(admin):
    assert admin.get(DELIVERIES, {"state": "lost"}).status_code == 400


def test_others_addresses_are_for_admins(organization):
    membership = MembershipFactory(organization=organization, role="viewer")
    mine = DeliveryFactory(
        report__organization=organization,
        subscription__user=membership.user,
        subscription__of_member=True,
    )
    DeliveryFactory(report=mine.report, organization=organization)
    alert = AlertFactory(organization=organization)
    reader = WebhookSubscriptionFactory(webhook__organization=organization)
    told = DeliveryFactory(
        report=None,
        alert=alert,
        organization=organization,
        subscription=reader,
        created_at=alert.at,
    )
    client = APIClient()
    client.force_login(membership.user)

    assert ids(client.get(DELIVERIES)) == {str(mine.pk), str(told.pk)}
    assert ids(api_client_for(organization).get(DELIVERIES)) == {str(told.pk)}


def test_a_dead_letter_is_sent_again(admin, organization):
    dead = DeliveryFactory(report__organization=organization, **DEAD, attempts=14)

    reply = admin.post(f"{DELIVERIES}{dead.pk}/resend/")

    assert reply.status_code == 200
    assert (reply.json()["state"], reply.json()["attempts"]) == ("waiting", 0)
    assert reply.json()["message_id"] == dead.message_id


def test_what_is_not_dead_is_a_conflict(admin, organization):
    waiting = DeliveryFactory(report__organization=organization)

    reply = admin.post(f"{DELIVERIES}{waiting.pk}/resend/")

    assert reply.status_code == 409
    assert "It is waiting" in reply.json()["detail"]


def test_a_strangers_delivery_is_not_found(admin):
    dead = DeliveryFactory(**DEAD)

    assert admin.get(f"{DELIVERIES}{dead.pk}/").status_code == 404
    assert admin.post(f"{DELIVERIES}{dead.pk}/resend/").status_code == 404


def test_a_page_of_deliveries_takes_few_queries(
    admin, organization, django_assert_max_num_queries
):
    report = DeliveryFactory(report__organization=organization).report
    for _ in range(5):
        reader = SubscriptionFactory(organization=organization)
        DeliveryFactory(report=report, subscription=reader)

    with django_assert_max_num_queries(4):
        admin.get(DELIVERIES)
