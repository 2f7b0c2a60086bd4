"""All strategies that prices and outcomes allow, with means over items."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.strategies.cascades import (
    Pairs,
    Rows,
    alone_means,
    pairs,
    rows,
)
from advisor.decision.strategies.costs import SubjectCosts, priced
from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.tables import VoteTables
from advisor.decision.strategies.timing import PairTiming, timing


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Strategies of one stage, with their means, and cascades of a first and a second.

    Single calls come first, one for each subject that can be bought. `alone_ms` are the
    percentiles of the wait.
    """

    alone: Rows
    means: Pairs
    first: Rows
    second: Rows
    both: Pairs
    alone_ms: Floats
    timing: PairTiming


def candidates(
    tables: VoteTables,
    costs: SubjectCosts,
    samples: tuple[int, ...],
    second_samples: tuple[int, ...],
) -> Candidates:
    """Return every strategy of so many samples."""
    stages = priced(tables, costs)
    chosen = _Chosen(tables, costs, (1, *samples))
    alone = rows(stages, *chosen.alone())
    second = rows(stages, *chosen.second(second_samples))
    first = rows(stages, *chosen.first())
    both = pairs(first, second, tables.weights)
    return Candidates(
        alone=alone,
        means=alone_means(alone, tables.weights),
        first=first,
        second=second,
        both=both,
        alone_ms=timing(tables.waits, alone, costs.prompt_once).percentiles,
        timing=PairTiming(
            first=timing(tables.waits, first, costs.prompt_once),
            second=timing(tables.waits, second, costs.prompt_once),
            both=both,
            weights=tables.weights,
        ),
    )


def told(tables: VoteTables) -> Bools:
    """Return which plans of which subjects at least one item tells."""
    some: Bools = (~np.isnan(tables.figures.score)).sum(axis=2) > 0
    return some


class _Chosen:
    """Which plans of which subjects take part, as (plans, subjects)."""

    def __init__(
        self, tables: VoteTables, costs: SubjectCosts, samples: tuple[int, ...]
    ) -> None:
        self._plans = tables.plans
        taken = told(tables) & costs.bought
        taken[0] = costs.bought
        for number, plan in enumerate(tables.plans):
            taken[number] &= plan.samples in samples
            if plan.kind is Kind.VERIFIED and np.isnan(costs.verifier_usd):
                taken[number] = False
        self._taken = taken

    def _where(self, wanted: list[bool]) -> tuple[Ints, Ints]:
        plan, subject = np.nonzero(self._taken & np.array(wanted)[:, None])
        return plan, subject

    def alone(self) -> tuple[Ints, Ints]:
        """Return the strategies of one stage; single calls first."""
        return self._where([plan.kind is not Kind.CASCADE for plan in self._plans])

    def first(self) -> tuple[Ints, Ints]:
        """Return the stages that may pass an item on."""
        return self._where([plan.kind is Kind.CASCADE for plan in self._plans])

    def second(self, samples: tuple[int, ...]) -> tuple[Ints, Ints]:
        """Return the stages that may take over."""
        return self._where(
            [
                plan.samples in samples and plan.kind in (Kind.SINGLE, Kind.VOTE)
                for plan in self._plans
            ]
        )
