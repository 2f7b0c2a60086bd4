"""Level and noise of the runs before, from the runs themselves and a prior."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from statistics import NormalDist

# Deviation of the log figure between runs of an endpoint at rest, as the operating
# figures are stated for, and how many runs that belief is worth.
PRIOR_SD = 0.08
PRIOR_RUNS = 40.0
# The prior may not make an endpoint out to be much quieter than its runs are.
LEAST_SHARE_OF_OWN = 0.9
# Runs farther than this many deviations from the median count as that far (Huber).
CLIP = 3.0
# Median absolute deviation of a normal variable, inverted.
MAD_TO_SD = 1 / NormalDist().inv_cdf(0.75)
# Fewer runs say nothing about autocorrelation.
LEAST_RUNS_FOR_CORRELATION = 13
# What squared gaps of equal runs may add up to; it is no noise.
ROUNDING = 1e-18


def _clipped_variance(reach: float) -> float:
    """Return E[min(Z², c²)] of a standard normal Z: what clipping at c leaves."""
    normal = NormalDist()
    tails = 2 * (1 - normal.cdf(reach))
    return 1 - tails - 2 * reach * normal.pdf(reach) + reach**2 * tails


_KEPT = _clipped_variance(CLIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A deviation of log figures between runs, worth so many runs."""

    sd: float = PRIOR_SD
    runs: float = PRIOR_RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Runs before: centre and deviation of the log figure, lag-one correlation."""

    centre: float
    sd: float
    correlation: float
    runs: int

    def mean_variance(self, runs: int) -> float:
        """Return the variance of a mean of successive runs, in units of sd².

        (1 + 2 Σ (1 - j/k) r^j) / k, for a first-order autoregression.
        """
        shared = 0.0
        if self.correlation:
            lags = range(1, runs)
            shared = 2 * sum((1 - lag / runs) * self.correlation**lag for lag in lags)
        return (1 + shared) / runs


def fit(logs: Sequence[float], prior: Noise) -> Baseline:
    """Estimate the baseline from log figures in order of time; at least one.

    The centre is a mean of values clipped around the median; the deviation pools theirs
    with the prior, by degrees of freedom.
    """
    count = len(logs)
    ordered = sorted(logs)
    middle = middle_of(ordered)
    spread = MAD_TO_SD * middle_of(sorted([abs(value - middle) for value in ordered]))
    believed = prior.runs * prior.sd**2
    reach = CLIP * math.sqrt((believed + count * spread**2) / (prior.runs + count))
    low, high = middle - reach, middle + reach
    clipped = [low if x < low else high if x > high else x for x in logs]
    centre = sum(clipped) / count
    gaps = [value - centre for value in clipped]
    squares = sum(map(mul, gaps, gaps))
    freedom = count - 1
    pooled = math.sqrt((believed + squares / _KEPT) / (prior.runs + freedom))
    own = math.sqrt(squares / _KEPT / freedom) if freedom else 0.0
    return Baseline(
        centre=centre,
        sd=max(pooled, LEAST_SHARE_OF_OWN * own),
        correlation=_correlation(gaps, squares),
        runs=count,
    )


def middle_of(ordered: Sequence[float]) -> float:
    """Return the median of values in order."""
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2


def _correlation(gaps: Sequence[float], squares: float) -> float:
    """Return what is sure of the lag-one correlation: less one standard error."""
    if len(gaps) < LEAST_RUNS_FOR_CORRELATION or squares < ROUNDING:
        return 0.0
    estimate: float = sum(map(mul, gaps, gaps[1:])) / squares
    return max(0.0, estimate - 1 / math.sqrt(len(gaps)))
