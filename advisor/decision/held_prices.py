"""The price rows that a view holds, gathered once for all questions of an interval."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints

if TYPE_CHECKING:
    from advisor.decision.history import PriceRows


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
