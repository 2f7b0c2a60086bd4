"""What moved each driver, in one sentence."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from advisor.decision.arrays import Ints
from advisor.decision.evaluations import Evaluations
from advisor.decision.reasons import BIT, Reason
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
    World,
)
from advisor.recommendations.changes.options import Movements
from advisor.recommendations.changes.prices import agreed_price_moved, price_clause
from advisor.recommendations.wording import digits, percent_words
from benchmarks.change_sentences import sentence_of
from benchmarks.models import PerformanceChange
from benchmarks.selectors.changes import with_endpoints

Json = dict[str, Any]

NAMED = 3
_RETIRING = sum(
    BIT[each] for each in (Reason.RETIRED, Reason.RETIRES, Reason.DEPRECATED)
)
# The edits that each driver answers for, by how their field begins.
_EDITED = {
    TRAFFIC: ("traffic/", "batch_share"),
    TOKENS: ("tokens/",),
    QUALITY: ("task_family",),
    LIMITS: (
        "limits/",
        "quality_floor/",
        "constraints/",
        "monthly_budget/",
        "current/",
    ),
}


class DriverSentences:
    """Says what moved each driver; what is nearest to either pick is named first.

    `slots` are the options of both answers, the picks first.
    """

    def __init__(
        self, movements: Movements, slots: Sequence[int], edits: Iterable[Json]
    ) -> None:
        self._movements = movements
        self._mixture = movements.mixture
        self._before, self._after = movements.before, movements.after
        self._slots = slots
        self._edits = list(edits)

    def sentence(self, driver: str) -> str | None:
        """Return what moved a driver that did move; None where nothing can be named."""
        said = [
            edit["sentence"]
            for edit in self._edits
            if edit["field"].startswith(_EDITED.get(driver, ()))
        ]
        market = self._written[driver]()
        return " ".join([*said, *([market] if market else [])]) or None

    @property
    def _written(self) -> dict[str, Callable[[], str | None]]:
        return {
            PRICE: self._price,
            TRAFFIC: lambda: None,
            TOKENS: self._tokens,
            CURRENCY: self._currency,
            LATENCY: self._latency,
            QUALITY: self._quality,
            NEW: self._new,
            RETIRED: self._retired,
            LIMITS: self._limits,
        }

    def _price(self) -> str:
        clauses = [
            f"{self._movements.name(slot)}: {clause}"
            for slot in self._slots
            if not self._mixture.entering[slot]
            and not self._mixture.leaving[slot]
            and (clause := price_clause(self._before, self._after, slot))
        ]
        if clauses:
            return f"{_listed(clauses, '; ')}."
        if any(
            agreed_price_moved(self._before, self._after, slot) for slot in self._slots
        ):
            return "Other contract terms of yours hold."
        return "Prices of options that neither answer shows moved, or when they hold."

    def _tokens(self) -> str | None:
        before, after = self._before.decision.factors, self._after.decision.factors
        moved = [
            self._movements.name(slot)
            for slot in self._slots
            if before.tokenizer[slot] != after.tokenizer[slot]
            or before.reasoning[slot] != after.reasoning[slot]
        ]
        if not moved:
            return None
        return f"How many tokens a request takes is known anew for {_listed(moved)}."

    def _currency(self) -> str | None:
        currencies = self._after.seen.history.currencies
        old, new = self._before.seen.usd_per_unit, self._after.seen.usd_per_unit
        said = []
        for index in np.flatnonzero(~np.isclose(old, new, rtol=1e-12, equal_nan=True)):
            rates = [Decimal(repr(float(each[index]))) for each in (old, new)]
            if not all(rate.is_finite() for rate in rates):
                said.append(f"The exchange rate of {currencies[index]} became known")
                continue
            by = percent_words(rates[0], rates[1])
            said.append(
                f"1 {currencies[index]} was {rates[0]} USD and is {rates[1]} USD ({by})"
            )
        return f"{_listed(said, '; ')}." if said else None

    def _latency(self) -> str:
        known = _change_ids(self._before, self._slots)
        found = _change_ids(self._after, self._slots)
        rows = with_endpoints(
            PerformanceChange.objects.filter(pk__in=found - known)
        ).order_by("-effective_from", "pk")
        if found - known:
            return " ".join(sentence_of(row) for row in rows[:NAMED])
        fresh = _runs(self._after, self._slots) - _runs(self._before, self._slots)
        if fresh:
            runs = (
                "1 new benchmark run" if len(fresh) == 1 else f"{len(fresh)} new runs"
            )
            return f"{runs} of options shown."
        return "What was measured grew older, or was measured of options not shown."

    def _quality(self) -> str:
        """Say what was measured on own items; else how published quality moved."""
        return self._evaluated() or self._published()

    def _evaluated(self) -> str | None:
        own = self._after.evaluations
        if own is None:
            return None
        before = self._before.evaluations
        if before is not None and _run_ids(before) == _run_ids(own):
            return None
        subjects, items = len(own.items), int(own.items.max(initial=0))
        more = "further " if before is not None else ""
        asked = f"{items:,} of your own items, {subjects} option{'s' * (subjects > 1)}"
        return f"Quality was {more}measured on up to {asked} by now."

    def _published(self) -> str:
        models = self._after.seen.history.slot_model
        old, new = self._before.quality.estimate, self._after.quality.estimate
        moved = {
            int(models[slot]): None
            for slot in self._slots
            if abs(old[models[slot]] - new[models[slot]]) >= 0.0005
        }
        if not moved:
            return "Published scores or sizes changed, too little to show here."
        names = self._after.seen.history.models
        said = [
            f"{names[model]} from {digits(float(old[model]) * 100)} %"
            f" to {digits(float(new[model]) * 100)} %"
            for model in moved
        ]
        return f"Estimated quality moved: {_listed(said, '; ')}."

    def _new(self) -> str | None:
        return self._named(
            "New on offer", np.flatnonzero(self._mixture.entering), self._movements.new
        )

    def _retired(self) -> str | None:
        old, new = (
            world.decision.screening.masks & _RETIRING != 0
            for world in (self._before, self._after)
        )
        seen = self._after.seen.visible & ~self._mixture.entering
        left = (new & ~old & seen) | self._mixture.leaving
        # The best of them first: those that were options at all.
        gone = np.flatnonzero(left)
        return self._named(
            "Retired, retiring or withdrawn", gone, self._movements.old
        ) or self._named(
            "No longer called retiring or deprecated",
            np.flatnonzero(old & ~new & seen),
            self._movements.new,
        )

    def _named(self, words: str, slots: Ints, ranks: Ints) -> str | None:
        if not len(slots):
            return None
        unranked = ranks[slots] == 0
        best = slots[np.lexsort((slots, ranks[slots], unranked))]
        names = [self._movements.name(int(slot)) for slot in best[:NAMED]]
        return f"{words}: {_listed(names, total=len(slots))}."

    def _limits(self) -> str | None:
        if self._mixture.hinges_on_previous:
            return "A tie was settled for the option that was picked in between."
        if any(edit["field"].startswith(_EDITED[LIMITS]) for edit in self._edits):
            return None
        return "Facts changed that your limits are held against, such as context."


def _listed(
    parts: Sequence[str], separator: str = ", ", *, total: int | None = None
) -> str:
    """Join the first few, and count the rest."""
    more = (len(parts) if total is None else total) - len(parts[:NAMED])
    shown = separator.join(parts[:NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _run_ids(own: Evaluations) -> set[str]:
    return {run for runs in own.runs for run in runs}


def _change_ids(world: World, slots: Iterable[int]) -> set[str]:
    changes = world.measurements.changes
    return {change.id for slot in slots for change in changes.get(slot, ())}


def _runs(world: World, slots: Iterable[int]) -> set[str]:
    runs = world.measurements.runs
    return {run.id for slot in slots for run in runs.get(slot, ())}
