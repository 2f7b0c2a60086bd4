"""Requests of the next months from the growth a buyer states. Pure: no Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, hypot, sqrt
from statistics import NormalDist, fmean, stdev

MONTHS = 12
LEVEL = 0.80
# Four whole weeks, so that every weekday counts alike.
USAGE_DAYS = 28
DAYS_PER_WEEK = 7
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRequests:
    """Requests in one calendar month (`month` is its first day), unrounded."""

    month: date
    low: float
    expected: float
    high: float


def monthly_requests(
    *,
    requests_per_month: int,
    growth_per_month: float,
    growth_uncertainty: float,
    today: date,
    months: int = MONTHS,
    level: float = LEVEL,
) -> tuple[MonthlyRequests, ...]:
    """Return the requests of the `months` calendar months after `today`'s.

    The stated R is that of the first of them, k = 0, as in every projection of spend.
    With growth g and its standard deviation s a month:

        expected = R * (1 + g)**k
        low, high = expected * exp(-/+ z * k * s / (1 + g))

    One growth rate is unknown, not twelve independent ones, so the error of its
    logarithm, s / (1 + g) by the delta method, adds up in proportion to k and not to
    its root. z cuts (1 - level) / 2 off each tail: 1.2816 at 0.80.
    """
    factor = 1 + growth_per_month
    z = NormalDist().inv_cdf(0.5 + level / 2)
    forecast = []
    for k in range(months):
        expected = requests_per_month * factor**k
        spread = exp(z * k * growth_uncertainty / factor)
        forecast.append(
            MonthlyRequests(
                month=month_after(today, k + 1),
                low=expected / spread,
                expected=expected,
                high=expected * spread,
            )
        )
    return tuple(forecast)


def requests_from_usage(
    by_day: Sequence[float],
    *,
    last_day: date,
    growth_per_month: float,
    growth_uncertainty: float,
    today: date,
    months: int = MONTHS,
    level: float = LEVEL,
) -> tuple[MonthlyRequests, ...]:
    """Return the requests of the `months` calendar months after `today`'s.

    `by_day` are those of the `USAGE_DAYS` days up to `last_day`. Four weeks tell how
    much there is, not how it grows, so growth g and its deviation s stay as stated.
    With t months from the middle of the four weeks to that of a month:

        expected = mean of a day * 365.25 / 12 * (1 + g)**t
        low, high = expected * exp(-/+ z * hypot(e, t * s / (1 + g)))

    where e is the relative standard error of the mean of the four weeks.
    """
    factor = 1 + growth_per_month
    z = NormalDist().inv_cdf(0.5 + level / 2)
    middle = last_day - timedelta(days=USAGE_DAYS // 2 - 1)
    forecast = []
    for k in range(1, months + 1):
        month, end = month_after(today, k), month_after(today, k + 1)
        ahead = ((month - middle) + (end - middle)).days / 2 / DAYS_PER_MONTH
        expected = fmean(by_day) * DAYS_PER_MONTH * factor**ahead
        error = hypot(_error(by_day), ahead * growth_uncertainty / factor)
        spread = exp(z * error)
        forecast.append(
            MonthlyRequests(
                month=month,
                low=expected / spread,
                expected=expected,
                high=expected * spread,
            )
        )
    return tuple(forecast)


def _error(by_day: Sequence[float]) -> float:
    weeks = [
        sum(by_day[first : first + DAYS_PER_WEEK])
        for first in range(0, len(by_day), DAYS_PER_WEEK)
    ]
    mean = fmean(weeks)
    return stdev(weeks) / mean / sqrt(len(weeks)) if mean else 0.0


def month_after(day: date, count: int) -> date:
    """Return the first day of the month `count` months after the one of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, 1)
