"""Webhooks and what they are sent, with valid defaults."""

import base64
from datetime import UTC, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from advisor.reports.models import Alert, Delivery, Subscription, Webhook
from tests.factories.accounts import OrganizationFactory
from tests.factories.workloads import WorkloadFactory

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def secret(letter):
    """Return a secret of 32 equal letters, as receivers are given it."""
    return "whsec_" + base64.b64encode(letter.encode() * 32).decode()


OFFERING = {
    "id": "6f1c1f9e-0f0e-4a53-9d4b-3d1f4a3f0c11",
    "name": "small-8b",
    "provider": "cheapo",
    "model": "small-8b",
    "region": "",
}
RISE = {
    "role": "in_use",
    "offering": OFFERING,
    "service_tier": "standard",
    "effective_from": "2026-12-01T00:00:00Z",
    "announced": True,
    "before": "0.00014",
    "after": "0.000168",
    "percent": "20",
    "monthly_change": "28.00",
    "currency": "USD",
}


class WebhookFactory(DjangoModelFactory):
    class Meta:
        model = Webhook

    organization = factory.SubFactory(OrganizationFactory)
    url = factory.Sequence(lambda n: f"https://hooks.example.com/{n}")
    name = "Our chat"
    secret = secret("a")
    created_at = JANUARY


class WebhookSubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = Subscription

    webhook = factory.SubFactory(WebhookFactory)
    organization = factory.SelfAttribute("webhook.organization")
    weekly_report = False
    alerts = ["price_rise"]
    created_at = JANUARY
    confirmed_at = JANUARY


class AlertFactory(DjangoModelFactory):
    """A rise of what a workload uses by 20 percent, from December on."""

    class Meta:
        model = Alert

    workload = factory.SubFactory(WorkloadFactory)
    organization = factory.SelfAttribute("workload.organization")
    kind = "price_rise"
    key = factory.Sequence(lambda n: f"rise {n}")
    at = JANUARY
    size = Decimal(20)
    facts = factory.LazyAttribute(
        lambda alert: {
            **RISE,
            "workload": {"id": str(alert.workload.pk), "name": alert.workload.name},
        }
    )


class DeliveryFactory(DjangoModelFactory):
    """An alert on its way to a webhook, due at once."""

    class Meta:
        model = Delivery

    subscription = factory.SubFactory(WebhookSubscriptionFactory)
    organization = factory.SelfAttribute("subscription.organization")
    alert = factory.SubFactory(
        AlertFactory,
        workload__organization=factory.SelfAttribute("...subscription.organization"),
    )
    message_id = factory.Sequence(lambda n: f"msg_{n:032x}")
    created_at = JANUARY
    next_attempt_at = JANUARY
