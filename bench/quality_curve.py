"""What votes, retries and cascades of local models gave, with error bars."""

from dataclasses import dataclass
from math import comb

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.evidence.estimates import posterior
from advisor.decision.evidence.floor import RELATIVE, standing
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.kinds import Kind, Strategy
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.strategies.tables import tables
from bench.quality_table import Table, resampled

VOTES = (3, 5, 7)
DRAWS = 4_000
LEVEL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A mean over items, 0 to 1, with its 90 % interval from resampled items."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:5.3f} [{self.low:6.3f},{self.high:6.3f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A strategy: its accuracy, and what it adds to a greedy answer of its `model`.

    Of a cascade that is the larger one. `work` is parameters times tokens, in greedy
    calls of the largest model: what it costs where prices follow size.
    """

    strategy: Strategy
    model: int
    accuracy: Share
    gain: Share
    calls: float
    escalation: float
    work: float


class Curve:
    """The strategies of a table of answers, by means in which kinds weigh the same."""

    def __init__(self, table: Table, sizes: Floats, seed: int) -> None:
        """`sizes` are the models' parameters, smallest first."""
        self._table = table
        self._models = len(sizes)
        sizes = np.concatenate([sizes, sizes])
        self._drawn = resampled(table.kinds, DRAWS, seed)
        self._weights = table.outcomes.weights
        told = tables(table.outcomes, (1, *VOTES))
        costs = SubjectCosts(
            input_usd=sizes,
            output_usd=sizes,
            request_usd=np.zeros(len(sizes)),
            prompt_once=np.zeros(len(sizes), dtype=bool),
        )
        self._found = evaluated_strategies(told, costs, samples=VOTES, prune=False)

    @property
    def items(self) -> int:
        """On how many items it rests."""
        return len(self._table.kinds)

    def greedy(self, model: int) -> Share:
        """Return the accuracy of one greedy answer."""
        return self._share(self._table.greedy[model])

    def results(self) -> list[Result]:
        """Return every strategy that can be told, singles first.

        Cascades go from samples of a smaller model to a greedy answer of a larger one.
        """
        return [
            self._result(number, self._found.strategies[number])
            for number in self._numbers()
        ]

    def advised(self, share: float, confidence: float) -> tuple[Result, float] | None:
        """Return what does least work to reach a share of the best model's quality.

        It reaches it with the confidence asked, by the core's own posterior; the second
        is its probability. None where nothing does.
        """
        numbers = self._numbers()
        outcomes = self._table.outcomes
        known = posterior(
            self._found.quality[numbers], self._weights, outcomes.clusters
        )
        single = [
            self._found.strategies[number].kind is Kind.SINGLE for number in numbers
        ]
        stand = standing(
            known, kind=RELATIVE, value=share, references=np.array(single), seed=1
        )
        proven = np.flatnonzero(stand.met >= confidence)
        if not len(proven):
            return None
        best = proven[np.argmin(self._found.usd[numbers][proven])]
        number = numbers[best]
        chosen = self._result(number, self._found.strategies[number])
        return chosen, float(stand.met[best])

    def _numbers(self) -> list[int]:
        quality = self._found.quality
        return [
            number
            for number, strategy in enumerate(self._found.strategies)
            if not np.isnan(quality[number]).any()
            and (strategy.kind is not Kind.CASCADE or self._leads_up(strategy))
        ]

    def _leads_up(self, strategy: Strategy) -> bool:
        first, second = (stage.subject for stage in strategy.stages)
        return first < self._models <= second and first < second - self._models

    def _result(self, number: int, strategy: Strategy) -> Result:
        quality = self._found.quality[number]
        model = strategy.stages[-1].subject % self._models
        return Result(
            strategy=strategy,
            model=model,
            accuracy=self._share(quality),
            gain=self._share(quality - self._table.greedy[model]),
            calls=float(np.nansum(self._found.calls[number])),
            escalation=float(self._found.escalation[number]),
            work=float(self._found.usd[number] / self._found.usd[self._largest]),
        )

    @property
    def _largest(self) -> int:
        """Which of the strategies is a greedy call of the largest model."""
        singles = [
            number
            for number, strategy in enumerate(self._found.strategies)
            if strategy.kind is Kind.SINGLE
        ]
        return max(
            singles, key=lambda number: self._found.strategies[number].stages[0].subject
        )

    def _share(self, values: Floats) -> Share:
        weights, worth = self._weights, self._weights * values
        means = worth[self._drawn].sum(axis=1) / weights[self._drawn].sum(axis=1)
        low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Share(
            mean=float(worth.sum() / weights.sum()), low=float(low), high=float(high)
        )

    def independent(self, model: int, votes: int) -> float:
        """Return what so many votes would give if errors were independent of items.

        By kind, from the mean of single samples: the formula that over-promises.
        """
        means = self._table.outcomes.mean_scores()[model]
        kinds = self._table.kinds
        promised = [
            _majority(float(np.nanmean(means[[each == kind for each in kinds]])), votes)
            for kind in sorted(set(kinds))
        ]
        return float(np.mean(promised))


def _majority(chance: float, votes: int) -> float:
    """Return the chance that more than half of independent votes are right."""
    return sum(
        comb(votes, right) * chance**right * (1 - chance) ** (votes - right)
        for right in range(votes // 2 + 1, votes + 1)
    )
