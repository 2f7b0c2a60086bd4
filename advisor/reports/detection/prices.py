"""Price changes, as what they do to one request of the workload.

A rate that the workload does not use changes nothing, and so is no news.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from advisor.decision.arrays import NONE
from advisor.decision.dated_rows import microseconds
from advisor.recommendations.amounts import as_moment, cent
from advisor.recommendations.figures import CURRENCY
from advisor.reports.detection.news import News, percent_of, sized
from advisor.reports.detection.situation import Concerned, Situation
from advisor.reports.models import AlertKind
from catalog.fields import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """USD per request before and after the price row `row` takes effect."""

    row: int
    effective: int  # microseconds since 1970
    before: Decimal
    after: Decimal


def price_changes(situation: Situation) -> Iterator[News]:
    """Yield the changes that became known since the last look: past and announced."""
    for option in situation.concerned():
        for move in moves(situation, option.slot):
            yield _news(situation, option, move)


def moves(situation: Situation, slot: int) -> Iterator[Move]:
    """Yield each step of the price of a request that rests on a row not known before.

    What holds now is held against what was known to hold now; what is announced
    against what holds until then. Unknown prices make no step.
    """
    seen = situation.decision.view
    costs = situation.quoter.per_request(slot)
    before = situation.quoter_before.per_request(slot)[0]
    for segment, moment in enumerate(seen.segments):
        row = _new_row(situation, slot, segment)
        after = costs[segment]
        if row is not None and None not in (before, after) and before != after:
            assert before is not None and after is not None  # noqa: S101, PT018  # priced
            yield Move(
                row=row,
                effective=int(seen.history.prices.dated.effective[row])
                if segment == 0
                else moment,
                before=before,
                after=after,
            )
        before = after


def _new_row(situation: Situation, slot: int, segment: int) -> int | None:
    """Return the row that begins to hold in a segment and was not known before.

    The share that can wait is billed on the batch tier, whose rows count as well.
    """
    seen = situation.decision.view
    received = seen.history.prices.dated.received
    known = microseconds(situation.known_before)
    batch = int(seen.history.batch_slot[slot])
    for each in (slot, batch):
        row = NONE if each == NONE else int(seen.price_rows[each, segment])
        begins = segment == 0 or row != seen.price_rows[each, segment - 1]
        if row != NONE and begins and received[row] > known:
            return row
    return None


def _news(situation: Situation, option: Concerned, move: Move) -> News:
    prices = situation.decision.view.history.prices
    change = move.after - move.before
    percent = percent_of(move.before, move.after)
    requests = situation.decision.question.traffic.requests_per_month
    effective = as_moment(move.effective)
    return News(
        kind=AlertKind.PRICE_RISE if change > 0 else AlertKind.PRICE_CUT,
        subject=situation.subject(option, effective, str(prices.ids[move.row])),
        size=sized(percent),
        facts={
            **situation.facts(option),
            "effective_from": effective,
            "announced": move.effective > microseconds(situation.at),
            "before": plain(move.before),
            "after": plain(move.after),
            "percent": None if percent is None else f"{percent:.2f}",
            "monthly_change": cent(change * requests),
            "currency": CURRENCY,
        },
    )
