"""What had been measured of options, as plain values, and what an answer rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, sqrt
from typing import NamedTuple

import numpy as np

from advisor.decision.arrays import Floats
from benchmarks.harness.intervals import Share

BENCHMARKED, IMPORTED, MODELLED = "benchmarked", "imported", "modelled"


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredRun:
    """One run of an endpoint, as far as advice needs it; one array entry per answer.

    Times are in milliseconds and tokens the model's own. `requests` counts all whose
    outcome is known, `errors` those of them that failed; unknown tokens are NaN.
    `arrival` names how requests came, `concurrency` is how many were under way at a
    time, on average; NaN where nobody knows.
    """

    id: str
    endpoint: str  # empty for an imported run
    token_class: str
    arrival: str
    concurrency: float
    basis: str
    finished: int  # microseconds since 1970
    answer_ttft_ms: Floats
    tpot_ms: Floats
    input_tokens: Floats
    reasoning_tokens: Floats
    requests: int
    errors: int

    @cached_property
    def answers(self) -> int:
        """How many requests were answered."""
        return len(self.answer_ttft_ms)

    @cached_property
    def start_ms(self) -> Floats:
        """Each answer's time to first token without the reasoning before it."""
        reasoned = np.nan_to_num(self.reasoning_tokens * self.tpot_ms)
        # Tokens are not all alike: at least a tenth of the time was not reasoning.
        started: Floats = np.maximum(
            self.answer_ttft_ms - reasoned, 0.1 * self.answer_ttft_ms
        )
        return started

    @cached_property
    def middle(self) -> tuple[float, float]:
        """The mean prompt tokens and the median start; NaN where unknown."""
        known = self.input_tokens[~np.isnan(self.input_tokens)]
        tokens = float(known.mean()) if len(known) else np.nan
        return tokens, float(np.median(self.start_ms)) if self.answers else np.nan

    @cached_property
    def tpot_mean(self) -> float:
        """The mean time per token, in milliseconds; NaN where unknown."""
        known = self.tpot_ms[~np.isnan(self.tpot_ms)]
        return float(known.mean()) if len(known) else np.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A lasting change of a figure at an endpoint, found by the runs themselves."""

    id: str
    endpoint: str
    token_class: str
    figure: str
    before: float
    after: float
    effective: int  # microseconds since 1970


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What had been measured of each slot, oldest run first, and what had changed."""

    runs: Mapping[int, Sequence[MeasuredRun]] = field(default_factory=dict)
    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)


NOTHING_MEASURED = Measurements()


class Weights(NamedTuple):
    """How much each source says in a figure; they sum to one."""

    own: float
    siblings: float
    modelled: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the figures of one slot rest on.

    `weights` are those of the time to first token, `attained` the share of requests
    that met every limit on latency, errors being misses; None without limits.
    """

    runs: tuple[str, ...]
    basis: str
    token_class: str
    requests: int
    newest: int  # microseconds since 1970
    errors: Share
    weights: Weights
    attained: Share | None

    def error_margin(self, allowed: float) -> float:
        """Return by how many deviations the error rate lies below what is allowed.

        The score statistic of a share: its deviation is taken at the limit.
        """
        rate, n = self.errors.share or 0.0, self.errors.n
        if not n or not 0 < allowed < 1:
            return inf if rate <= allowed else -inf
        return (allowed - rate) / sqrt(allowed * (1 - allowed) / n)
