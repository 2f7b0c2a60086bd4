"""What beat asks of accounts."""

from celery import shared_task
from django.utils import timezone

from accounts import services


@shared_task
def forget_old_idempotency_records() -> None:
    """Delete idempotency records older than 24 hours; safe to deliver twice."""
    services.forget_old_idempotency_records(at=timezone.now())
