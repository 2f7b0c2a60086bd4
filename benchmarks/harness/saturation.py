"""When a sweep has gone far enough: more requests under way bring no more answers.

In a closed loop of c requests throughput is c / latency (Little's law), so doubling c
at best doubles throughput; past saturation throughput stays and latency doubles. The
rule asks for both signs, since either may be noise or the edge of a short step: a gain
under 10 % at twice the concurrency goes with latency at 2 / 1.1 = 1.8 times or more,
and 1.5 leaves room for those. Errors past a tenth (two at least: one may be chance) end
a sweep too, for an endpoint that sheds load answers the rest as fast as ever.
"""

from dataclasses import dataclass
from enum import StrEnum

from benchmarks.harness.metrics import (
    ended_after_ms,
    percentiles,
    phase_of,
    window_of,
)
from benchmarks.harness.samples import SampleTable

LEAST_THROUGHPUT_GAIN = 0.10
LATENCY_GROWTH = 1.5
ERROR_SHARE = 0.10
LEAST_ERRORS = 2


class Sign(StrEnum):
    """What showed that an endpoint is over-saturated."""

    THROUGHPUT = "throughput"  # hardly grew, while latency did
    ERRORS = "errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """The first step that was too much, what showed it, and the last one that was not.

    `last_good_phase` is None when the first step already failed.
    """

    phase: int
    sign: Sign
    last_good_phase: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    requests: int
    failed: int
    requests_per_second: float
    latency_ms: float  # median, waits for 429s included; not a number when all failed


def saturation(table: SampleTable) -> Saturation | None:
    """Return where the phases of a sweep passed saturation; None if they did not."""
    before = None
    for phase in range(phases(table)):
        step = _step(phase_of(table, phase))
        if sign := _sign(before, step):
            good = phase - 1 if phase else None
            return Saturation(phase=phase, sign=sign, last_good_phase=good)
        before = step
    return None


def phases(table: SampleTable) -> int:
    """Return how many phases a table has measured, from 0."""
    return int(table["phase"].max(initial=-1)) + 1


def _sign(before: _Step | None, step: _Step) -> Sign | None:
    if step.failed >= max(LEAST_ERRORS, ERROR_SHARE * step.requests):
        return Sign.ERRORS
    if before is None:
        return None
    gained = step.requests_per_second / before.requests_per_second - 1
    grew = step.latency_ms / before.latency_ms
    saturated = gained < LEAST_THROUGHPUT_GAIN and grew > LATENCY_GROWTH
    return Sign.THROUGHPUT if saturated else None


def _step(rows: SampleTable) -> _Step:
    answered = rows.where(~rows.failed)
    start, end = window_of(rows)
    return _Step(
        requests=len(rows),
        failed=len(rows) - len(answered),
        requests_per_second=len(answered) / (end - start or float("nan")),
        latency_ms=percentiles(ended_after_ms(answered)).p50.value or float("nan"),
    )
