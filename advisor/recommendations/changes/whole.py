"""The change between two recommendations: assembled, shown parts summing to it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from advisor.decision.attribution import shown_parts
from advisor.decision.changed_spend import Totals, spend_by_driver, totals_of
from advisor.decision.decide import ENGINE_VERSION
from advisor.decision.mixtures import Mixture
from advisor.decision.moved import drivers_moved
from advisor.decision.ways import run_alike
from advisor.decision.worlds import DRIVERS, Moved, World
from advisor.recommendations.amounts import cent
from advisor.recommendations.changes.drivers import DriverSentences
from advisor.recommendations.changes.edits import edits_between
from advisor.recommendations.changes.ends import Ends, ends_of
from advisor.recommendations.changes.kept import end_of, kept_words, picked_words
from advisor.recommendations.changes.options import Movements
from advisor.recommendations.figures import CURRENCY
from advisor.recommendations.models import Recommendation
from advisor.recommendations.wording import money_words

Json = dict[str, Any]


def changes_between(before: Recommendation, after: Recommendation) -> Json:
    """Explain the difference between two recommendations of one workload, older first.

    Both are computed again over the catalogue that is kept, as of and as known at
    their own moments, so the reply to the same two is always the same.
    """
    if before.workload_id != after.workload_id:
        raise ValueError("the recommendations are for different workloads")
    return _Comparison(before, after, ends_of(before, after)).reply()


class _Comparison:
    def __init__(
        self, before: Recommendation, after: Recommendation, ends: Ends
    ) -> None:
        self._rows = before, after
        self._ends = ends
        self._mixture = Mixture(ends.before, ends.after)
        self._movements = Movements(self._mixture, currency=CURRENCY)
        self._edits = edits_between(before.revision, after.revision)
        self._spends = [_spend(world) for world in (ends.before, ends.after)]
        self._moved = drivers_moved(self._mixture)

    def reply(self) -> Json:
        """Return the whole comparison."""
        before, after = self._rows
        totals = self._totals()
        drivers = self._drivers()
        options = self._movements.of(self._slots())
        return {
            "from": end_of(before),
            "to": end_of(after),
            "currency": CURRENCY,
            "twelve_months": self._twelve_months(),
            "totals": self._shown_totals(totals),
            "drivers": drivers,
            "pick_changed": self._pick_changed,
            "options": options,
            "edits": self._edits,
            "sentences": self._sentences(totals, drivers, options),
            "notes": self._notes(),
        }

    @property
    def _pick_changed(self) -> bool:
        old, new = self._ends.before.pick_key, self._ends.after.pick_key
        if old is None or new is None:
            return old != new
        return run_alike(old) != run_alike(new)

    @property
    def _change(self) -> Decimal | None:
        """The change as shown: between two sums that are shown to a cent."""
        old, new = self._spends
        return None if old is None or new is None else new - old

    def _twelve_months(self) -> Json:
        old, new = self._spends
        change = self._change
        return {
            "before": None if old is None else str(old),
            "after": None if new is None else str(new),
            "change": None if change is None else str(change),
        }

    def _totals(self) -> Totals | None:
        if self._change is None:
            return None
        return totals_of(self._ends.before, self._ends.edited, self._ends.after)

    def _shown_totals(self, totals: Totals | None) -> Json:
        names = ("edits", "repriced", "switch")
        if totals is None or self._change is None:
            return dict.fromkeys(names)
        parts = {name: getattr(totals, name) for name in names}
        shown = shown_parts(parts, self._change)
        return {name: str(shown[name]) for name in names}

    def _drivers(self) -> list[Json]:
        amounts = self._amounts(self._moved)
        sentences = DriverSentences(self._movements, self._slots(), self._edits)
        return [
            {
                "driver": driver,
                "amount": amounts[driver],
                "changed": driver in self._moved,
                "sentence": sentences.sentence(driver)
                if driver in self._moved
                else None,
            }
            for driver in DRIVERS
        ]

    def _amounts(self, moved: Moved) -> dict[str, str | None]:
        if self._change is None:
            return dict.fromkeys(DRIVERS)
        parts = dict.fromkeys(DRIVERS, Fraction(0))
        parts |= spend_by_driver(self._mixture, moved)
        shown = shown_parts(parts, self._change)
        return {driver: str(shown[driver]) for driver in DRIVERS}

    def _slots(self) -> list[int]:
        """The options of both answers, the picks first."""
        picks = (self._ends.after.pick, self._ends.before.pick)
        shown = self._movements.slots_of(*reversed(self._rows))
        return list(
            dict.fromkeys([*(slot for slot in picks if slot is not None), *shown])
        )

    def _sentences(
        self, totals: Totals | None, drivers: Sequence[Json], options: Iterable[Json]
    ) -> list[str]:
        """Return the news, most important first; nothing where there is none."""
        told = [
            *self._headline(),
            *_told_drivers(drivers),
            *(edit["sentence"] for edit in self._edits),
            *self._carried(totals),
            *(option["sentence"] for option in options),
        ]
        return list(dict.fromkeys(told))

    def _headline(self) -> list[str]:
        old, new = self._ends.before, self._ends.after
        if old.pick is None or new.pick is None:
            return [] if old.pick == new.pick else [self._fit_anew()]
        change = self._cost_words()
        if self._pick_changed:
            ends = ((old, old.pick), (new, new.pick))
            went = [self._movements.name_in(*each) for each in ends]
            return [f"The pick went from {went[0]} to {went[1]}{change}."]
        if not self._change:
            return []
        return [f"The pick is still {self._movements.name(new.pick)}{change}."]

    def _fit_anew(self) -> str:
        new = self._ends.after
        if new.pick is None:
            return (
                "Nothing meets all limits any more, so there is no change to share out."
            )
        name = self._movements.name(new.pick)
        return (
            f"{name} meets all limits, which nothing did before,"
            " so there is no change to share out."
        )

    def _cost_words(self) -> str:
        old, new = self._spends
        if old is None or new is None:
            return ""
        if old == new:
            return f", at the same {money_words(new, CURRENCY)} in twelve months"
        more = "more" if new > old else "less"
        return (
            f", which costs {money_words(abs(new - old), CURRENCY)} {more} in twelve"
            f" months: {money_words(new, CURRENCY)} after {money_words(old, CURRENCY)}"
        )

    def _carried(self, totals: Totals | None) -> list[str]:
        """Say so where the option that would have stayed cannot be priced any more."""
        if totals is None or not totals.unpriced:
            return []
        name = self._movements.name(totals.carried)
        return [
            f"{name} has no price any more: all of its change counts as the switch."
        ]

    def _notes(self) -> list[str]:
        """Say where a kept answer differs from what this engine computes."""
        ends = zip(
            ("older", "newer"),
            self._rows,
            (self._ends.before, self._ends.after),
            self._spends,
            strict=True,
        )
        return [
            f"The {words} answer was kept as {kept}, by engine {row.engine_version};"
            f" computed again by engine {ENGINE_VERSION} it is {found}."
            for words, row, world, spend in ends
            if (kept := kept_words(row)) != (found := self._picked_words(world, spend))
        ]

    def _picked_words(self, world: World, spend: Decimal | None) -> str:
        pick = world.pick
        name = None if pick is None else self._movements.name_in(world, pick)
        return picked_words(name, None if spend is None else str(spend))


def _spend(world: World) -> Decimal | None:
    """Return the recommended twelve months as every answer shows them."""
    spend = world.recommended_spend
    return None if spend is None else Decimal(cent(spend))


def _told_drivers(drivers: Iterable[Json]) -> list[str]:
    """Return what moved the spend, the largest amount first."""
    moved = [each for each in drivers if each["amount"] and Decimal(each["amount"])]
    moved.sort(key=lambda each: -abs(Decimal(each["amount"])))
    return [each["sentence"] for each in moved if each["sentence"]]
