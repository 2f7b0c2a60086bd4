"""Workloads with valid defaults."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from tests.factories.accounts import OrganizationFactory
from workloads.models import Workload, WorkloadRevision


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
