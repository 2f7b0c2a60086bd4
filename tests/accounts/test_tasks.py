"""The daily task."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import IdempotencyRecord
from accounts.tasks import forget_old_idempotency_records
from tests.factories.accounts import OrganizationFactory


@pytest.mark.django_db
def test_the_daily_task_forgets_old_records_and_may_run_twice():
    IdempotencyRecord.objects.create(
        organization=OrganizationFactory(),
        key="old",
        method="POST",
        path="/",
        body_sha256="0" * 64,
        held_until=timezone.now(),
        received_at=timezone.now() - timedelta(hours=25),
    )

    forget_old_idempotency_records()
    forget_old_idempotency_records()

    assert not IdempotencyRecord.objects.exists()
