"""Times strategies as their subjects are bought: a call a sample, or one for all."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.strategies.cascades import Pairs, Rows
from advisor.decision.strategies.percentiles import (
    P95,
    SHARES,
    Milliseconds,
    p95_below,
    percentiles,
)
from advisor.decision.strategies.waiting import Waits

# So many pairs fit into a processor's cache with their waits.
_AT_A_TIME = 128
# Limits on waits are rounded up to so many steps where a bound will do.
_STEPS = 12
# Sums in single precision may be off by much less than that.
_SLACK = 1e-4


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Waits of stages by item and order, and their percentiles by themselves."""

    ms: Milliseconds
    passed: Bools
    percentiles: Floats


def timing(waits: Waits, stages: Rows, prompt_once: Bools) -> Timing:
    """Return the waits of stages."""
    once = prompt_once[stages.subject]
    place = (stages.plan, stages.subject)
    ms = waits.apart[place]
    ms[once] = waits.together[stages.plan[once], stages.subject[once]]
    known = np.where(once[:, None], waits.together_ms[place], waits.apart_ms[place])
    return Timing(ms=ms, passed=waits.passed[place], percentiles=known)


@dataclass(frozen=True, kw_only=True)
class PairTiming:
    """Times cascades of a first and a second stage."""

    first: Timing
    second: Timing
    both: Pairs
    weights: Floats

    def percentiles(self, which: Ints) -> Floats:
        """Return the percentiles of some pairs."""
        found = np.full((len(which), len(SHARES)), np.nan)
        for places, total in self._totals(which):
            found[places] = percentiles(total, self.weights)
        return found

    def faster(self, which: Ints, limits: Floats) -> Bools:
        """Return which of some pairs have a 95th percentile below a limit of each."""
        found = np.zeros(len(which), dtype=bool)
        maybe = np.flatnonzero(~self._surely_slow(which, limits))
        weight = self.both.weight * self.first.ms.shape[2]
        for places, ms in self._totals(which[maybe]):
            of = maybe[places]
            found[of] = p95_below(ms, self.weights, weight[which[of]], limits[of])
        return found

    def _totals(self, which: Ints) -> Iterator[tuple[Ints, Milliseconds]]:
        """Yield the waits of some of the pairs at a time, and their places."""
        for start in range(0, len(which), _AT_A_TIME):
            places = np.arange(start, min(start + _AT_A_TIME, len(which)))
            head = self.both.first[which[places]]
            total = self.second.ms[self.both.second[which[places]]]
            total *= self.first.passed[head]
            total += self.first.ms[head]
            yield places, total

    def _surely_slow(self, which: Ints, limits: Floats) -> Bools:
        """Return where a bound shows that the 95th percentile reaches the limit.

        A cascade takes at least as long as its first stage, and, where it passes on, at
        least as long as its second. How often the second alone reaches one of a few
        steps is a product of matrices for all pairs.
        """
        first, second = self.both.first[which], self.both.second[which]
        finite = limits[np.isfinite(limits)]
        if not len(finite):
            return np.zeros(len(which), dtype=bool)
        steps = np.quantile(finite, np.linspace(0, 1, _STEPS))
        late = self._passed_and_late(steps)
        step = np.searchsorted(steps, limits)
        share = late[first, second, np.minimum(step, _STEPS - 1)]
        orders = self.first.ms.shape[2]
        total = self.both.weight[which] * orders
        slow: Bools = (step < _STEPS) & (share > (1 - P95 + _SLACK) * total)
        told = (~np.isnan(self.first.ms[:, :, 0])) @ self.weights
        whole = self.both.weight[which] >= told[first] * (1 - 1e-12)
        slow |= whole & (self.first.percentiles[first, 1] >= limits)
        return slow

    def _passed_and_late(self, steps: Floats) -> Milliseconds:
        """Return the weight of runs passed on to a second stage that takes so long."""
        firsts, items, orders = self.first.ms.shape
        weights = self.weights.astype(np.float32)[:, None]
        passed = self.first.passed & ~np.isnan(self.first.ms)
        mass = (passed * weights).reshape(firsts, items * orders)
        ms = self.second.ms.reshape(-1, items * orders)
        late = (ms[:, None] >= steps[:, None].astype(np.float32)).astype(np.float32)
        share = mass @ late.reshape(-1, items * orders).T
        return share.reshape(firsts, len(ms), len(steps))
