"""How long several calls in parallel take, from calls that really ran in parallel.

The slowest of k votes decides. Drawing k latencies independently would miss what they
share: one endpoint, one queue, one slow moment.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.harness.metrics import Array, ended_after_ms, measured
from benchmarks.harness.samples import SampleTable


def parallel_ms(table: SampleTable, k: int, figure: str = "request_ms") -> Array:
    """Return the maxima of `figure` over groups of k requests under way together.

    A group is k requests of one phase that started one after another, the last of them
    before any had ended; the groups slide by one start, so neighbours share requests
    and there are fewer independent ones than values. Failed requests and unknown
    figures are left out. Empty where never k were under way at once.
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
    maxima: Array = values[grouped[together]].max(axis=1)
    return maxima
