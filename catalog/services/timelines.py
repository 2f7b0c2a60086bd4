"""What a new reading of prices adds to the prices held. Pure: no Django, no clock.

A held timeline maps the moment from which a price holds to its latest reading. Nothing
held is ever changed: a difference becomes a new row.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from catalog.calendar import EARLIEST
from catalog.importers.listings import DatedCard
from catalog.rate_cards import RateCard

# From when a price without a date holds, in the first sheet of a source: before any
# language model was on sale, so that no question about the past comes too early.
BEGINNING = EARLIEST

ChangeKind = Literal["new", "repriced", "restated", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is charged; without a card, nothing is offered."""

    card: RateCard | None
    other_meters: Mapping[str, Decimal]


WITHDRAWN = Terms(None, {})
Timeline = Mapping[datetime, Terms]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPrice:
    """A row to add: `before` is what held at that moment until now, if anything did."""

    change: ChangeKind
    service_tier: str
    effective_from: datetime
    before: Terms | None
    after: Terms


def terms_at(timeline: Timeline, moment: datetime) -> Terms | None:
    """Return what holds at a moment; None before the first price."""
    starts = sorted(timeline)
    index = bisect_right(starts, moment)
    return timeline[starts[index - 1]] if index else None


def additions(
    service_tier: str,
    cards: Sequence[DatedCard],
    held: Timeline,
    *,
    at: datetime,
    is_first_sheet: bool,
) -> Iterator[PlannedPrice]:
    """Yield the rows that make the held timeline say what the sheet says.

    - A dated price is added at its date, unless it already holds there.
    - A price announced for later that the sheet no longer announces is superseded.
    - A price without a date holds from `at`, never earlier; only in the first sheet
      of a source, from the beginning.
    """
    undated = _undated(cards)
    read = _dated(cards)
    if undated is not None and is_first_sheet:
        read[BEGINNING] = undated
    later = {moment for moment in held if moment > at}
    growing = _Growing(service_tier, held, at)
    # In order of time: a row added at one moment changes what holds at the next.
    for moment in sorted({at, *read, *later}):
        wanted = terms_at(read, moment) or undated
        if wanted is not None:
            yield from growing.say(moment, wanted)


def withdrawals(
    service_tier: str, held: Timeline, *, at: datetime
) -> Iterator[PlannedPrice]:
    """Yield the rows that say the offering is no longer listed from `at` on."""
    growing = _Growing(service_tier, held, at)
    for moment in (at, *sorted(moment for moment in held if moment > at)):
        yield from growing.say(moment, WITHDRAWN)


def extended(held: Timeline, planned: Iterable[PlannedPrice]) -> Timeline:
    """Return the timeline as it will be with the planned rows."""
    return {**held, **{price.effective_from: price.after for price in planned}}


class _Growing:
    """A timeline while rows are added; says nothing that already holds."""

    def __init__(self, service_tier: str, held: Timeline, at: datetime) -> None:
        self._service_tier = service_tier
        self._known = bool(held)
        self._timeline = dict(held)
        self._at = at

    def say(self, moment: datetime, after: Terms) -> Iterator[PlannedPrice]:
        """Yield the row that makes `after` hold at `moment`, unless it does."""
        before = terms_at(self._timeline, moment)
        if (before or WITHDRAWN) == after:
            return
        yield PlannedPrice(
            change=self._change(moment, before, after),
            service_tier=self._service_tier,
            effective_from=moment,
            before=before,
            after=after,
        )
        self._timeline[moment] = after

    def _change(
        self, moment: datetime, before: Terms | None, after: Terms
    ) -> ChangeKind:
        if after.card is None:
            return "withdrawn"
        if not self._known or before is None or before.card is None:
            return "new"
        if moment < self._at or moment in self._timeline:
            return "restated"
        return "repriced"


def _dated(cards: Iterable[DatedCard]) -> dict[datetime, Terms]:
    return {
        card.effective_from: Terms(card.card, card.other_meters)
        for card in cards
        if card.effective_from is not None
    }


def _undated(cards: Iterable[DatedCard]) -> Terms | None:
    for card in cards:
        if card.effective_from is None:
            return Terms(card.card, card.other_meters)
    return None
