"""Times strategies as their subjects are bought: a call a sample, or one for all."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.strategies.cascades import Pairs, Rows
from advisor.decision.strategies.percentiles import (
    SHARES,
    Milliseconds,
    p95_below,
    percentiles,
)
from advisor.decision.strategies.waiting import Waits


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Times stages and pairs of them, as the subjects are bought."""

    waits: Waits
    prompt_once: Bools
    weights: Floats

    def _ms(self, plan: int, subject: int) -> Milliseconds:
        of = self.waits.together if self.prompt_once[subject] else self.waits.apart
        ms: Milliseconds = of[plan, subject]
        return ms

    def alone(self, stages: Rows) -> Floats:
        """Return the percentiles of stages by themselves."""
        once = self.prompt_once[stages.subject][:, None]
        place = (stages.plan, stages.subject)
        found: Floats = np.where(
            once, self.waits.together_ms[place], self.waits.apart_ms[place]
        )
        return found

    def pairs(self, first: Rows, second: Rows, both: Pairs, which: Ints) -> Floats:
        """Return the percentiles of some pairs."""
        found = np.full((len(which), len(SHARES)), np.nan)
        for places, total in self._totals(first, second, both, which):
            found[places] = percentiles(total, self.weights)
        return found

    def faster(
        self, first: Rows, second: Rows, both: Pairs, which: Ints, limit: Floats
    ) -> Bools:
        """Return which of some pairs have a 95th percentile below a limit of each."""
        found = np.zeros(len(which), dtype=bool)
        for places, total in self._totals(first, second, both, which):
            found[places] = p95_below(total, self.weights, limit[places])
        return found

    def _totals(
        self, first: Rows, second: Rows, both: Pairs, which: Ints
    ) -> Iterator[tuple[Ints, Milliseconds]]:
        """Yield the waits of pairs that share a first stage, and their places."""
        heads = both.first[which]
        for head in np.unique(heads).tolist():
            places = np.flatnonzero(heads == head)
            plan, subject = int(first.plan[head]), int(first.subject[head])
            passed = self.waits.passed[plan, subject]
            after = [
                self._ms(int(second.plan[each]), int(second.subject[each]))
                for each in both.second[which[places]]
            ]
            yield places, np.stack(after) * passed + self._ms(plan, subject)
