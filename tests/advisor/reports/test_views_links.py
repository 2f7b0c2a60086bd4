"""Unsubscribing and confirming by the links in mails, also forged, old and twice."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client

from accounts.models import AuditEvent
from advisor.reports import links
from tests.factories.reports import DeliveryFactory, SubscriptionFactory

NOW = datetime(2026, 1, 12, 8, 5, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    """Return a client that has signed in nowhere and insists on CSRF tokens."""
    return Client(enforce_csrf_checks=True)


def path(url):
    return urlsplit(url).path


def state(subscription):
    subscription.refresh_from_db()
    return subscription.ended_because


def test_a_scanner_that_opens_the_link_ends_nothing(browser):
    subscription = SubscriptionFactory()
    address = path(links.unsubscribe_url(subscription))

    page = browser.get(address)
    browser.head(address)

    assert page.status_code == 200
    assert "<button>Unsubscribe</button>" in page.content.decode()
    assert state(subscription) == ""
    assert not AuditEvent.objects.exists()


def test_one_click_ends_it_without_a_page_or_a_session(browser):
    subscription = SubscriptionFactory()
    waiting = DeliveryFactory(
        subscription=subscription, report__organization=subscription.organization
    )

    reply = browser.post(
        path(links.unsubscribe_url(subscription)),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )

    assert reply.status_code == 200
    assert "sessionid" not in reply.cookies
    assert state(subscription) == "unsubscribed"
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert AuditEvent.objects.get().action == "subscription.ended"


def test_twice_is_as_good_as_once(browser):
    subscription = SubscriptionFactory()
    address = path(links.unsubscribe_url(subscription))
    browser.post(address)
    subscription.refresh_from_db()
    ended_at = subscription.ended_at

    again = browser.post(address)

    assert again.status_code == 200
    assert "Unsubscribed" in again.content.decode()
    subscription.refresh_from_db()
    assert subscription.ended_at == ended_at
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_is_not_found(browser, method):
    subscription = SubscriptionFactory()
    token = links.unsubscribe_url(subscription).rstrip("/").rpartition("/")[2]
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")

    reply = getattr(browser, method)(f"/unsubscribe/{forged}/")

    assert reply.status_code == 404
    assert "Nothing was done" in reply.content.decode()
    assert state(subscription) == ""


@pytest.mark.parametrize(
    "named",
    [["7ba1d3d6-7f0f-4b57-9d60-0f9d0c7b7f3e", 1], ["x", 1], "nothing", [1], {}, None],
)
def test_a_signed_link_to_nothing_is_not_found(browser, named):
    token = signing.dumps(named, salt="reports.unsubscribe")

    assert browser.post(f"/unsubscribe/{token}/").status_code == 404


def test_a_confirming_link_ends_nothing(browser):
    subscription = SubscriptionFactory()
    token = links.confirm_url(subscription).rstrip("/").rpartition("/")[2]

    assert browser.post(f"/unsubscribe/{token}/").status_code == 404
    assert state(subscription) == ""


def test_an_old_link_says_so_and_is_on_record(browser):
    subscription = SubscriptionFactory(token_version=1)
    old = path(links.unsubscribe_url(subscription))
    subscription.token_version = 2
    subscription.save()

    opened, sent = browser.get(old), browser.post(old)

    assert (opened.status_code, sent.status_code) == (410, 410)
    assert "out of date" in sent.content.decode()
    assert state(subscription) == ""
    assert [each.action for each in AuditEvent.objects.all()] == [
        "subscription.old_link"
    ]


def test_names_with_markup_are_shown_as_text(browser):
    subscription = SubscriptionFactory(organization__name="<script>alert(1)</script>")

    page = browser.get(path(links.unsubscribe_url(subscription))).content.decode()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_page_is_kept_by_no_cache_and_told_to_nobody(browser):
    subscription = SubscriptionFactory()

    page = browser.get(path(links.unsubscribe_url(subscription)))

    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page["Content-Security-Policy"]


def test_other_methods_are_refused(browser):
    subscription = SubscriptionFactory()

    assert browser.put(path(links.unsubscribe_url(subscription))).status_code == 405


def test_an_address_is_confirmed_by_its_button_alone(browser):
    subscription = SubscriptionFactory(confirmed_at=None)
    address = path(links.confirm_url(subscription))

    page = browser.get(address)
    subscription.refresh_from_db()
    opened = subscription.confirmed_at
    browser.post(address)
    subscription.refresh_from_db()

    assert "<button>Yes, send them</button>" in page.content.decode()
    assert opened is None
    assert subscription.confirmed_at is not None
    assert AuditEvent.objects.get().action == "subscription.confirmed"


def test_confirming_twice_is_as_good_as_once(browser):
    subscription = SubscriptionFactory(confirmed_at=None)
    address = path(links.confirm_url(subscription))
    browser.post(address)

    again = browser.post(address)

    assert again.status_code == 200
    assert AuditEvent.objects.count() == 1


def test_a_confirming_link_expires(browser, monkeypatch):
    subscription = SubscriptionFactory(confirmed_at=None)
    address = path(links.confirm_url(subscription))
    monkeypatch.setattr(links, "CONFIRM_WITHIN", links.timedelta(seconds=-1))

    reply = browser.post(address)

    assert reply.status_code == 410
    assert "expired" in reply.content.decode()
    subscription.refresh_from_db()
    assert subscription.confirmed_at is None


def test_an_ended_subscription_is_not_confirmed(browser):
    subscription = SubscriptionFactory(
        confirmed_at=None, ended_at=NOW, ended_because="removed"
    )

    reply = browser.post(path(links.confirm_url(subscription)))

    assert reply.status_code == 410
    subscription.refresh_from_db()
    assert subscription.confirmed_at is None


@pytest.mark.parametrize("token", ["x", "a:b:c", "%00"])
def test_a_made_up_confirming_link_is_not_found(browser, token):
    assert browser.post(f"/confirm-subscription/{token}/").status_code == 404
