"""What becomes of a delivery after an attempt: sent, tried again, or dead."""

import random
from datetime import datetime, timedelta

from django.db import transaction

from advisor.reports.channels.outcome import (
    Outcome,
    Postponed,
    Refused,
    Sent,
    Unknown,
)
from advisor.reports.models import Delivery, DeliveryState, EndReason
from advisor.reports.services.claims import ours
from advisor.reports.services.subscriptions import end_subscription

# Spread over about a day and a half by the waits between them.
MOST_ATTEMPTS = 14
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
_MOST_WORDS = 500
# A mail may be repeated once; a webhook's receiver knows a repeat by its id.
_MOST_UNANSWERED = 1
_WORKER_ENDED = "The worker that was sending it ended"
_TWICE = "Handed over twice without an answer, so it may have arrived"


def settle(delivery: Delivery, outcome: Outcome, *, at: datetime) -> None:
    """Write down what came of an attempt, if our claim still stands."""
    match outcome:
        case Sent():
            _sent(delivery, outcome, at)
        case Refused():
            _refused(delivery, outcome, at)
        case Postponed():
            _again(delivery, outcome, at)
        case Unknown():
            _unknown(delivery, outcome.error, at)


def settle_lost(delivery: Delivery, *, at: datetime) -> None:
    """Settle a delivery whose lease ran out: its worker was killed, or cut off."""
    if delivery.handed_over_at is None:
        # Nothing had left, so it goes at once; a letter that kills workers ends dead.
        _again(delivery, Postponed(error=f"{_WORKER_ENDED}."), at, wait=timedelta())
    else:
        _unknown(delivery, f"{_WORKER_ENDED}; it may have arrived.", at)


def cancel(delivery: Delivery) -> None:
    """Send nothing: nobody is there any more who should get it."""
    ours(delivery).update(state=DeliveryState.CANCELLED, lease_until=None)


def wait_before(attempt: int) -> timedelta:
    """Return how long to wait after a number of failed attempts.

    Twice as long each time, up to six hours, and a quarter more or less, so that those
    that failed together do not return together.
    """
    wait: timedelta = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311  # no secret


def _sent(delivery: Delivery, outcome: Sent, at: datetime) -> None:
    ours(delivery).update(
        state=DeliveryState.SENT,
        sent_at=at,
        lease_until=None,
        last_status=outcome.status,
        last_error="",
    )


@transaction.atomic
def _refused(delivery: Delivery, outcome: Refused, at: datetime) -> None:
    if _dead(delivery, outcome.error, outcome.status) and outcome.gone:
        end_subscription(delivery.subscription, because=EndReason.BOUNCED, at=at)


def _again(
    delivery: Delivery, outcome: Postponed, at: datetime, wait: timedelta | None = None
) -> None:
    if delivery.attempts >= MOST_ATTEMPTS:
        _dead(delivery, outcome.error, outcome.status)
        return
    if wait is None:
        wait = wait_before(delivery.attempts)
    _wait(
        delivery,
        until=at + max(wait, outcome.retry_after or timedelta()),
        last_status=outcome.status,
        last_error=outcome.error[:_MOST_WORDS],
    )


def _unknown(delivery: Delivery, error: str, at: datetime) -> None:
    """Repeat once what may have arrived; a webhook's as often as any."""
    unanswered = delivery.unanswered + 1
    by_mail = delivery.subscription.webhook_id is None
    if by_mail and unanswered > _MOST_UNANSWERED:
        _dead(delivery, f"{_TWICE}. {error}", None, unanswered=unanswered)
    elif delivery.attempts >= MOST_ATTEMPTS:
        _dead(delivery, error, None, unanswered=unanswered)
    else:
        _wait(
            delivery,
            until=at + wait_before(delivery.attempts),
            last_status=None,
            last_error=error[:_MOST_WORDS],
            unanswered=unanswered,
        )


def _wait(delivery: Delivery, *, until: datetime, **changed: object) -> None:
    ours(delivery).update(
        state=DeliveryState.WAITING,
        next_attempt_at=until,
        lease_until=None,
        **changed,
    )


def _dead(
    delivery: Delivery, error: str, status: int | None, **changed: object
) -> bool:
    """Put it among the dead letters; return whether it was ours to put there."""
    return bool(
        ours(delivery).update(
            state=DeliveryState.DEAD,
            lease_until=None,
            last_status=status,
            last_error=error[:_MOST_WORDS],
            **changed,
        )
    )
