"""Which drivers moved between two worlds, as far as a buyer could see them."""

from collections.abc import Callable, Sequence

import numpy as np

from advisor.decision.arrays import NONE, Bools, Ints
from advisor.decision.history import CatalogueHistory
from advisor.decision.mixed_facts import HeldFacts, differ, facts_differ
from advisor.decision.mixtures import Mixture
from advisor.decision.traffic import month_starts
from advisor.decision.worlds import (
    CURRENCY,
    DRIVERS,
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


def drivers_moved(mixture: Mixture) -> Moved:
    """Return the drivers that differ for anything that can be seen in either world."""
    return frozenset(name for name in DRIVERS if _TESTS[name](mixture))


def price_moved(before: World, after: World) -> Bools:
    """Tell by slot whether its rates differ anywhere in the two horizons."""
    old, new = before.seen.price_rows, after.seen.price_rows
    if _aligned(before, after):
        return _rates_differ(before.seen.history, old, new)
    history = before.seen.history
    # Rates that do not move within a horizon are the same wherever it starts.
    starts = _rates_differ(history, old[:, :1], new[:, :1])
    return starts | _moves_within(history, old) | _moves_within(history, new)


def _moves_within(history: CatalogueHistory, rows: Ints) -> Bools:
    first = np.repeat(rows[:, :1], rows.shape[1], axis=1)
    return _rates_differ(history, first, rows)


def _aligned(before: World, after: World) -> bool:
    """Tell whether both horizons are cut at the same moments."""
    months = month_starts(before.question.as_of) == month_starts(after.question.as_of)
    return months and before.seen.segments[1:] == after.seen.segments[1:]


def _rates_differ(history: CatalogueHistory, before: Ints, after: Ints) -> Bools:
    """Tell by slot; another reading of the same rates is no difference."""
    differs = np.zeros(len(before), dtype=bool)
    for slot, segment in np.argwhere(before != after).tolist():
        if not differs[slot]:
            rows = int(before[slot, segment]), int(after[slot, segment])
            differs[slot] = not same_rates(history, *rows)
    return differs


def same_rates(history: CatalogueHistory, first: int, second: int) -> bool:
    """Tell whether two price rows charge the same in the same currency."""
    if NONE in (first, second):
        return first == second
    prices = history.prices
    return bool(
        prices.currency[first] == prices.currency[second]
        and prices.withdrawn[first] == prices.withdrawn[second]
        and prices.card(first) == prices.card(second)
    )


def _price(mixture: Mixture) -> bool:
    before, after = mixture.before, mixture.after
    steady = (before.seen.visible | after.seen.visible) & ~(
        mixture.entering | mixture.leaving
    )
    moved = price_moved(before, after) & steady
    return bool(moved.any()) or _terms_differ(before, after)


def _terms_differ(before: World, after: World) -> bool:
    old, new = _terms_held(before), _terms_held(after)
    if _aligned(before, after):
        return old != new
    return len({*old, *new}) > 1


def _terms_held(world: World) -> Sequence[frozenset[str]]:
    """Return the terms that hold in each segment."""
    return [
        frozenset(
            term.id for term in world.seen.terms if term.effective <= moment < term.ends
        )
        for moment in world.seen.segments
    ]


def _traffic(mixture: Mixture) -> bool:
    before, after = mixture.before.question, mixture.after.question
    stated = before.traffic, before.batch_share
    return stated != (after.traffic, after.batch_share)


def _tokens(mixture: Mixture) -> bool:
    before, after = mixture.before.question, mixture.after.question
    return before.tokens != after.tokens or _facts(mixture, TOKENS)


def _currency(mixture: Mixture) -> bool:
    before, after = mixture.before.seen, mixture.after.seen
    used = [_currencies(world) for world in (mixture.before, mixture.after)]
    index = np.unique(np.concatenate(used))
    return differ(before.usd_per_unit[index], after.usd_per_unit[index])


def _currencies(world: World) -> Ints:
    rows = world.seen.price_rows[world.on_sale]
    currencies: Ints = world.seen.history.prices.currency[np.unique(rows)]
    return currencies


def _latency(mixture: Mixture) -> bool:
    """Tell whether measurements differ, or only their age: that widens them too."""
    before, after = mixture.before, mixture.after
    old, new = _measured(mixture, before), _measured(mixture, after)
    aged = bool(old) and before.seen.as_of != after.seen.as_of
    return old != new or aged or _facts(mixture, LATENCY)


def _measured(mixture: Mixture, world: World) -> dict[int, list[str]]:
    found = world.measurements
    return {
        slot: [run.id for run in runs]
        + [change.id for change in found.changes.get(slot, ())]
        for slot, runs in found.runs.items()
        if not mixture.entering[slot]
    }


def _quality(mixture: Mixture) -> bool:
    before, after = mixture.before.quality, mixture.after.quality
    steady = mixture.models.steady
    return (
        differ(before.log_odds[steady], after.log_odds[steady])
        or differ(before.basis[steady], after.basis[steady])
        or _evaluated(mixture.before) != _evaluated(mixture.after)
        or _facts(mixture, QUALITY)
    )


def _evaluated(world: World) -> frozenset[str]:
    """Return the evaluation runs that a world's own quality rests on."""
    if world.evaluations is None:
        return frozenset()
    return frozenset(run for runs in world.evaluations.runs for run in runs)


def _new(mixture: Mixture) -> bool:
    return bool(mixture.entering.any())


def _retired(mixture: Mixture) -> bool:
    return bool(mixture.leaving.any()) or _facts(mixture, RETIRED)


def _limits(mixture: Mixture) -> bool:
    before, after = mixture.before.question, mixture.after.question
    names = ("limits", "floor", "constraints", "monthly_budget_usd", "current")
    edited = any(getattr(before, name) != getattr(after, name) for name in names)
    return edited or mixture.hinges_on_previous or _facts(mixture, LIMITS)


def _facts(mixture: Mixture, driver: str) -> bool:
    before, after = mixture.before.seen, mixture.after.seen
    return facts_differ(
        mixture.models,
        driver,
        HeldFacts(facts=before.model_facts, seen=before),
        HeldFacts(facts=after.model_facts, seen=after),
    ) or facts_differ(
        mixture.offerings,
        driver,
        HeldFacts(facts=before.offering_facts, seen=before),
        HeldFacts(facts=after.offering_facts, seen=after),
    )


_TESTS: dict[str, Callable[[Mixture], bool]] = {
    PRICE: _price,
    TRAFFIC: _traffic,
    TOKENS: _tokens,
    CURRENCY: _currency,
    LATENCY: _latency,
    QUALITY: _quality,
    NEW: _new,
    RETIRED: _retired,
    LIMITS: _limits,
}
