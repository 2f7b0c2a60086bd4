"""Who may send a delivery now: one worker, by a conditional update, for a while.

A claim ends by itself, so a worker that was killed holds nothing for ever. Its lease is
longer than a task may run: until then its worker may still be at it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from advisor.reports.models import Delivery, DeliveryState

# Beyond the limit at which a task is ended by force, which is shorter than this.
_MARGIN_S = 15


class LeaseLost(Exception):
    """The claim ran out, so somebody else may hold the delivery: send nothing."""


def lease() -> timedelta:
    """Return how long a delivery is claimed for."""
    return timedelta(seconds=settings.SENDING_LIMIT_S + _MARGIN_S)


def claim(delivery_id: UUID, *, at: datetime) -> Delivery | None:
    """Return a delivery that is due, claimed for us; None if it is not, or taken."""
    due = Delivery.objects.filter(
        pk=delivery_id, state=DeliveryState.WAITING, next_attempt_at__lte=at
    )
    taken = due.update(
        state=DeliveryState.SENDING,
        lease_until=at + lease(),
        next_attempt_at=None,
        handed_over_at=None,
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    rows = Delivery.objects.select_related(
        "report__organization",
        "alert__organization",
        "subscription__webhook",
        "subscription__user",
    )
    return rows.defer("report__content").get(pk=delivery_id)


def ours(delivery: Delivery) -> "QuerySet[Delivery]":
    """Return the row as long as our claim of it stands: nobody else's is changed."""
    return Delivery.objects.filter(
        pk=delivery.pk,
        state=DeliveryState.SENDING,
        lease_until=delivery.lease_until,
    )


def hand_over(delivery: Delivery, *, at: datetime) -> None:
    """Note that the message is about to leave; raise `LeaseLost` if it must not.

    Committed before the first byte: past it, a worker that dies leaves unknown
    whether the message arrived.
    """
    if not ours(delivery).filter(lease_until__gt=at).update(handed_over_at=at):
        raise LeaseLost
    delivery.handed_over_at = at
