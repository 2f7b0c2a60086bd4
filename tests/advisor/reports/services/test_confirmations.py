"""Addresses that are asked before anything is sent to them."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.reports import selectors
from advisor.reports.services.confirmations import ask_to_confirm
from tests.factories.reports import SubscriptionFactory

NOW = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_an_address_is_asked_once(box):
    subscription = SubscriptionFactory(confirmed_at=None)
    assert selectors.to_be_asked(NOW) == [subscription.pk]

    asked = [ask_to_confirm(subscription.pk, at=NOW) for _ in range(2)]

    assert asked == [True, False]
    ((to, mail),) = box.mails
    assert to == subscription.email
    assert "/confirm-subscription/" in mail.get_content()
    assert selectors.to_be_asked(NOW) == []


def test_a_server_that_fails_is_asked_again_for_a_day(box):
    box.temper = {"*": "451 4.3.0 Later"}
    subscription = SubscriptionFactory(confirmed_at=None)

    assert not ask_to_confirm(subscription.pk, at=NOW)

    assert selectors.to_be_asked(NOW) == [subscription.pk]
    assert selectors.to_be_asked(NOW + timedelta(days=1)) == []


def test_an_address_that_is_none_is_ended(box):
    box.temper = {"*": "550 5.1.1 No such user"}
    subscription = SubscriptionFactory(confirmed_at=None)

    assert not ask_to_confirm(subscription.pk, at=NOW)

    subscription.refresh_from_db()
    assert subscription.ended_because == "bounced"


def test_who_has_confirmed_or_ended_is_not_asked(box):
    confirmed = SubscriptionFactory()
    ended = SubscriptionFactory(
        confirmed_at=None, ended_at=NOW, ended_because="removed"
    )

    assert selectors.to_be_asked(NOW) == []
    assert not ask_to_confirm(confirmed.pk, at=NOW)
    assert not ask_to_confirm(ended.pk, at=NOW)
    assert box.mails == []
