"""The change of the recommended spend between two worlds, taken apart two ways.

By what the buyer did and what the market did; and by driver, as a game in which every
driver that moved plays and the recommended spend, decided anew, is what is won.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from advisor.decision.attribution import shares
from advisor.decision.latency import error_limit
from advisor.decision.mixed_decisions import MixedDecisions
from advisor.decision.mixtures import Mixture
from advisor.decision.worlds import LATENCY, Moved, World


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Three parts of the change in USD, exact; they sum to it.

    `carried` is the option that answers the newer question at the older moment;
    `unpriced` says that it cannot be bought any more, so nothing could be repriced.
    """

    edits: Decimal
    repriced: Decimal
    switch: Decimal
    carried: int
    unpriced: bool


def totals_of(before: World, edited: World, after: World) -> Totals:
    """Take the change apart: the buyer's edits, the same option repriced, the switch.

    `edited` asks the newer question at the older moment. Where nothing answers it
    there, the older pick is carried on. Both ends must have a pick with a price.
    """
    old, new = _spend(before), _spend(after)
    carried = before.pick if edited.pick is None else edited.pick
    if carried is None:
        raise ValueError("the older world has no pick")
    then = edited.spend_of(carried)
    middle = old if then is None else then
    now = after.spend_of(carried)
    repriced = Decimal(0) if now is None else now - middle
    return Totals(
        edits=middle - old,
        repriced=repriced,
        switch=new - middle - repriced,
        carried=carried,
        unpriced=now is None,
    )


def spend_by_driver(mixture: Mixture, moved: Moved) -> dict[str, Fraction]:
    """Return each moved driver's exact share of the change, USD.

    Where a mixture lets nothing fit, the buyer is taken to stay with the older pick
    at the older spend. Both ends must have a pick with a price.
    """
    old, new = _spend(mixture.before), _spend(mixture.after)
    decisions = MixedDecisions(mixture)
    players = moved - _idle(mixture)

    def recommended(drivers: frozenset[str]) -> Decimal:
        if not drivers:
            return old
        if drivers == players:
            return new
        found = decisions.recommended_spend(drivers)
        return old if found is None else found

    return shares(recommended, sorted(players))


def _idle(mixture: Mixture) -> Moved:
    """Latency decides nothing where neither question states a limit on it."""
    asked = (mixture.before.question.limits, mixture.after.question.limits)
    limited = any(error_limit(limits) is not None for limits in asked)
    return frozenset() if limited else frozenset({LATENCY})


def _spend(world: World) -> Decimal:
    spend = world.recommended_spend
    if spend is None:
        raise ValueError("nothing fits in one of the two worlds")
    return spend
