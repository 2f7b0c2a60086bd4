"""Requests of the next months from the growth a buyer states. Pure: no Django."""

from dataclasses import dataclass
from datetime import date
from math import exp
from statistics import NormalDist

MONTHS = 12
LEVEL = 0.80


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


def month_after(day: date, count: int) -> date:
    """Return the first day of the month `count` months after the one of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, 1)
