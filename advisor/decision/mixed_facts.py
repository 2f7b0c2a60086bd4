"""Facts of models and offerings, some columns of one moment and some of another."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.history import FactRows, FactsView
from advisor.decision.traffic import month_starts
from advisor.decision.view import View
from advisor.decision.worlds import (
    LATENCY,
    LIMITS,
    NEW,
    QUALITY,
    RETIRED,
    TOKENS,
    Moved,
)

_RETIRES = "retires_on"
_DRIVER_OF = {
    "total_parameters_b": QUALITY,
    "active_parameters_b": LATENCY,
    "deprecated": RETIRED,
    _RETIRES: RETIRED,
    **{
        f"{factor}_ratio{suffix}": TOKENS
        for factor in ("reasoning", "tokenizer")
        for suffix in ("", "_low", "_high")
    },
}
# Facts that are shown and decide nothing; all others are held against a limit.
_IDLE = ("published_uptime_percent", "preview")
_LONG_AGO = 0.0  # days since 1970
_EPOCH_ORDINAL = 719_163  # 1970-01-01


@dataclass(frozen=True, kw_only=True)
class Owners:
    """Which models or offerings came to be sold in between, and which always were."""

    entering: Bools
    steady: Bools

    def newer(self, driver: str, moved: Moved) -> Bools:
        """Tell who takes a driver's facts from the newer world.

        What came in between brings all its facts along.
        """
        return np.where(self.entering, NEW in moved, driver in moved)


@dataclass(frozen=True, kw_only=True)
class HeldFacts:
    """Facts as they were held at one moment."""

    facts: FactsView
    seen: View

    def __getitem__(self, column: str) -> Floats:
        """Return a column; a retirement counts if it falls before the horizon's end."""
        values = self.facts[column]
        if column != _RETIRES:
            return values
        end = month_starts(self.seen.as_of)[-1].toordinal() - _EPOCH_ORDINAL
        return np.where(values < end, _LONG_AGO, np.nan)


def mixed_facts(
    owners: Owners, moved: Moved, before: HeldFacts, after: HeldFacts
) -> FactsView:
    """Return each column from the world that its driver stands in.

    Whether something retires in its world's horizon is settled here, so the result
    serves decisions at any moment, and is not for showing.
    """
    columns = after.facts.facts.columns
    values = [
        np.where(owners.newer(_driver_of(name), moved), after[name], before[name])
        for name in columns
    ]
    rows = FactRows(
        dated=after.facts.facts.dated,
        ids=(),
        columns=columns,
        values=np.stack(values, axis=1),
        residency=np.where(
            owners.newer(LIMITS, moved), after.facts.residency, before.facts.residency
        ),
        residencies=after.facts.residencies,
    )
    return FactsView(facts=rows, rows=np.arange(len(owners.entering)))


def facts_differ(
    owners: Owners, driver: str, before: HeldFacts, after: HeldFacts
) -> bool:
    """Tell whether a driver's facts differ for anything that was always sold."""
    steady = owners.steady
    residency = before.facts.residency != after.facts.residency
    if driver == LIMITS and bool(residency[steady].any()):
        return True
    return any(
        differ(before[name][steady], after[name][steady])
        for name in after.facts.facts.columns
        if _driver_of(name) == driver and name not in _IDLE
    )


def differ(before: Floats | Ints, after: Floats | Ints) -> bool:
    """Tell whether any two figures differ; unknown and unknown are the same."""
    return not np.array_equal(before, after, equal_nan=True)


def _driver_of(column: str) -> str:
    return _DRIVER_OF.get(column, LIMITS)
