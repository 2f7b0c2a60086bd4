"""What the worker does for reports: makes them, and sends what is due.

The rows are the truth: a message lost or delivered twice does no harm.
"""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from advisor.reports import selectors
from advisor.reports.services import alerts, confirmations, due_reports, sending

# A message that no worker took by then is as good as lost: the next tick sends another.
EXPIRES_S = 55
LOOK_EXPIRES_S = 170
# Deliveries that one tick sends out, and that one task gets.
MOST_DUE = 5_000
BATCH = 20


@shared_task
def make_due_reports() -> None:
    """Send one message for each report that is due; beat calls this every minute."""
    for due in due_reports.due_reports(at=timezone.now()):
        make_weekly_report.apply_async(
            kwargs={"organization_id": str(due.organization_id), "week": due.week},
            expires=EXPIRES_S,
        )


@shared_task
def make_weekly_report(organization_id: str, week: str) -> None:
    """Make one organization's report and queue it; safe to deliver twice or never."""
    due_reports.make_and_queue(UUID(organization_id), week, at=timezone.now())


@shared_task
def send_due() -> None:
    """Take back what was lost and send out all that is due; beat calls this too."""
    now = timezone.now()
    sending.recover_lost(at=now)
    mails = []
    for delivery_id, to_webhook in selectors.due_deliveries(now, most=MOST_DUE):
        if to_webhook:  # by itself: one receiver that hangs holds up no other
            _send([delivery_id])
        else:
            mails.append(delivery_id)
    for first in range(0, len(mails), BATCH):
        _send(mails[first : first + BATCH])
    for subscription_id in selectors.to_be_asked(now):
        ask_to_confirm.apply_async(
            kwargs={"subscription_id": str(subscription_id)}, expires=EXPIRES_S
        )


@shared_task(
    soft_time_limit=settings.SENDING_LIMIT_S,
    # Shorter than the lease of what it claims.
    time_limit=settings.SENDING_LIMIT_S + 5,
)
def send_deliveries(delivery_ids: list[str]) -> None:
    """Send some deliveries, by one connection; safe to deliver twice or never."""
    sending.send_batch(
        [UUID(each) for each in delivery_ids],
        clock=timezone.now,
        begin_within=timedelta(seconds=settings.SENDING_LIMIT_S / 2),
    )


@shared_task(
    soft_time_limit=settings.SENDING_LIMIT_S, time_limit=settings.SENDING_LIMIT_S + 5
)
def ask_to_confirm(subscription_id: str) -> None:
    """Ask the owner of an address; safe to deliver twice."""
    confirmations.ask_to_confirm(UUID(subscription_id), at=timezone.now())


@shared_task
def look_for_news() -> None:
    """Send one message for each organization that something moved for; beat calls."""
    for organization_id in alerts.due_organizations(at=timezone.now()):
        look_at_organization.apply_async(
            kwargs={"organization_id": str(organization_id)}, expires=LOOK_EXPIRES_S
        )


@shared_task
def look_at_organization(organization_id: str) -> None:
    """Tell what is new about one organization; safe to deliver twice or never."""
    alerts.look(UUID(organization_id), at=timezone.now())


def _send(delivery_ids: list[UUID]) -> None:
    send_deliveries.apply_async(
        kwargs={"delivery_ids": [str(each) for each in delivery_ids]},
        expires=EXPIRES_S,
    )
