"""Subscriptions, reports, alerts and their deliveries, with valid defaults."""

from datetime import UTC, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from advisor.reports.models import (
    Alert,
    Delivery,
    ReportEdition,
    ReportSchedule,
    Subscription,
    Webhook,
    WeeklyReport,
)
from tests.factories.accounts import OrganizationFactory

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


class ReportScheduleFactory(DjangoModelFactory):
    """Mondays at eight, UTC."""

    class Meta:
        model = ReportSchedule

    organization = factory.SubFactory(OrganizationFactory)


class WebhookFactory(DjangoModelFactory):
    class Meta:
        model = Webhook

    organization = factory.SubFactory(OrganizationFactory)
    url = factory.Sequence(lambda n: f"https://hooks.example.com/{n}")
    name = "Our chat"
    secret = "whsec_" + "YWFh" * 8
    created_at = JANUARY


class SubscriptionFactory(DjangoModelFactory):
    """A confirmed address that gets the weekly report and no alerts."""

    class Meta:
        model = Subscription

    organization = factory.SubFactory(OrganizationFactory)
    email = factory.Sequence(lambda n: f"reader{n}@example.com")
    created_at = JANUARY
    confirmed_at = JANUARY


class WebhookSubscriptionFactory(SubscriptionFactory):
    """A webhook that gets alerts of price rises."""

    webhook = factory.SubFactory(WebhookFactory)
    organization = factory.SelfAttribute("webhook.organization")
    email = ""
    weekly_report = False
    alerts = ["price_rise"]


class AlertFactory(DjangoModelFactory):
    """A price that rises by 20 percent, without the facts of its sentence."""

    class Meta:
        model = Alert

    organization = factory.SubFactory(OrganizationFactory)
    kind = "price_rise"
    key = factory.Sequence(lambda n: f"rise {n}")
    at = JANUARY
    size = Decimal(20)


class WeeklyReportFactory(DjangoModelFactory):
    """The first full week of 2026, told on the Monday after it."""

    class Meta:
        model = WeeklyReport

    organization = factory.SubFactory(OrganizationFactory)
    week = "2026-W03"
    time_zone = "UTC"
    covers_from = datetime(2026, 1, 5, 8, tzinfo=UTC)
    covers_to = known_at = created_at = datetime(2026, 1, 12, 8, tzinfo=UTC)
    content = factory.LazyFunction(dict)


class ReportEditionFactory(DjangoModelFactory):
    """A written report of a few words, with the links that differ from reader to
    reader.
    """

    class Meta:
        model = ReportEdition

    report = factory.SubFactory(WeeklyReportFactory)
    locale = "en_US"
    subject = "Nothing new this week"
    text = "Read on: %%SIGN_IN_URL:/reports/%%\nNo more: %%UNSUBSCRIBE_URL%%\n"
    html = (
        '<p><a href="%%SIGN_IN_URL:/reports/%%">Read on</a></p>'
        '<p><a href="%%UNSUBSCRIBE_URL%%">No more</a></p>'
    )


class DeliveryFactory(DjangoModelFactory):
    """A report on its way to one reader, due since it was made."""

    class Meta:
        model = Delivery

    report = factory.SubFactory(WeeklyReportFactory)
    organization = factory.SelfAttribute("report.organization")
    subscription = factory.SubFactory(
        SubscriptionFactory, organization=factory.SelfAttribute("..organization")
    )
    message_id = factory.Sequence(lambda n: f"report.{n}@localhost")
    created_at = factory.SelfAttribute("report.created_at")
    next_attempt_at = factory.SelfAttribute("created_at")
