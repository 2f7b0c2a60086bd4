"""One decision replayed: items drawn anew, asked in turn, decided without the truth."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.allocation import Step, next_step
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
    values: Floats, costs: Floats, question: Question, rng: np.random.Generator
) -> Verdict:
    """Draw items with replacement from `values` (options, items), and decide on them.

    The engine sees the answers that it asks for, the costs and the question alone.
    """
    options, items = values.shape
    budget = question.items * options
    fixed = question.allocation == Allocation.FIXED
    calls = budget if fixed else budget // 2
    drawn = values[:, rng.integers(0, items, question.items if fixed else calls)]
    asking = _Asking(drawn, costs, question, calls, int(rng.integers(2**32)))
    if fixed:
        asking.ask(np.full(options, question.items))
    step = asking.to_the_end()
    return Verdict(pick=step.pick, met=step.standing.met, calls=asking.used)


class _Asking:
    """Answers that come in as they are asked for."""

    def __init__(
        self,
        drawn: Floats,
        costs: Floats,
        question: Question,
        calls: int,
        seed: int,
    ) -> None:
        self._drawn, self._costs, self._question = drawn, costs, question
        self._calls, self._seed = calls, seed
        self._answers = np.full(drawn.shape, np.nan)
        self._positions: Ints = np.zeros(len(drawn), np.int64)

    @property
    def used(self) -> int:
        """How many calls were made."""
        return int(self._positions.sum())

    def ask(self, further: Ints) -> None:
        """Take each option's answers to so many further items."""
        order = np.arange(self._drawn.shape[1])
        until = (self._positions + further)[:, None]
        new: Bools = (order >= self._positions[:, None]) & (order < until)
        self._answers[new] = self._drawn[new]
        self._positions += further

    def to_the_end(self) -> Step:
        """Ask whatever the engine wants to know, until it stops."""
        while True:
            step = next_step(self._contest())
            if step.stop is not None:
                return step
            further = np.zeros_like(self._positions)
            for ask in step.asks:
                further[ask.option] = ask.items
            self.ask(further)

    def _contest(self) -> Contest:
        options, items = self._drawn.shape
        return Contest(
            values=self._answers,
            weights=np.ones(items),
            clusters=np.arange(items),
            costs=self._costs,
            references=np.ones(options, bool),
            kind=self._question.kind,
            value=self._question.value,
            confidence=self._question.confidence,
            calls_left=self._calls - self.used,
            seed=self._seed,
        )
