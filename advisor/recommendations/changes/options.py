"""Why each option of two answers rose, fell, entered or left."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from advisor.decision.arrays import Ints
from advisor.decision.mixtures import Mixture
from advisor.decision.worlds import World
from advisor.recommendations.changes.prices import agreed_price_moved, price_clause
from advisor.recommendations.models import Recommendation
from advisor.recommendations.rejections import offering_of, refusals_of
from advisor.recommendations.running import strategy_of
from advisor.recommendations.wording import (
    money_words,
    option_words,
    percent_words,
    refusals_words,
)

Json = dict[str, Any]

SHOWN = 10
ROSE, FELL, LEFT, ENTERED = "rose", "fell", "left", "entered"


class Movements:
    """The options of two answers in both worlds, by slot; a rank of 0 is none."""

    def __init__(self, mixture: Mixture, *, currency: str) -> None:
        self.mixture = mixture
        self.before, self.after = mixture.before, mixture.after
        self.old, self.new = _ranks(self.before), _ranks(self.after)
        self._currency = currency

    def slots_of(self, *recommendations: Recommendation) -> list[int]:
        """Return the slots of the options that the kept answers show."""
        index = self.after.seen.history.slot_index
        stages = (
            option["strategy"]["stages"][0]
            for recommendation in recommendations
            for option in recommendation.answer["options"]
        )
        keys = ((stage["offering"]["id"], stage["service_tier"]) for stage in stages)
        return list(dict.fromkeys(index[key] for key in keys if key in index))

    def of(self, slots: Iterable[int]) -> list[Json]:
        """Return the options whose rank moved, best first, at most ten."""
        moved = [slot for slot in slots if self.old[slot] != self.new[slot]]
        moved.sort(key=self._place)
        return [self._movement(slot) for slot in moved[:SHOWN]]

    def _place(self, slot: int) -> tuple[int, int, int]:
        """Picks of either answer come first, then what ranked best in either."""
        ranks = sorted(int(rank) for rank in (self.new[slot], self.old[slot]) if rank)
        return ranks[0], int(self.new[slot]) or len(self.new), slot

    def _movement(self, slot: int) -> Json:
        old, new = int(self.old[slot]), int(self.new[slot])
        movement = _direction(old, new)
        tier = self.after.seen.history.slot_tier[slot]
        return {
            "offering": offering_of(self.after.decision, slot),
            "service_tier": tier,
            "rank_before": old or None,
            "rank_after": new or None,
            "movement": movement,
            "twelve_months_before": self._shown(self.before, slot),
            "twelve_months_after": self._shown(self.after, slot),
            "reasons": refusals_of(self.after.decision, slot),
            "sentence": self._sentence(slot, movement, old, new),
        }

    def _shown(self, world: World, slot: int) -> str | None:
        spend = world.spend_of(slot) if world.on_sale[slot] else None
        return None if spend is None else f"{spend:.2f}"

    def name(self, slot: int) -> str:
        """Return a slot's name in a sentence."""
        return self.name_in(self.after, slot)

    def name_in(self, world: World, slot: int) -> str:
        """Return a slot's name, and how a world runs it."""
        tier = world.seen.history.slot_tier[slot]
        decision = world.decision
        return option_words(
            offering_of(decision, slot), tier, strategy_of(decision, slot)
        )

    def _sentence(self, slot: int, movement: str, old: int, new: int) -> str:
        name = self.name(slot)
        if movement == LEFT:
            return f"{name} left (it was {old}): {self.why_refused(self.after, slot)}."
        if movement == ENTERED:
            return f"{name} entered at {new}: {self._why_entered(slot)}."
        return f"{name} {movement} from {old} to {new}: {self._why_moved(slot)}."

    def why_refused(self, world: World, slot: int) -> str:
        """Return in clauses why a world refuses a slot."""
        if not world.seen.visible[slot]:
            return "it is not on offer"
        row = int(world.seen.price_rows[slot, -1])
        if row >= 0 and world.seen.history.prices.withdrawn[row]:
            return "it was withdrawn from sale"
        return refusals_words(refusals_of(world.decision, slot))

    def _why_entered(self, slot: int) -> str:
        if self.mixture.entering[slot]:
            spend = self.after.spend_of(slot)
            cost = (
                "" if spend is None else f", at {self._money(spend)} in twelve months"
            )
            return f"it is new on offer{cost}"
        return f"before, {self.why_refused(self.before, slot)}"

    def _why_moved(self, slot: int) -> str:
        price = self.why_repriced(slot)
        if price is not None:
            return price
        passed = self._passed(slot)
        if passed is not None:
            return passed
        return "a tie for the first place was settled anew"

    def why_repriced(self, slot: int) -> str | None:
        """Return why an option costs more or less; None if its price is the same."""
        price = price_clause(self.before, self.after, slot)
        if price is not None:
            return price
        if agreed_price_moved(self.before, self.after, slot):
            return "other contract terms hold for it"
        return self._converted(slot)

    def _converted(self, slot: int) -> str | None:
        prices = self.after.seen.history.prices
        row = int(self.after.seen.price_rows[slot, 0])
        if row < 0:
            return None
        at = int(prices.currency[row])
        rates = [
            Decimal(repr(float(world.seen.usd_per_unit[at])))
            for world in (self.before, self.after)
        ]
        currency = self.after.seen.history.currencies[at]
        by = percent_words(rates[0], rates[1]) if rates[0].is_finite() else None
        return by and f"{currency}, in which it is priced, {by} against USD"

    def _passed(self, slot: int) -> str | None:
        """Return who went past it, or fell behind it: the best of them by name."""
        old, new = self.old, self.new
        if new[slot] > old[slot]:
            were_behind = (old == 0) | (old > old[slot])
            others = np.flatnonzero(were_behind & (new > 0) & (new < new[slot]))
            ranks, verb = new, "now ranks before it"
        else:
            now_behind = (new == 0) | (new > new[slot])
            others = np.flatnonzero(now_behind & (old > 0) & (old < old[slot]))
            ranks, verb = old, "no longer ranks before it"
        if not len(others):
            return None
        first = int(others[np.argmin(ranks[others])])
        more = len(others) - 1
        also = f", as {'does' if more == 1 else 'do'} {more} more" if more else ""
        return f"{self.name(first)} {verb}{also}"

    def _money(self, amount: Decimal) -> str:
        return money_words(amount, self._currency)


def _ranks(world: World) -> Ints:
    order = world.decision.ranking.order
    ranks = np.zeros(len(world.on_sale), dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def _direction(old: int, new: int) -> str:
    if not new:
        return LEFT
    if not old:
        return ENTERED
    return ROSE if new < old else FELL
