"""One decision replayed: items drawn anew, asked in turn, decided without the truth."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.allocation import Step, first_items, next_step
from advisor.decision.evidence.contest import Contest


class Allocation(StrEnum):
    """How the calls are spent."""

    ADAPTIVE = "adaptive"
    FIXED = "fixed"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of the engine in every trial.

    The floor's `kind` and `value` are as `standing` takes them. The budget is `items`
    calls for each option; an adaptive design may use half of it.
    """

    kind: str
    value: float
    confidence: float
    items: int
    allocation: Allocation


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the engine said: its pick, each option's probability, the calls used."""

    pick: int | None
    met: Floats
    calls: int


def decide(
    values: Floats,
    costs: Floats,
    asks: Bools,
    question: Question,
    rng: np.random.Generator,
) -> Verdict:
    """Draw items with replacement from `values` (options, items), and decide on them.

    `asks` (options, models) tells whom each option asks; single calls come first, one
    for each model, and set a relative floor. The engine sees the answers that it asks
    for, the costs and the question alone.
    """
    models = asks.shape[1]
    budget = question.items * models
    fixed = question.allocation == Allocation.FIXED
    calls = budget if fixed else budget // 2
    width = question.items if fixed else calls
    drawn = values[:, rng.integers(0, values.shape[1], width)]
    asking = _Asking(drawn, costs, asks, question, calls, int(rng.integers(2**32)))
    asking.ask(np.full(models, question.items if fixed else asking.first))
    step = asking.to_the_end()
    return Verdict(pick=step.pick, met=step.standing.met, calls=asking.used)


class _Asking:
    """Answers that come in as the models are asked."""

    def __init__(
        self,
        drawn: Floats,
        costs: Floats,
        asks: Bools,
        question: Question,
        calls: int,
        seed: int,
    ) -> None:
        self._drawn, self._costs, self._asks = drawn, costs, asks
        self._question, self._calls, self._seed = question, calls, seed
        self._positions: Ints = np.zeros(asks.shape[1], np.int64)

    @property
    def used(self) -> int:
        """How many calls were made: a model's samples of an item count as one."""
        return int(self._positions.sum())

    @property
    def first(self) -> int:
        """The items that every model starts with."""
        return first_items(self._calls, len(self._positions), self._drawn.shape[1])

    def ask(self, further: Ints) -> None:
        """Ask each model so many further items, as far as calls are left."""
        wanted, left = int(further.sum()), self._calls - self.used
        self._positions += further * min(wanted, left) // max(wanted, 1)

    def to_the_end(self) -> Step:
        """Ask whatever the engine wants to know, until it stops."""
        while True:
            step = next_step(self._contest(self._calls - self.used))
            before = self.used
            self.ask(self._further(step))
            if self.used == before:
                return next_step(self._contest(0)) if step.asks else step

    def _further(self, step: Step) -> Ints:
        """Return what the models are asked so that the options get their items."""
        until = self._positions.copy()
        far = self._far()
        for ask in step.asks:
            asked = self._asks[ask.option]
            until[asked] = np.maximum(until[asked], far[ask.option] + ask.items)
        return until - self._positions

    def _far(self) -> Ints:
        """Return how many items each option has answers to, from all its models."""
        most = np.iinfo(np.int64).max
        far: Ints = np.where(self._asks, self._positions, most).min(axis=1)
        return far

    def _contest(self, calls_left: int) -> Contest:
        items = self._drawn.shape[1]
        known = np.arange(items) < self._far()[:, None]
        return Contest(
            values=np.where(known, self._drawn, np.nan),
            weights=np.ones(items),
            clusters=np.arange(items),
            costs=self._costs,
            references=np.arange(len(self._costs)) < len(self._positions),
            kind=self._question.kind,
            value=self._question.value,
            confidence=self._question.confidence,
            calls_left=calls_left,
            seed=self._seed,
        )
