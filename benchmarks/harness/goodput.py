"""Goodput: the share of requests that meet every limit, misses and waits included."""

from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np

from benchmarks.harness.intervals import Share, wilson
from benchmarks.harness.metrics import Array, Window, measured
from benchmarks.harness.samples import Bools, SampleTable

# These run from the intended start, so a wait for a 429 comes on top of them.
_FROM_THE_START = ("ttft_ms", "answer_ttft_ms", "request_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request must keep to, in milliseconds; None is no limit."""

    ttft_ms: float | None = None
    answer_ttft_ms: float | None = None
    tpot_ms: float | None = None
    itl_p95_ms: float | None = None
    request_ms: float | None = None

    def stated(self) -> dict[str, float]:
        """Return the limits that there are, by figure."""
        limits = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: limit for name, limit in limits.items() if limit is not None}


class Withheld(StrEnum):
    """Why there is no goodput."""

    CLIENT_LIMITED = "client_limited"
    NO_REQUESTS = "no_requests"
    NEVER_MEASURED = "never_measured"  # no answer shows one of the limited figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodput:
    """`good` is the requests that met every limit, of all meant to start in the window.

    The rest `failed`, or came `late`, or were answered in an `unknown` time, which
    counts as a miss too. `cut_off` requests are in none of them. None where withheld.
    """

    good: Share | None
    failed: int
    late: int
    unknown: int
    cut_off: int
    withheld: Withheld | None


def goodput(
    table: SampleTable,
    limits: Limits,
    *,
    window_s: Window | None = None,
    cut_off: int = 0,
    client_limited: bool = False,
) -> Goodput:
    """Return the share of requests that met every limit, with its Wilson interval.

    A final 429, a timeout or any other error is a miss; a retried 429 counts with its
    wait. A figure between tokens is met by an answer that has only one.
    """
    rows = measured(table, window_s)
    failed = rows.failed
    late = np.zeros(len(rows), dtype=np.bool_)
    unknown = np.zeros(len(rows), dtype=np.bool_)
    unseen = False
    for name, limit in limits.stated().items():
        figure = _as_felt(rows, name)
        late |= figure > limit
        blank = np.isnan(figure) & ~_single(rows, name)
        unknown |= blank
        unseen |= bool((~failed).any() and blank[~failed].all())
    late &= ~failed
    unknown &= ~failed & ~late
    withheld = _withheld(rows, client_limited=client_limited, unseen=unseen)
    good = len(rows) - int((failed | late | unknown).sum())
    return Goodput(
        good=None if withheld else wilson(good, len(rows)),
        failed=int(failed.sum()),
        late=int(late.sum()),
        unknown=int(unknown.sum()),
        cut_off=cut_off,
        withheld=withheld,
    )


def _as_felt(rows: SampleTable, name: str) -> Array:
    figure: Array = rows[name].astype(np.float64)
    return figure + rows["throttled_ms"] if name in _FROM_THE_START else figure


def _single(rows: SampleTable, name: str) -> Bools:
    """Return which answers have one token, and so no time between tokens."""
    between = name not in _FROM_THE_START
    single: Bools = (rows["output_tokens"] == 1) & between
    return single


def _withheld(
    rows: SampleTable, *, client_limited: bool, unseen: bool
) -> Withheld | None:
    if client_limited:
        return Withheld.CLIENT_LIMITED
    if not len(rows):
        return Withheld.NO_REQUESTS
    return Withheld.NEVER_MEASURED if unseen else None
