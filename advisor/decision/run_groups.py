"""Runs that were asked alike, joined once and kept at hand until one is added."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isnan

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.measured import MeasuredRun

# Options whose groups, and groups whose joined requests, stay in memory: 24 kB each.
GROUPS_KEPT = 2_048
# Beyond this many answers of the newest runs, older ones would add age, not certainty.
ANSWERS_ENOUGH = 1_000

Runs = tuple[MeasuredRun, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class RunGroup:
    """Some runs of one option, of one token class and load, in order of time."""

    runs: Runs

    @cached_property
    def answers(self) -> int:
        """How many requests were answered."""
        return sum(run.answers for run in self.runs)

    @cached_property
    def prompt_tokens(self) -> float:
        """The mean of the prompts that were answered; NaN where unknown."""
        return self._mean([run.middle[0] for run in self.runs])

    @cached_property
    def start_ms(self) -> float:
        """The runs' median starts, averaged by their answers; NaN where unknown."""
        return self._mean([run.middle[1] for run in self.runs])

    @cached_property
    def tpot_ms(self) -> float:
        """The mean time per token; NaN where unknown."""
        return self._mean([run.tpot_mean for run in self.runs])

    def _mean(self, values: list[float]) -> float:
        known = [
            (value, run.answers)
            for value, run in zip(values, self.runs, strict=True)
            if not isnan(value)
        ]
        answers = sum(count for _, count in known)
        if not answers:
            return float("nan")
        return sum(value * count for value, count in known) / answers

    @cached_property
    def newest(self) -> "RunGroup":
        """The newest runs that hold answers enough, in order of time."""
        return group_of(tuple(self._back())[::-1])

    def _back(self) -> Iterator[MeasuredRun]:
        held = 0
        for run in reversed(self.runs):
            if held >= ANSWERS_ENOUGH:
                return
            held += run.answers
            yield run

    @cached_property
    def joined(self) -> dict[str, Floats]:
        """Start, time per token and prompt tokens of every answer, run after run."""
        return {
            name: np.concatenate([getattr(run, name) for run in self.runs])
            for name in ("start_ms", "tpot_ms", "input_tokens")
        }

    @cached_property
    def starts(self) -> Ints:
        """Where, in the joined columns, each run with an answer begins."""
        counts = [run.answers for run in self.runs if run.answers]
        return np.cumsum([0, *counts[:-1]])


@lru_cache(maxsize=GROUPS_KEPT)
def group_of(runs: Runs) -> RunGroup:
    """Return the runs as a group, the same for the same runs."""
    return RunGroup(runs=runs)


@lru_cache(maxsize=GROUPS_KEPT)
def groups_of(runs: Runs) -> tuple[RunGroup, ...]:
    """Return an option's runs by token class and load."""
    groups: defaultdict[tuple[str, str], list[MeasuredRun]] = defaultdict(list)
    for run in runs:
        groups[run.token_class, run.arrival].append(run)
    return tuple(group_of(tuple(each)) for each in groups.values())
