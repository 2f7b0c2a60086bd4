"""Alerts looked for and sent by a real worker, to a receiver that checks them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from advisor.reports import tasks
from advisor.reports.models import Alert, AlertWatch, Delivery
from advisor.reports.services import alerts
from advisor.reports.services.deliveries import queue_alert
from advisor.supervisor.processes import wait_until
from tests.advisor.recommendations.market import open_market
from tests.advisor.reports import receivers
from tests.advisor.reports.advice import used
from tests.advisor.reports.webhooks import (
    AlertFactory,
    WebhookSubscriptionFactory,
    secret,
)
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory

pytestmark = pytest.mark.worker

BEFORE = datetime(2026, 5, 31, 12, tzinfo=UTC)
NEWS = datetime(2026, 6, 1, 8, tzinfo=UTC)


def comes_to_be(rows):
    return wait_until(rows.exists, patience_s=40)


def test_a_queued_alert_is_delivered_and_verified(celery_worker):
    with receivers.receiving() as receiver:
        subscription = WebhookSubscriptionFactory(webhook__url=receiver.url)
        alert = AlertFactory(workload__organization=subscription.organization)
        [delivery] = queue_alert(alert, timezone.now())

        tasks.send_due.delay()
        arrived = wait_until(lambda: bool(receiver.requests), patience_s=40)

        assert arrived
        _, headers, body = receiver.last
        event = Verifier(secret("a")).verify(body, headers)
    assert headers["webhook-id"] == delivery.message_id
    assert event["type"] == "alert.price_rise"
    assert event["data"]["id"] == str(alert.pk)
    assert comes_to_be(Delivery.objects.filter(pk=delivery.pk, state="sent"))


def test_a_look_that_fails_keeps_no_other_organization_from_its_alert(celery_worker):
    market = open_market()
    # Below 90 % of its reference from the first look on; what the watch holds of that
    # cannot be read.
    broken, sound = OrganizationFactory(), OrganizationFactory()
    used(
        broken,
        market["small-8b"],
        quality_floor_kind="relative",
        quality_floor_value=0.9,
        quality_floor_reference="large-400b",
    )
    used(sound, market["large-400b"])
    for organization in (broken, sound):
        alerts.look(organization.pk, at=BEFORE)
    AlertWatch.objects.filter(organization=broken).update(standing=[])
    # A request rises from 0.0042 USD to 0.003 + 200 * 9 / 10^6 = 0.0048.
    PriceFactory(
        offering=market["large-400b"],
        effective_from=NEWS,
        received_at=NEWS,
        input_per_mtok=Decimal(3),
        output_per_mtok=Decimal(9),
    )
    CatalogueChangeFactory(received_at=NEWS)

    tasks.look_for_news.delay()

    told = Alert.objects.filter(organization=sound, kind="price_rise")
    assert comes_to_be(told)
    with pytest.raises(AttributeError):
        alerts.look(broken.pk, at=timezone.now())
    assert AlertWatch.objects.get(organization=broken).looked_at == BEFORE
