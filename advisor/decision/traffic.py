"""How a year of requests falls on months, hours and prompt lengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from advisor.decision.question import HORIZON_MONTHS, Tokens, Traffic

Floats = npt.NDArray[np.float64]

_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)
# Finer in the tail: that is where context tiers start.
_CLASS_EDGES = (0.0, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.999, 1.0)
_EDGE_Z = {edge: _NORMAL.inv_cdf(edge) for edge in _CLASS_EDGES[1:-1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClass:
    """A share of the requests and the prompt length that stands for it."""

    share: Decimal
    input_tokens: Decimal


@lru_cache(maxsize=256)
def month_starts(as_of: datetime, months: int = HORIZON_MONTHS) -> tuple[datetime, ...]:
    """Return the starts of the `months` full months after `as_of`, and their end."""
    start = as_of.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    count = start.year * 12 + start.month  # months since year 0, plus one: the next
    return tuple(
        start.replace(year=(count + k) // 12, month=(count + k) % 12 + 1)
        for k in range(months + 1)
    )


def expected_requests(traffic: Traffic) -> tuple[Decimal, ...]:
    """Return the expected requests of each month: R * (1 + g) ** k, from k = 0."""
    growth = 1 + traffic.growth_per_month
    return tuple(traffic.requests_per_month * growth**k for k in range(HORIZON_MONTHS))


def growth_ln_sd(traffic: Traffic) -> Floats:
    """Return the standard deviation of ln(requests) by month.

    The growth rate is one uncertain number for the whole year, so the deviation grows
    in proportion to the months passed: k * sd / (1 + g).
    """
    relative = float(traffic.growth_sd) / (1 + float(traffic.growth_per_month))
    deviations: Floats = np.arange(HORIZON_MONTHS, dtype=np.float64) * relative
    return deviations


def request_classes(tokens: Tokens) -> tuple[RequestClass, ...]:
    """Split the requests by prompt length, so that context tiers meet their share.

    Prompt lengths are taken as log-normal with the stated mean and 95th percentile;
    each class stands at its conditional mean, so the overall mean is kept. A p95 above
    3.87 times the mean is more than a log-normal can have: the widest one is used.
    """
    return _classes(tokens.input_mean, tokens.input_p95)


@lru_cache(maxsize=4096)
def _classes(mean: int, p95: int) -> tuple[RequestClass, ...]:
    if p95 <= mean or mean == 0:
        return (RequestClass(share=Decimal(1), input_tokens=Decimal(mean)),)
    sigma = _Z95 - sqrt(max(_Z95**2 - 2 * log(p95 / mean), 0.0))
    moments = [_partial_mean(edge, sigma) for edge in _CLASS_EDGES]
    shares = [
        Decimal(repr(high)) - Decimal(repr(low)) for low, high in pairwise(_CLASS_EDGES)
    ]
    lengths = [
        Decimal(repr(mean * (high - low))) / share
        for (low, high), share in zip(pairwise(moments), shares, strict=True)
    ]
    return tuple(
        RequestClass(share=share, input_tokens=length)
        for share, length in zip(shares, lengths, strict=True)
    )


def _partial_mean(probability: float, sigma: float) -> float:
    """Share of all tokens that lies in the shortest `probability` of the prompts."""
    if probability in (0.0, 1.0):
        return probability
    return _NORMAL.cdf(_EDGE_Z[probability] - sigma)


def hour_weights(traffic: Traffic) -> Floats:
    """Return the share of requests in each of the week's 168 UTC hours, as (7, 24)."""
    weekly = _normalised(traffic.weekly_shape, 7)
    daily = _normalised(traffic.daily_shape, 24)
    weights: Floats = np.outer(weekly, daily)
    return weights


def _normalised(shape: Sequence[float] | None, length: int) -> Floats:
    weights = np.ones(length) if shape is None else np.asarray(shape, dtype=np.float64)
    normalised: Floats = weights / weights.sum()
    return normalised
