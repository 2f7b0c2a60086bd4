"""How long several calls in parallel take, from calls that really ran in parallel.

The slowest of k votes decides. Drawing k latencies independently would miss what they
share: one endpoint, one queue, one slow moment.
"""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.harness.metrics import Array, ended_after_ms, measured
from benchmarks.harness.samples import SampleTable


def parallel_ms(
    table: SampleTable, k: int, figure: str = "request_ms", *, apart: bool = False
) -> Array:
    """Return the maxima of `figure` over groups of k requests under way together.

    A group is k requests of one phase that started one after another, the last of them
    before any had ended; the groups slide by one start, so neighbours share requests
    and there are fewer independent ones than values; with `apart` only groups that
    share none are taken. Failed requests and unknown figures are left out. Empty where
    never k were under way at once.
    """
    if k < 1:
        raise ValueError("A group has one request at least.")
    rows = measured(table)
    known = ~rows.failed & ~np.isnan(rows[figure]) & ~np.isnan(rows["request_ms"])
    rows = rows.where(known)
    intended = rows["intended_s"].astype(np.float64)
    started = intended + np.nan_to_num(rows["late_ms"]) / 1000
    ended = intended + ended_after_ms(rows) / 1000
    order = np.lexsort((started, rows["phase"]))
    if len(order) < k:
        return np.empty(0)
    grouped = sliding_window_view(order, k)
    together = started[grouped[:, -1]] < ended[grouped].min(axis=1)
    together &= rows["phase"][grouped[:, 0]] == rows["phase"][grouped[:, -1]]
    values = rows[figure].astype(np.float64)
    groups = np.flatnonzero(together)
    maxima: Array = values[grouped[_apart(groups, k) if apart else groups]].max(axis=1)
    return maxima


def _apart(groups: npt.NDArray[np.intp], k: int) -> npt.NDArray[np.intp]:
    """Return the first group, the next that begins after its end, and so on."""
    taken: list[int] = []
    for group in groups.tolist():
        if not taken or group >= taken[-1] + k:
            taken.append(group)
    return np.array(taken, dtype=np.intp)
