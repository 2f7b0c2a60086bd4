"""How sure a percentile or a share is, exactly, without a distribution assumed."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log, sqrt

import numpy as np

CONFIDENCE = 0.95  # one-sided, of an upper bound
WILSON_Z = 1.959964  # two-sided 95 %: the 0.975 quantile of the normal distribution
# Beyond so many standard deviations a binomial holds less than double precision shows.
_REACH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `n`, with its 95 % Wilson interval; None where n is 0."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None


def least_n(percent: int) -> int:
    """Return the n from which a percentile has an upper bound at all.

    The maximum of n lies above the percentile with probability 1 - p**n, so p**n must
    not exceed 0.05: 5 for p50, 29 for p90, 59 for p95, 299 for p99.
    """
    return ceil(log(1 - CONFIDENCE) / log(percent / 100))


@lru_cache(maxsize=4096)
def upper_rank(n: int, percent: int) -> int | None:
    """Return the rank, from 1, of the value that bounds a percentile from above.

    The k-th smallest of n independent values is at or above the p-quantile with
    probability P(Bin(n, p) <= k - 1) at least; the smallest k that makes it 0.95 is
    taken (David and Nagaraja, Order Statistics, 3rd ed., section 7.1). None where even
    the maximum does not do. `percent` lies between 0 and 100, both left out.
    """
    if n < least_n(percent):
        return None
    p = percent / 100
    sd = sqrt(n * p * (1 - p))
    low = max(int(n * p - _REACH * (sd + 1)), 0)
    high = min(int(n * p + _REACH * (sd + 1)), n)
    # Each probability is the one before it times (n - j) / (j + 1) * p / (1 - p).
    below = np.arange(low, high, dtype=np.float64)
    ratios = np.log((n - below) / (below + 1)) + log(p / (1 - p))
    logs = np.concatenate([[0.0], np.cumsum(ratios)])
    weights = np.exp(logs - logs.max())
    # Summed from the small end of the tail, where rounding would otherwise tell.
    tail = np.cumsum(weights[::-1])[::-1] / weights.sum()
    enough = np.flatnonzero(tail <= 1 - CONFIDENCE)  # P(Bin >= k), k = low + index
    return low + int(enough[0])


def wilson(count: int, n: int) -> Share:
    """Return a share with its Wilson score interval, z = 1.959964 (95 %, two-sided).

    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), by Wilson (1927), JASA
    22: it stays within 0 and 1 and is honest at 0 and at n of n.
    """
    if n == 0:
        return Share(count=0, n=0, share=None, low=None, high=None)
    share = count / n
    spread = WILSON_Z**2 / n
    centre = share + spread / 2
    half = WILSON_Z * sqrt(share * (1 - share) / n + spread / (4 * n))
    return Share(
        count=count,
        n=n,
        share=share,
        # At 0 and at n of n they meet the share, but for rounding.
        low=min(max((centre - half) / (1 + spread), 0.0), share),
        high=max(min((centre + half) / (1 + spread), 1.0), share),
    )
