"""What beat asks of the pages: a sign of life."""

from celery import shared_task
from django.utils import timezone

from advisor.pages.operations import broker


@shared_task(ignore_result=True)
def note_heartbeat() -> None:
    """Note that beat sends and a worker takes; the dashboard and /metrics read it."""
    broker.note_heartbeat(timezone.now())
