"""Percentiles of waits over items and orders, items by weight."""

from math import ceil

import numpy as np
import numpy.typing as npt

from advisor.decision.arrays import Bools, Floats

Milliseconds = npt.NDArray[np.float32]
P50, P95 = SHARES = (0.5, 0.95)
# Sums of weights in another order must not move a percentile.
_ROUNDING = 1e-9


def percentiles(ms: Milliseconds, weights: Floats) -> Floats:
    """Return (rows, SHARES) of (rows, items, orders); NaN is left out, and NaN is all.

    A percentile is the least wait that so much of the weight does not exceed.
    """
    rows, items, orders = ms.shape
    flat = ms.reshape(rows, items * orders)
    if not flat.size:
        return np.full((rows, len(SHARES)), np.nan)
    even = (weights == weights[0]).all() and weights[0] > 0
    if even and not np.isnan(flat).any():
        places = [ceil(share * flat.shape[1] - _ROUNDING) - 1 for share in SHARES]
        return np.partition(flat, places, axis=1)[:, places].astype(np.float64)
    counted = np.where(np.isnan(flat), 0.0, np.repeat(weights, orders))
    order = np.argsort(flat, axis=1)
    reached = np.cumsum(np.take_along_axis(counted, order, axis=1), axis=1)
    total = reached[:, -1]
    found = np.full((rows, len(SHARES)), np.nan)
    for column, share in enumerate(SHARES):
        enough = reached >= ((share - _ROUNDING) * total)[:, None]
        place = np.take_along_axis(order, enough.argmax(axis=1)[:, None], axis=1)
        wait = np.take_along_axis(flat, place, axis=1)[:, 0]
        found[:, column] = np.where(total > 0, wait, np.nan)
    return found


def p95_below(ms: Milliseconds, weights: Floats, total: Floats, limit: Floats) -> Bools:
    """Return whether each row's 95th percentile is below its limit.

    `total` is the weight of the waits that are known. To count is quicker than to find
    the percentile. Where nothing is known, it is not below.
    """
    below = np.count_nonzero(ms < limit[:, None, None], axis=2) @ weights
    found: Bools = (below >= (P95 - _ROUNDING) * total) & (below > 0)
    return found
