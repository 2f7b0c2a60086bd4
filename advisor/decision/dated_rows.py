"""Rows that hold from a moment on, and what held at one, as it was known at another.

Moments are microseconds since 1970 (int64).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from advisor.decision.arrays import NONE, Bools, Ints

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Most questions are about now; a few more intervals serve those about the past.
INTERVALS_KEPT = 16


def microseconds(moment: datetime) -> int:
    """Return the aware moment as whole microseconds since 1970."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


class DatedRows:
    """Dated rows of many owners; finds the row that held at a moment, as known then.

    `owners`, `effective` and `received` have one entry per row, sorted by all three.
    """

    def __init__(
        self, *, owners: Ints, effective: Ints, received: Ints, owner_count: int
    ) -> None:
        self.owners = owners
        self.effective = effective
        self.received = received
        self.owner_count = owner_count
        starts = np.flatnonzero(np.diff(owners, prepend=NONE))
        self._starts = starts
        self._present = owners[starts]
        self._positions = np.arange(len(owners))
        self._moments, place = np.unique(effective, return_inverse=True)
        # When the first row that starts at each moment was received.
        self._first_received = np.full(len(self._moments), np.iinfo(np.int64).max)
        np.minimum.at(self._first_received, place, received)
        self._resolved: dict[tuple[int, int], Ints] = {}
        self._columns: dict[tuple[int, ...], Ints] = {}

    def latest(self, *, as_of: int, known_at: int) -> Ints:
        """Return each owner's row index, `NONE` where nothing held or was known.

        Nothing changes between two moments at which a row starts, so what holds is
        worked out once for each such interval; the array must not be written to.
        """
        interval = int(np.searchsorted(self._moments, as_of, side="right"))
        key = (interval, known_at)
        found = self._resolved.get(key)
        if found is None:
            found = self._resolve(as_of, known_at)
            found.flags.writeable = False
            if len(self._resolved) >= INTERVALS_KEPT:
                self._resolved.clear()
            self._resolved[key] = found
        return found

    def _resolve(self, as_of: int, known_at: int) -> Ints:
        latest = np.full(self.owner_count, NONE)
        if len(self.owners):
            held = (self.effective <= as_of) & (self.received <= known_at)
            candidates = np.where(held, self._positions, NONE)
            latest[self._present] = np.maximum.reduceat(candidates, self._starts)
        return latest

    def latest_at(self, moments: Sequence[int], *, known_at: int) -> Ints:
        """Return `latest` for several moments: (owners, moments); not to be written."""
        intervals = np.searchsorted(self._moments, moments, side="right")
        key = (*intervals.tolist(), known_at)
        found = self._columns.get(key)
        if found is None:
            columns = [self.latest(as_of=each, known_at=known_at) for each in moments]
            found = np.stack(columns, axis=1)
            found.flags.writeable = False
            if len(self._columns) >= INTERVALS_KEPT:
                self._columns.clear()
            self._columns[key] = found
        return found

    def timeline(self, owner: int, *, known_at: int) -> tuple[tuple[int, int], ...]:
        """Return one owner's (moment, row that holds from then on), oldest first."""
        first, end = np.searchsorted(self.owners, [owner, owner + 1])
        # Of two readings of one moment the later received comes last, and stays.
        found = {
            int(self.effective[row]): row
            for row in range(int(first), int(end))
            if self.received[row] <= known_at
        }
        return tuple(found.items())

    def known(self, known_at: int) -> Bools:
        """Tell for each owner whether any of its rows was known at the moment."""
        known = np.zeros(self.owner_count, dtype=bool)
        known[self.owners[self.received <= known_at]] = True
        return known

    def changes_within(self, *, after: int, before: int, known_at: int) -> list[int]:
        """Return the distinct moments strictly between two at which a row starts."""
        first, end = np.searchsorted(self._moments, [after + 1, before])
        known = self._first_received[first:end] <= known_at
        changes: list[int] = self._moments[first:end][known].tolist()
        return changes
