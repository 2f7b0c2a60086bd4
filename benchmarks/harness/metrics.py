"""What the requests of a run say together: percentiles, rates, errors, waits.

All of it concerns measured requests: warm-up is left out, and a request that the end of
the run cut off is no row at all. Latencies are those of requests that did not fail;
how many failed stands beside them, and goodput counts them as misses.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from benchmarks.harness.intervals import Share, least_n, upper_rank, wilson
from benchmarks.harness.samples import Bools, ErrorKind, SampleTable

Array = npt.NDArray[np.float64]
# Start and end of what is measured, in seconds after the start of the run.
Window = tuple[float, float]

LATENCIES = (
    "ttft_ms",
    "answer_ttft_ms",
    "tpot_ms",
    "itl_p95_ms",
    "request_ms",
)
TOKEN_COUNTS = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")
PERCENTILES = (50, 90, 95, 99)
MEDIAN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """One percentile in milliseconds, and its one-sided 95 % upper bound.

    The value is the smallest one measured that at least so many percent do not exceed.
    It is withheld (None) while n is too small for a bound; `needs` more would do. Only
    the median is given without one.
    """

    value: float | None
    upper: float | None
    needs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """One figure over the `n` requests in which it is known.

    The bounds take requests as independent; a queue makes neighbours alike, so a short
    run says less than its n, and nothing of how other runs come out.
    """

    n: int
    p50: Percentile
    p90: Percentile
    p95: Percentile
    p99: Percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The measured requests of one load; None is unknown or withheld.

    Throughput counts what did not fail, over the whole window, edges included.
    `errors` counts failures, by kind in `errors_by_kind`; answers of another length
    than asked for stand apart. `throttled` counts requests that a 429 made wait,
    `throttled_mean_ms` is the mean wait of those. Tokens are means per request.
    """

    requests: int
    window_s: Window
    latencies: dict[str, Percentiles]  # by a name of LATENCIES
    requests_per_second: float | None
    output_tokens_per_second: float | None
    errors: Share
    errors_by_kind: dict[str, int]
    length_mismatches: int
    throttled: Share
    throttled_mean_ms: float | None
    tokens: dict[str, float | None]  # by a name of TOKEN_COUNTS
    served_models: dict[str, int]


class Verdict(StrEnum):
    """Whether a percentile keeps to a limit."""

    MET = "met"  # its upper bound does
    MISSED = "missed"  # the percentile itself does not
    UNPROVEN = "unproven"  # in between, or too few requests


def measured(table: SampleTable, window_s: Window | None = None) -> SampleTable:
    """Return the rows that count: no warm-up, and meant to start in the window.

    Where a start is unknown, as in some results of other tools, the row counts.
    """
    keep = table["phase"] >= 0
    if window_s is not None:
        intended = table["intended_s"]
        # The bounds in the precision of the column, or the first row could drop out.
        start, end = np.float32(window_s[0]), np.float32(window_s[1])
        within = (intended >= start) & (intended <= end)
        keep &= within | np.isnan(intended)
    return table.where(keep)


def window_of(table: SampleTable) -> Window:
    """Return the window from the first intended start to the last known end.

    It is empty where no start is known: nothing can be said per second then.
    """
    rows = measured(table)
    rows = rows.where(~np.isnan(rows["intended_s"]))
    if not len(rows):
        return (0.0, 0.0)
    starts = rows["intended_s"].astype(np.float64)
    ends = starts + np.nan_to_num(ended_after_ms(rows)) / 1000
    return (float(starts.min()), float(ends.max()))


def ended_after_ms(table: SampleTable) -> Array:
    """Return the time from intended start to end, waits for 429s included."""
    whole: Array = (table["request_ms"] + table["throttled_ms"]).astype(np.float64)
    return whole


def metrics(table: SampleTable, window_s: Window | None = None) -> Metrics:
    """Condense the measured rows of a table; the window is its own unless given."""
    window = window_of(table) if window_s is None else window_s
    rows = measured(table, window)
    failed = rows.failed
    answered = rows.where(~failed)
    waits = rows["throttled_ms"][rows["throttled_ms"] > 0]
    return Metrics(
        requests=len(rows),
        window_s=window,
        latencies={name: percentiles(answered[name]) for name in LATENCIES},
        requests_per_second=_rate(len(answered), window),
        output_tokens_per_second=_rate(_total(answered["output_tokens"]), window),
        errors=wilson(int(failed.sum()), len(rows)),
        errors_by_kind=dict(Counter(rows.where(failed).words["error"])),
        length_mismatches=answered.words["error"].count(ErrorKind.LENGTH_MISMATCH),
        throttled=wilson(len(waits), len(rows)),
        throttled_mean_ms=_mean(waits),
        tokens={name: _mean(answered[name]) for name in TOKEN_COUNTS},
        served_models=dict(Counter(filter(None, answered.words["served_model"]))),
    )


def percentiles(values: npt.ArrayLike) -> Percentiles:
    """Return the percentiles of the known values, each where n carries its bound."""
    column = np.asarray(values, dtype=np.float64)
    ordered = np.sort(column[~np.isnan(column)])
    return Percentiles(
        n=len(ordered),
        **{f"p{percent}": _percentile(ordered, percent) for percent in PERCENTILES},
    )


def verdict(found: Percentile, limit_ms: float) -> Verdict:
    """Test a percentile against a limit: the bound must keep to it."""
    if found.upper is None or found.value is None:
        return Verdict.UNPROVEN
    if found.upper <= limit_ms:
        return Verdict.MET
    return Verdict.MISSED if found.value > limit_ms else Verdict.UNPROVEN


def phase_of(table: SampleTable, phase: int) -> SampleTable:
    """Return the rows of one step of a sweep."""
    of_phase: Bools = table["phase"] == phase
    return table.where(of_phase)


def _percentile(ordered: Array, percent: int) -> Percentile:
    n = len(ordered)
    rank = upper_rank(n, percent)
    shown = rank is not None or (percent == MEDIAN and n > 0)
    at = -(-n * percent // 100)  # n * p rounded up, exactly
    return Percentile(
        value=float(ordered[at - 1]) if shown else None,
        upper=None if rank is None else float(ordered[rank - 1]),
        needs=max(least_n(percent) - n, 0),
    )


def _rate(count: float | None, window: Window) -> float | None:
    seconds = window[1] - window[0]
    return None if count is None or seconds <= 0 else count / seconds


def _total(column: npt.NDArray[np.float32]) -> float | None:
    """Return the sum; None where one is unknown, for unknown is not zero."""
    total = float(column.sum(dtype=np.float64))
    return None if np.isnan(total) else total


def _mean(column: npt.NDArray[np.float32]) -> float | None:
    known = column[~np.isnan(column)]
    return float(known.mean(dtype=np.float64)) if len(known) else None
