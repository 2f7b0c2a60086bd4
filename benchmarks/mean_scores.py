"""The mean score of some items, with how sure it is. Pure."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVEL = 0.9
_Z = 1.644854  # the 0.95 quantile of the normal distribution: 90 %, two-sided


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanScore:
    """A weighted mean of items from 0 to 1, and its interval at `LEVEL`."""

    mean: float
    low: float
    high: float


def mean_score(scores: Floats, weights: Floats, clusters: Ints) -> MeanScore | None:
    """Return the mean of item scores (0 to 1); None without any item.

    Items of one cluster count as one piece of evidence. The interval is Wilson's with
    the effective number of items, m (1 - m) / variance of the mean, by Korn and
    Graubard (1998), Survey Methodology 24: it stays within 0 and 1, and is honest where
    all answers are right. Between the items of a set as drawn from all such items.
    """
    if not len(scores):
        return None
    total = float(weights.sum())
    mean = min(max(float(scores @ weights) / total, 0.0), 1.0)
    groups, index = np.unique(clusters, return_inverse=True)
    sums = np.bincount(index, weights=weights * (scores - mean))
    effective = float(len(groups))
    if len(groups) > 1:
        variance = float(sums @ sums) / total**2 * len(groups) / (len(groups) - 1)
        if variance > 1e-12 and 0 < mean < 1:
            effective = mean * (1 - mean) / variance
    spread = _Z**2 / effective
    half = _Z * sqrt(mean * (1 - mean) / effective + spread / (4 * effective))
    centre = mean + spread / 2
    return MeanScore(
        mean=mean,
        low=min(max((centre - half) / (1 + spread), 0.0), mean),
        high=max(min((centre + half) / (1 + spread), 1.0), mean),
    )
