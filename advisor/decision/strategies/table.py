"""Every strategy over the subjects that can be bought, with what it gives and costs."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.strategies.candidates import Candidates, candidates, told
from advisor.decision.strategies.cascades import Rows, pair_quality
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.kinds import Gap, Kind, Stage, Strategy, Unproven
from advisor.decision.strategies.pruning import Goal, Kept, all_of, reach, worth_keeping
from advisor.decision.strategies.tables import SAMPLES, VoteTables


@dataclass(frozen=True, kw_only=True)
class StrategyTable:
    """Strategies: singles first, one for each subject that can be bought.

    `quality` (strategies, items) is the expected score of each item, NaN where a stage
    was not asked. Over the items that tell, weighted: `escalation`, the share of items
    passed on; by strategy and stage: `calls`, and `multiples`, the stage's USD over
    that of one call of its subject for each of them. `usd` per item is these multiples
    of what a call costs on all items of the subject.
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
    goal: Goal | None = None,
    prune: bool = True,
) -> StrategyTable:
    """Return what each strategy of so many samples gives, and what it costs.

    `second_samples` are those of a cascade's second stage; several vote there too. With
    a `goal` to prune for, cascades are left out that can neither be picked for it nor
    lie on the frontier of USD, mean quality and 95th percentile of the wait. Raises
    ValueError for a relative goal without references.
    """
    found = candidates(tables, costs, samples, second_samples)
    if goal is None or not prune:
        kept = all_of(found)
    else:
        kept = worth_keeping(found, reach(tables, goal, _single_usd(tables, found)))
    return _Assembly(tables, found, kept).table(
        unproven=_unproven(tables, costs, samples)
    )


def _single_usd(tables: VoteTables, found: Candidates) -> Floats:
    """Return USD per item of one call by subject, NaN where it cannot be bought."""
    usd = np.full(len(tables.input_known), np.nan)
    singles = found.alone.plan == 0
    usd[found.alone.subject[singles]] = found.means.usd[singles]
    return usd


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
        some = told(tables)
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
            for subject in np.flatnonzero(some[number] & costs.bought)
        ]
    return tuple(gaps)


class _Assembly:
    """Writes the table from the strategies of one stage and the pairs that are kept."""

    def __init__(self, tables: VoteTables, found: Candidates, kept: Kept) -> None:
        self._plans = tables.plans
        self._found = found
        self._kept = kept
        self._both = found.both.take(kept.pairs)

    def table(self, unproven: tuple[Unproven, ...]) -> StrategyTable:
        """Return it."""
        found, both = self._found, self._both
        one = found.means
        paired = pair_quality(found.first, found.second, both)
        ms = np.concatenate([found.alone_ms, self._kept.ms])
        return StrategyTable(
            strategies=self._strategies(),
            quality=np.concatenate([found.alone.score, paired]),
            usd=np.concatenate([one.usd, both.usd]),
            multiples=np.concatenate([one.multiples, both.multiples]),
            calls=np.concatenate([one.calls, both.calls]),
            escalation=np.concatenate([one.escalation, both.escalation]),
            request_ms_p50=ms[:, 0],
            request_ms_p95=ms[:, 1],
            pruned=len(found.both) - len(both),
            unproven=unproven,
        )

    def _strategies(self) -> tuple[Strategy, ...]:
        single = [
            Strategy(kind=self._plans[plan].kind, stages=(self._stage(plan, subject),))
            for plan, subject in zip(
                self._found.alone.plan.tolist(),
                self._found.alone.subject.tolist(),
                strict=True,
            )
        ]
        first = self._stages(self._found.first)
        second = self._stages(self._found.second)
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
