"""What to buy in every mixture of two worlds, and for how much.

There are up to 512 of them. A step of a decision is taken once for all mixtures that
agree in the drivers it depends on; only holding the limits and ranking is left.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from advisor.decision.decide import factors_for
from advisor.decision.latency import Latency, modelled_latency
from advisor.decision.measured_latency import with_measurements
from advisor.decision.mixtures import Mixture
from advisor.decision.question import Question
from advisor.decision.quote import Quoter
from advisor.decision.ranking import rank
from advisor.decision.spend import Spend, project
from advisor.decision.token_factors import TokenFactors
from advisor.decision.view import View
from advisor.decision.ways import NO_WAYS, Way, Ways
from advisor.decision.weighing import weigh
from advisor.decision.worlds import (
    CURRENCY,
    LATENCY,
    LIMITS,
    NEW,
    PRICE,
    QUALITY,
    RETIRED,
    TOKENS,
    TRAFFIC,
    Moved,
    World,
)

_FOR_SPEND = frozenset({PRICE, TRAFFIC, TOKENS, CURRENCY, NEW, RETIRED})
# Sizes stand in for what was not measured; the rate of requests is the load.
_FOR_LATENCY = frozenset({LATENCY, TRAFFIC, TOKENS, QUALITY, NEW})
# Tokens that were counted on the buyer's own items come with them, and are held against
# those of the option in use.
_BY_COUNT = frozenset({QUALITY, LIMITS})


@dataclass(frozen=True, kw_only=True)
class _Priced:
    """Everything that spend depends on, and the spend."""

    question: Question
    view: View
    factors: TokenFactors
    ways: Ways = field(default_factory=lambda: NO_WAYS)
    _totals: dict[int, Decimal | None] = field(default_factory=dict)

    @cached_property
    def spend(self) -> Spend:
        return project(self.question, self.view, self.factors)

    def total(self, slot: int, way: Way | None) -> Decimal | None:
        if way is not None:
            quote = self._quoter.of_way(way)
            return None if quote is None else quote.total
        if slot not in self._totals:
            single = self._quoter.single(slot)
            self._totals[slot] = None if single is None else single.total
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
        ends = mixture.before, mixture.after
        counted = any(world.evaluations is not None for world in ends)
        also = _BY_COUNT if counted else frozenset()
        self._for_spend, self._for_latency = _FOR_SPEND | also, _FOR_LATENCY | also

    def recommended_spend(self, moved: Moved) -> Decimal | None:
        """Return twelve months of the pick where just `moved` have moved, in USD.

        The same as the mixture's own world says; None where nothing fits.
        """
        world = self._mixture.world(moved)
        priced = self._priced_in(moved & self._for_spend)
        found = weigh(
            world.question,
            world.seen,
            factors=priced.factors,
            spend=priced.spend,
            latency=self._latency_in(moved & self._for_latency),
            quality=world.quality,
            evaluations=world.evaluations,
        ).best
        ranking = rank(
            world.seen,
            spend=found.spend,
            screening=found.screening,
            log_odds=found.log_odds,
            previous=world.question.previous_pick,
        )
        if not len(ranking.order):
            return None
        best = int(ranking.order[0])
        return priced.total(best, found.ways.get(best))

    def _priced_in(self, moved: Moved) -> _Priced:
        if moved not in self._priced:
            world = self._mixture.world(moved)
            self._priced[moved] = _Priced(
                question=world.question,
                view=world.seen,
                factors=_factors(world),
            )
        return self._priced[moved]

    def _latency_in(self, moved: Moved) -> Latency:
        if moved not in self._latencies:
            world = self._mixture.world(moved)
            factors = _factors(world)
            self._latencies[moved] = with_measurements(
                modelled_latency(world.question, world.seen, factors),
                world.measurements,
                question=world.question,
                view=world.seen,
                factors=factors,
            )
        return self._latencies[moved]


def _factors(world: World) -> TokenFactors:
    return factors_for(world.question, world.seen, world.evaluations)
