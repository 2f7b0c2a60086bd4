"""All that a decision depends on at one moment, and what moves it to another."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from advisor.decision.arrays import Bools
from advisor.decision.decide import Decision, decide
from advisor.decision.evaluations import Evaluations
from advisor.decision.measured import Measurements
from advisor.decision.quality import Quality
from advisor.decision.question import OptionKey, Question
from advisor.decision.quote import Quoter
from advisor.decision.view import View
from advisor.decision.ways import key_of_slot

PRICE, TRAFFIC, TOKENS, CURRENCY = "price", "traffic", "tokens", "currency"
LATENCY, QUALITY, LIMITS = "latency", "quality", "limits"
NEW, RETIRED = "new_offerings", "retired"
# The order in which they are told.
DRIVERS = (PRICE, TRAFFIC, TOKENS, CURRENCY, LATENCY, QUALITY, NEW, RETIRED, LIMITS)

Moved = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class World:
    """All that a decision depends on, and what is decided there."""

    question: Question
    seen: View
    quality: Quality
    measurements: Measurements
    evaluations: Evaluations | None = None

    @cached_property
    def decision(self) -> Decision:
        """What to buy in this world."""
        return decide(
            self.question,
            self.seen,
            self.quality,
            self.measurements,
            self.evaluations,
        )

    @property
    def pick(self) -> int | None:
        """The slot to buy, None when nothing fits."""
        return self.decision.recommended

    @property
    def pick_key(self) -> OptionKey | None:
        """The option to buy, None when nothing fits."""
        if self.pick is None:
            return None
        return key_of_slot(self.seen, self.pick, self.decision.ways.get(self.pick))

    @property
    def recommended_spend(self) -> Decimal | None:
        """Twelve months of the pick in USD, exactly; None when nothing fits."""
        return None if self.pick is None else self.spend_of(self.pick)

    def spend_of(self, slot: int) -> Decimal | None:
        """Return twelve months of a slot in USD, exactly; None if it has no price."""
        quote = self._quoter.quote(slot)
        return None if quote is None else quote.total

    @cached_property
    def _quoter(self) -> Quoter:
        return Quoter(self.decision)

    @cached_property
    def on_sale(self) -> Bools:
        """The slots that can be seen and have a price throughout the horizon."""
        # The index NONE finds the last: no row is as good as a withdrawn one.
        gone = np.append(self.seen.history.prices.withdrawn, True)
        on_sale: Bools = self.seen.visible & ~gone[self.seen.price_rows].any(axis=1)
        return on_sale
