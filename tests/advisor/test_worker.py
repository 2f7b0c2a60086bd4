"""A real worker on the tests' own database and broker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import IdempotencyRecord
from accounts.tasks import forget_old_idempotency_records
from advisor.supervisor.processes import wait_until
from tests.factories.accounts import OrganizationFactory


def record(received_at):
    return IdempotencyRecord.objects.create(
        organization=OrganizationFactory(),
        key="once",
        method="POST",
        path="/api/v1/advice/",
        body_sha256="0" * 64,
        held_until=received_at + timedelta(minutes=1),
        received_at=received_at,
    )


def gone(record, *, patience_s=30):
    return wait_until(
        lambda: not IdempotencyRecord.objects.filter(pk=record.pk).exists(),
        patience_s=patience_s,
    )


@pytest.mark.worker
def test_a_task_sent_from_a_test_changes_the_tests_rows(celery_worker):
    old = record(datetime(2026, 1, 1, tzinfo=UTC))
    young = record(timezone.now())

    forget_old_idempotency_records.delay()

    assert gone(old)
    assert IdempotencyRecord.objects.filter(pk=young.pk).exists()


@pytest.mark.worker
def test_a_task_sent_twice_does_no_harm(celery_worker):
    old = record(datetime(2026, 1, 1, tzinfo=UTC))

    forget_old_idempotency_records.delay()
    forget_old_idempotency_records.delay()

    assert gone(old)
    assert celery_worker.poll() is None
