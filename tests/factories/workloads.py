"""Workloads with valid defaults."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import OfferingFactory
from workloads.models import UsageRecord, Workload, WorkloadRevision


class WorkloadFactory(DjangoModelFactory):
    """A workload without a revision; `WorkloadRevisionFactory` makes both."""

    class Meta:
        model = Workload

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Support chat {n}")
    created_at = datetime(2026, 1, 1, tzinfo=UTC)


class WorkloadRevisionFactory(DjangoModelFactory):
    """A million short chats a month, under no limit."""

    class Meta:
        model = WorkloadRevision

    workload = factory.SubFactory(WorkloadFactory)
    number = 1
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    task_family = "support_chat"
    requests_per_month = 1_000_000
    input_tokens_mean = 1_000
    input_tokens_p95 = 2_000
    output_tokens_mean = 200
    output_tokens_p95 = 400


class UsageRecordFactory(DjangoModelFactory):
    """A day of a thousand short chats, unbilled."""

    class Meta:
        model = UsageRecord

    workload = factory.SubFactory(WorkloadFactory)
    offering = factory.SubFactory(OfferingFactory)
    service_tier = "standard"
    used_from = datetime(2026, 3, 1, tzinfo=UTC)
    used_to = factory.LazyAttribute(lambda row: row.used_from + timedelta(days=1))
    received_at = factory.SelfAttribute("used_to")
    requests = 1_000
    input_tokens = 1_000_000
    output_tokens = 200_000
