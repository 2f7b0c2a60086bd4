"""Mixtures of two worlds: some drivers have moved already, the others not yet.

Both worlds are resolved over one history, so that a slot is the same thing in both.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from advisor.decision.arrays import Bools, Ints
from advisor.decision.history import FactsView
from advisor.decision.measured import Measurements
from advisor.decision.mixed_facts import HeldFacts, Owners, mixed_facts
from advisor.decision.quality import Quality
from advisor.decision.question import Question
from advisor.decision.view import View
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

_PRICE_ROWS = frozenset({PRICE, NEW, RETIRED})
_FACTS = frozenset({TOKENS, LATENCY, QUALITY, NEW, RETIRED, LIMITS})
_QUALITIES = frozenset({QUALITY, NEW})
_MEASUREMENTS = frozenset({LATENCY, NEW})
# Arrays by model and by offering, each of them in one of two worlds.
Facts = tuple[FactsView, FactsView]


class Mixture:
    """Every mixture of an older and a newer world, by the drivers that have moved."""

    def __init__(self, before: World, after: World) -> None:
        self.before, self.after = before, after
        self.entering: Bools = ~before.on_sale & after.on_sale
        self.leaving: Bools = before.on_sale & ~after.on_sale
        history = before.seen.history
        self.models = self._owners(history.slot_model, len(history.models))
        self.offerings = self._owners(history.slot_offering, len(history.offerings))
        self._facts: dict[Moved, Facts] = {}
        self._price_rows: dict[Moved, Ints] = {}
        self._qualities: dict[Moved, Quality] = {}
        self._measured: dict[Moved, Measurements] = {}

    def _owners(self, owner_of: Ints, count: int) -> Owners:
        sold_before, sold_after = np.zeros((2, count), dtype=bool)
        sold_before[owner_of[self.before.on_sale]] = True
        sold_after[owner_of[self.after.on_sale]] = True
        return Owners(entering=sold_after & ~sold_before, steady=sold_before)

    def world(self, moved: Moved) -> World:
        """Return the world in which just the named drivers have moved."""
        return World(
            question=self._question(moved),
            seen=self._seen(moved),
            quality=self._quality(moved & _QUALITIES),
            measurements=self._measurements(moved & _MEASUREMENTS),
            evaluations=self._from(QUALITY, moved).evaluations,
        )

    def _from(self, driver: str, moved: Moved) -> World:
        return self.after if driver in moved else self.before

    def _question(self, moved: Moved) -> Question:
        traffic = self._from(TRAFFIC, moved).question
        limits = self._from(LIMITS, moved).question
        hinges = LIMITS in moved and self.hinges_on_previous
        return replace(
            limits,
            traffic=traffic.traffic,
            batch_share=traffic.batch_share,
            tokens=self._from(TOKENS, moved).question.tokens,
            # All that counts from here are the dates of prices.
            as_of=self._from(PRICE, moved).question.as_of,
            previous_pick=limits.previous_pick if hinges else self.before.pick_key,
        )

    @cached_property
    def hinges_on_previous(self) -> bool:
        """Whether a pick made in between settles a tie for the newer one."""
        question, kept = self.after.question, self.before.pick_key
        if question.previous_pick == kept:
            return False
        staying = replace(self.after, question=replace(question, previous_pick=kept))
        return staying.pick != self.after.pick

    def _seen(self, moved: Moved) -> View:
        currency = self._from(CURRENCY, moved).seen
        model_facts, offering_facts = self._facts_of(moved & _FACTS)
        visible = self._by_slot(
            moved, self.before.seen.visible, self.after.seen.visible
        )
        return replace(
            self._from(PRICE, moved).seen,
            # Measurements age by it; what retires is settled with the facts.
            as_of=self._from(LATENCY, moved).seen.as_of,
            visible=visible,
            price_rows=self._price_rows_of(moved & _PRICE_ROWS),
            fx_rows=currency.fx_rows,
            usd_per_unit=currency.usd_per_unit,
            model_facts=model_facts,
            offering_facts=offering_facts,
        )

    def _by_slot(self, moved: Moved, before: Any, after: Any) -> Any:
        """Take each slot's entry from the world that the slot stands in."""
        newer = np.full(len(self.entering), PRICE in moved)
        newer[self.entering] = NEW in moved
        newer[self.leaving] = RETIRED in moved
        return np.where(newer if before.ndim == 1 else newer[:, None], after, before)

    def _price_rows_of(self, moved: Moved) -> Ints:
        """Return the price rows over the segments of the world that prices are from."""
        if moved not in self._price_rows:
            dated = self._from(PRICE, moved)
            self._price_rows[moved] = self._by_slot(
                moved, _rows_over(self.before, dated), _rows_over(self.after, dated)
            )
        return self._price_rows[moved]

    def _facts_of(self, moved: Moved) -> Facts:
        if moved not in self._facts:
            before, after = self.before.seen, self.after.seen
            self._facts[moved] = (
                mixed_facts(
                    self.models,
                    moved,
                    HeldFacts(facts=before.model_facts, seen=before),
                    HeldFacts(facts=after.model_facts, seen=after),
                ),
                mixed_facts(
                    self.offerings,
                    moved,
                    HeldFacts(facts=before.offering_facts, seen=before),
                    HeldFacts(facts=after.offering_facts, seen=after),
                ),
            )
        return self._facts[moved]

    def _quality(self, moved: Moved) -> Quality:
        if moved not in self._qualities:
            before, after = self.before.quality, self.after.quality
            newer = self.models.newer(QUALITY, moved)
            self._qualities[moved] = Quality(
                log_odds=np.where(newer, after.log_odds, before.log_odds),
                ln_sd=np.where(newer, after.ln_sd, before.ln_sd),
                basis=np.where(newer, after.basis, before.basis),
                scores=np.where(newer, after.scores, before.scores),
            )
        return self._qualities[moved]

    def _measurements(self, moved: Moved) -> Measurements:
        if moved not in self._measured:
            before, after = self.before.measurements, self.after.measurements
            self._measured[moved] = Measurements(
                runs=self._chosen(moved, before.runs, after.runs),
                changes=self._chosen(moved, before.changes, after.changes),
            )
        return self._measured[moved]

    def _chosen(
        self, moved: Moved, before: Mapping[int, Any], after: Mapping[int, Any]
    ) -> dict[int, Any]:
        """Take each slot's measurements; what came in between brings its own."""
        chosen = {}
        for slot in sorted(before.keys() | after.keys()):
            driver = NEW if self.entering[slot] else LATENCY
            source = after if driver in moved else before
            if slot in source:
                chosen[slot] = source[slot]
        return chosen


def _rows_over(world: World, dated: World) -> Ints:
    """Return a world's price rows over the segments of another's horizon.

    There, what is on sale keeps the price that it starts with, and what is not ends
    as it does in its own world.
    """
    rows = world.seen.price_rows
    if world is dated:
        return rows
    lasting = np.where(world.on_sale, rows[:, 0], rows[:, -1])
    return np.repeat(lasting[:, None], len(dated.seen.segments), axis=1)
