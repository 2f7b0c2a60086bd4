"""When a plan's runs are due: arithmetic on UTC moments, without a database.

Slot k of a plan is k cadences after 1970-01-01T00:00Z, plus a jitter that is the
plan's own for that slot. UTC knows no daylight saving, so neither do slots.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES_PER_DAY = 24 * 60
SECONDS_PER_MINUTE = 60


class Cadence(Protocol):
    """What of a plan decides its slots."""

    id: UUID
    cadence_minutes: int
    jitter_minutes: int
    hours_allowed: list[int]


def slot_at(plan: Cadence, index: int) -> datetime:
    """Return the moment of slot `index`, to the second.

    The jitter lies in [0, jitter_minutes) minutes and is less than a cadence, so slots
    stay in order.
    """
    jitter_s = 0
    if plan.jitter_minutes:
        digest = blake2b(plan.id.bytes + index.to_bytes(8, "big"), digest_size=8)
        drawn = int.from_bytes(digest.digest(), "big")
        jitter_s = drawn % (plan.jitter_minutes * SECONDS_PER_MINUTE)
    minutes = index * plan.cadence_minutes
    return EPOCH + timedelta(minutes=minutes, seconds=jitter_s)


def next_slot(plan: Cadence, after: datetime) -> datetime | None:
    """Return the first allowed slot later than a moment; None if there never is one."""
    start = _index(plan, after)
    # The hours of slots repeat within a day's number of slots, jitter set apart.
    for index in range(start, start + MINUTES_PER_DAY + 2):
        slot = slot_at(plan, index)
        if slot > after and hour_allowed(plan, slot):
            return slot
    return None


def newest_due_slot(plan: Cadence, at: datetime) -> datetime | None:
    """Return the last slot not after a moment, if it and the moment are allowed.

    A slot that was missed outside its hours is not made up for: it would run when the
    plan must not.
    """
    if not hour_allowed(plan, at):
        return None
    return next(
        (slot for slot in _backwards(plan, at) if hour_allowed(plan, slot)), None
    )


def _backwards(plan: Cadence, at: datetime) -> Iterator[datetime]:
    newest = _index(plan, at)
    for index in range(newest, newest - MINUTES_PER_DAY - 2, -1):
        slot = slot_at(plan, index)
        if slot <= at:
            yield slot


def _index(plan: Cadence, at: datetime) -> int:
    return (at - EPOCH) // timedelta(minutes=plan.cadence_minutes)


def hour_allowed(plan: Cadence, at: datetime) -> bool:
    """Return whether the plan may run in the UTC hour of a moment."""
    hours = plan.hours_allowed
    return not hours or at.astimezone(UTC).hour in hours
