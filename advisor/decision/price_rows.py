"""Every price row, and the rows that a view holds, gathered for its questions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.bands import Bands
from advisor.decision.dated_rows import INTERVALS_KEPT, DatedRows
from catalog.rate_cards import METERS, RateCard, Rates


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldPrices:
    """Which slots are to be priced by which rows, over all segments of the year.

    The first entries are all slots at the first segment's rows; those whose row
    changes follow, segment by segment, and `changed` names their slots. `rates` are
    those of each row's first band, `split` the entries whose row has more than one.
    """

    slots: Ints
    rows: Ints  # no row is 0 here, and not `priced`
    priced: Bools
    rates: Floats
    split: Ints
    currency: Ints
    changed: tuple[Ints, ...]


@dataclass(frozen=True, kw_only=True)
class PriceRows:
    """Every price row: when it held, what it charges, in which currency."""

    dated: DatedRows
    ids: Sequence[int]
    sheets: Sequence[str]
    currency: Ints
    withdrawn: Bools
    cards: Sequence[RateCard | tuple[Decimal | None, ...]]
    bands: Bands
    patterns: Floats  # (patterns, 168): share of each hour that the pattern covers
    _held: dict[int, tuple[Ints, HeldPrices]] = field(default_factory=dict)

    def held(self, price_rows: Ints) -> HeldPrices:
        """Return what pricing needs for the given rows; shared like the array is."""
        kept = self._held.get(id(price_rows))
        if kept is None:
            if len(self._held) >= INTERVALS_KEPT:
                self._held.clear()
            kept = price_rows, held_prices(self, price_rows)
            self._held[id(price_rows)] = kept
        # Not read again: another thread may have cleared it by now.
        return kept[1]

    def card(self, row: int) -> RateCard:
        """Return a row's exact rates, for quoting."""
        kept = self.cards[row]
        if isinstance(kept, RateCard):
            return kept
        return RateCard(rates=Rates(**dict(zip(METERS, kept, strict=True))))


def held_prices(prices: "PriceRows", price_rows: Ints) -> HeldPrices:
    """Gather what pricing needs for `price_rows`, (slots, segments)."""
    changed = tuple(
        np.flatnonzero(before != now) for before, now in pairwise(price_rows.T)
    )
    rows = np.concatenate(
        [
            price_rows[:, 0],
            *(price_rows[new, at] for at, new in enumerate(changed, start=1)),
        ]
    )
    priced = rows != NONE
    rows = np.where(priced, rows, 0)
    bands = prices.bands
    return HeldPrices(
        slots=np.concatenate([np.arange(len(price_rows)), *changed]),
        rows=rows,
        priced=priced,
        rates=bands.rates[bands.first[rows]],
        split=np.flatnonzero(bands.count[rows] > 1),
        currency=prices.currency[rows],
        changed=changed,
    )
