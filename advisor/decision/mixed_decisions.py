"""What to buy in every mixture of two worlds, and for how much.

There are up to 512 of them. A step of a decision is taken once for all mixtures that
agree in the drivers it depends on; only holding the limits and ranking is left.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from advisor.decision.feasibility import screen
from advisor.decision.latency import Latency, modelled_latency
from advisor.decision.measured_latency import with_measurements
from advisor.decision.mixtures import Mixture
from advisor.decision.question import Question
from advisor.decision.quote import Quoter
from advisor.decision.ranking import rank
from advisor.decision.spend import Spend, project
from advisor.decision.token_factors import TokenFactors, token_factors
from advisor.decision.view import View
from advisor.decision.worlds import (
    CURRENCY,
    LATENCY,
    NEW,
    PRICE,
    QUALITY,
    RETIRED,
    TOKENS,
    TRAFFIC,
    Moved,
)

_FOR_SPEND = frozenset({PRICE, TRAFFIC, TOKENS, CURRENCY, NEW, RETIRED})
# Sizes stand in for what was not measured; the rate of requests is the load.
_FOR_LATENCY = frozenset({LATENCY, TRAFFIC, TOKENS, QUALITY, NEW})


@dataclass(frozen=True, kw_only=True)
class _Priced:
    """Everything that spend depends on, and the spend."""

    question: Question
    view: View
    factors: TokenFactors
    _totals: dict[int, Decimal | None] = field(default_factory=dict)

    @cached_property
    def spend(self) -> Spend:
        return project(self.question, self.view, self.factors)

    def total(self, slot: int) -> Decimal | None:
        if slot not in self._totals:
            quote = self._quoter.quote(slot)
            self._totals[slot] = None if quote is None else quote.total
        return self._totals[slot]

    @cached_property
    def _quoter(self) -> Quoter:
        return Quoter(self)


class MixedDecisions:
    """The recommended spend of every mixture."""

    def __init__(self, mixture: Mixture) -> None:
        self._mixture = mixture
        self._priced: dict[Moved, _Priced] = {}
        self._latencies: dict[Moved, Latency] = {}

    def recommended_spend(self, moved: Moved) -> Decimal | None:
        """Return twelve months of the pick where just `moved` have moved, in USD.

        The same as the mixture's own world says; None where nothing fits.
        """
        world = self._mixture.world(moved)
        priced = self._priced_in(moved & _FOR_SPEND)
        screening = screen(
            world.question,
            world.seen,
            factors=priced.factors,
            spend=priced.spend,
            latency=self._latency_in(moved & _FOR_LATENCY),
            quality=world.quality,
        )
        ranking = rank(
            world.seen,
            spend=priced.spend,
            screening=screening,
            quality=world.quality,
            previous=world.question.previous_pick,
        )
        return priced.total(int(ranking.order[0])) if len(ranking.order) else None

    def _priced_in(self, moved: Moved) -> _Priced:
        if moved not in self._priced:
            world = self._mixture.world(moved)
            self._priced[moved] = _Priced(
                question=world.question,
                view=world.seen,
                factors=token_factors(world.seen),
            )
        return self._priced[moved]

    def _latency_in(self, moved: Moved) -> Latency:
        if moved not in self._latencies:
            world = self._mixture.world(moved)
            factors = token_factors(world.seen)
            self._latencies[moved] = with_measurements(
                modelled_latency(world.question, world.seen, factors),
                world.measurements,
                question=world.question,
                view=world.seen,
                factors=factors,
            )
        return self._latencies[moved]
