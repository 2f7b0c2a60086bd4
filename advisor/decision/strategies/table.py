"""Every strategy over the subjects that can be bought, with what it gives and costs."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.strategies.cascades import (
    Pairs,
    Rows,
    alone_means,
    pair_quality,
    pairs,
    rows,
)
from advisor.decision.strategies.costs import SubjectCosts, priced
from advisor.decision.strategies.kinds import Gap, Kind, Stage, Strategy, Unproven
from advisor.decision.strategies.tables import SAMPLES, VoteTables


@dataclass(frozen=True, kw_only=True)
class StrategyTable:
    """Strategies: singles first, one for each subject that can be bought.

    `quality` (strategies, items) is the expected score of each item, NaN where a stage
    was not asked. By strategy, means over the items that tell, weighted: `usd` per item
    and `escalation`, the share of items passed on; by strategy and stage: `calls`, and
    `multiples`, the stage's USD over that of one call of its subject for every item.
    `request_ms_p50` and `request_ms_p95` are over items and orders of their samples,
    NaN where latencies are unknown. `pruned` strategies were left out: none of them
    could be picked or lie on the frontier. `unproven` are those that outcomes cannot
    tell, with what would.
    """

    strategies: tuple[Strategy, ...]
    quality: Floats
    usd: Floats
    multiples: Floats
    calls: Floats
    escalation: Floats
    request_ms_p50: Floats
    request_ms_p95: Floats
    pruned: int
    unproven: tuple[Unproven, ...]


def evaluated_strategies(
    tables: VoteTables,
    costs: SubjectCosts,
    *,
    samples: tuple[int, ...] = SAMPLES,
    second_samples: tuple[int, ...] = (1,),
    prune: bool = True,
) -> StrategyTable:
    """Return what each strategy of so many samples gives, and what it costs.

    `second_samples` are those of a cascade's second stage; several vote there too.
    """
    stages = priced(tables, costs)
    chosen = _Chosen(tables, costs, (1, *samples))
    alone = rows(stages, *chosen.alone())
    second = rows(stages, *chosen.second(second_samples))
    first = rows(stages, *chosen.first())
    both = pairs(first, second, tables.weights)
    return _Assembly(tables, alone, first, second, both).table(
        unproven=_unproven(tables, costs, samples)
    )


def _told(tables: VoteTables) -> Bools:
    """Return which plans of which subjects at least one item tells."""
    told: Bools = (~np.isnan(tables.figures.score)).sum(axis=2) > 0
    return told


class _Chosen:
    """Which plans of which subjects take part, as (plans, subjects)."""

    def __init__(
        self, tables: VoteTables, costs: SubjectCosts, samples: tuple[int, ...]
    ) -> None:
        self._plans = tables.plans
        told = _told(tables) & costs.bought
        told[0] = costs.bought
        for number, plan in enumerate(tables.plans):
            told[number] &= plan.samples in samples
            if plan.kind is Kind.VERIFIED and np.isnan(costs.verifier_usd):
                told[number] = False
        self._told = told

    def _where(self, wanted: list[bool]) -> tuple[Ints, Ints]:
        plan, subject = np.nonzero(self._told & np.array(wanted)[:, None])
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


def _unproven(
    tables: VoteTables, costs: SubjectCosts, samples: tuple[int, ...]
) -> tuple[Unproven, ...]:
    """Return the gaps of what can be bought and was asked about."""
    gaps = [
        gap
        for gap in tables.gaps
        if costs.bought[gap.subject] and gap.samples in samples
    ]
    if np.isnan(costs.verifier_usd):
        told = _told(tables)
        gaps += [
            Unproven(
                subject=int(subject),
                kind=Kind.VERIFIED,
                samples=plan.samples,
                reason=Gap.VERIFIER_UNPRICED,
                needed=plan.samples,
            )
            for number, plan in enumerate(tables.plans)
            if plan.kind is Kind.VERIFIED and plan.samples in samples
            for subject in np.flatnonzero(told[number] & costs.bought)
        ]
    return tuple(gaps)


class _Assembly:
    """Writes the table from the strategies of one stage and the pairs that are kept."""

    def __init__(
        self, tables: VoteTables, alone: Rows, first: Rows, second: Rows, both: Pairs
    ) -> None:
        self._plans = tables.plans
        self._alone = alone
        self._first = first
        self._second = second
        self._both = both
        self._means = alone_means(alone, tables.weights)

    def table(self, unproven: tuple[Unproven, ...]) -> StrategyTable:
        """Return it."""
        one, both = self._means, self._both
        stage_usd = np.concatenate([one.stage_usd, both.stage_usd])
        single_usd = np.concatenate([one.single_usd, both.single_usd])
        calls = np.concatenate([one.calls, both.calls])
        unknown = np.full(len(calls), np.nan)
        return StrategyTable(
            strategies=self._strategies(),
            quality=np.concatenate(
                [self._alone.score, pair_quality(self._first, self._second, both)]
            ),
            usd=np.concatenate([one.usd, both.usd]),
            multiples=_multiples(stage_usd, single_usd, calls),
            calls=calls,
            escalation=np.concatenate([one.escalation, both.escalation]),
            request_ms_p50=unknown,
            request_ms_p95=unknown,
            pruned=0,
            unproven=unproven,
        )

    def _strategies(self) -> tuple[Strategy, ...]:
        single = [
            Strategy(kind=self._plans[plan].kind, stages=(self._stage(plan, subject),))
            for plan, subject in zip(
                self._alone.plan.tolist(), self._alone.subject.tolist(), strict=True
            )
        ]
        first = self._stages(self._first)
        second = self._stages(self._second)
        cascades = [
            Strategy(kind=Kind.CASCADE, stages=(first[one], second[other]))
            for one, other in zip(
                self._both.first.tolist(), self._both.second.tolist(), strict=True
            )
        ]
        return (*single, *cascades)

    def _stages(self, of: Rows) -> list[Stage]:
        places = zip(of.plan.tolist(), of.subject.tolist(), strict=True)
        return [self._stage(plan, subject) for plan, subject in places]

    def _stage(self, plan: int, subject: int) -> Stage:
        planned = self._plans[plan]
        return Stage(subject=subject, samples=planned.samples, accept=planned.accept)


def _multiples(stage_usd: Floats, single_usd: Floats, calls: Floats) -> Floats:
    """Return USD of stages over USD of single calls; of free ones, calls over calls."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = stage_usd / single_usd
    multiples: Floats = np.where(single_usd > 0, ratio, calls)
    return multiples
