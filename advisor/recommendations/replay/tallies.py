"""How good the verdicts of many trials were, measured against the whole file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.evidence.floor import RELATIVE
from advisor.recommendations.replay.trials import Question, Verdict

BINS = 5
Z95 = 1.959964  # two-sided 95 %
# Sums of scores differ in their last digits by their order.
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What holds over all items of a task: which options meet the floor, at what cost.

    `cheapest` is None where no option meets it; `models` are those that are asked.
    """

    meets: Bools
    costs: Floats
    cheapest: float | None
    models: int

    def ratio(self, pick: int | None) -> float | None:
        """Return the pick's cost over that of the cheapest option that meets the floor.

        At least 1; without a pick the dearest option is charged; None where no option
        meets the floor.
        """
        if self.cheapest is None:
            return None
        charged = self.costs.max() if pick is None else self.costs[pick]
        return max(1.0, float(charged) / self.cheapest)


def truth(values: Floats, costs: Floats, models: int, question: Question) -> Truth:
    """Return the truth of a task, whose means over all its items count as true.

    The best is sought among single calls: the first options, one for each model.
    """
    means = values.mean(axis=1)
    best = means[:models].max() if question.kind == RELATIVE else 1.0
    meets = means >= question.value * best - _ROUNDING
    cheapest = float(costs[meets].min()) if meets.any() else None
    return Truth(meets=meets, costs=costs, cheapest=cheapest, models=models)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A verdict, judged. `stated` holds (probability, whether it holds) by option."""

    decided: bool
    violated: bool
    ratio: float | None
    share: float
    stated: tuple[tuple[float, bool], ...]


def judge(verdict: Verdict, true: Truth, question: Question) -> Trial:
    """Hold a verdict against the truth."""
    pick = verdict.pick
    return Trial(
        decided=pick is not None,
        violated=pick is not None and not true.meets[pick],
        ratio=true.ratio(pick),
        share=verdict.calls / (question.items * true.models),
        stated=tuple(zip(verdict.met.tolist(), true.meets.tolist(), strict=True)),
    )


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Options whose stated probability lay in a fifth: its mean, what share held."""

    count: int
    stated: float
    achieved: float


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Figures of some trials; rates of violations are among those that decided."""

    trials: int
    decided: int
    violations: int
    cost_ratio: float | None
    cost_ratio_geometric: float | None
    evaluation_share: float

    @property
    def violation_rate(self) -> float:
        """The share of picks below the floor; 0 without any pick."""
        return self.violations / self.decided if self.decided else 0.0

    @property
    def violation_upper95(self) -> float:
        """Wilson's upper 95 % limit of that share; 1 without any pick."""
        if not self.decided:
            return 1.0
        n, z2, rate = self.decided, Z95**2, self.violation_rate
        half = Z95 * sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
        return (rate + z2 / (2 * n) + half) / (1 + z2 / n)

    @property
    def abstained(self) -> float:
        """The share of trials without a pick."""
        return 1 - self.decided / self.trials


def tally(trials: Sequence[Trial]) -> Tally:
    """Return the figures of at least one trial."""
    ratios = [each.ratio for each in trials if each.ratio is not None]
    return Tally(
        trials=len(trials),
        decided=sum(each.decided for each in trials),
        violations=sum(each.violated for each in trials),
        cost_ratio=_mean(ratios),
        cost_ratio_geometric=exp(_mean(map(log, ratios)) or 0.0) if ratios else None,
        evaluation_share=sum(each.share for each in trials) / len(trials),
    )


def calibration(trials: Iterable[Trial]) -> list[Bin | None]:
    """Return what was stated of every option against what held, in five bins."""
    stated = np.array([pair for each in trials for pair in each.stated], float)
    where = np.minimum((stated[:, 0] * BINS).astype(int), BINS - 1)
    return [_bin(stated[where == index]) for index in range(BINS)]


def _bin(stated: Floats) -> Bin | None:
    if not len(stated):
        return None
    means = stated.mean(axis=0)
    return Bin(count=len(stated), stated=float(means[0]), achieved=float(means[1]))


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None
