"""Money, figures and moments as the API writes them: rounded here and once."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

Json = dict[str, Any]

_CENT = Decimal("0.01")
_NANO = Decimal("0.000000001")
_TENTH = Decimal("0.1")


def saving(today: Decimal | None, then: Decimal | None) -> Json:
    """Return what is saved against today, in money and percent; null if unknown."""
    if today is None or then is None:
        return {"amount": None, "percent": None}
    saved = today - then
    percent = (saved / today * 100).quantize(_TENTH) if today else None
    return {"amount": cent(saved), "percent": None if percent is None else str(percent)}


def interval(expected: Decimal, factor: float) -> dict[str, Decimal]:
    """Return the expected amount between itself divided and multiplied by a factor."""
    ratio = Decimal(repr(factor))
    return {"low": expected / ratio, "expected": expected, "high": expected * ratio}


def cents(bounds: dict[str, Decimal]) -> dict[str, str]:
    """Return every bound of an interval to a cent."""
    return {bound: cent(amount) for bound, amount in bounds.items()}


def cent(amount: Decimal) -> str:
    """Return a sum to a cent, half to even."""
    return str(amount.quantize(_CENT, rounding=ROUND_HALF_EVEN))


def nano(amount: Decimal) -> str:
    """Return the price of one request to a billionth, half to even."""
    return str(amount.quantize(_NANO, rounding=ROUND_HALF_EVEN))


def count(value: float) -> str | None:
    """Return a parameter count as a string without needless zeros."""
    return None if np.isnan(value) else f"{value:.10g}"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_moment(microseconds: int) -> str:
    """Return microseconds since 1970 as ISO 8601 in UTC."""
    return iso(_EPOCH + timedelta(microseconds=microseconds))


def iso(moment: datetime) -> str:
    """Return a moment in UTC as ISO 8601."""
    return moment.isoformat().replace("+00:00", "Z")


def rounded(value: float, places: int) -> float | None:
    """Return a figure that is no money, rounded; an unknown one is null."""
    return None if np.isnan(value) else round(float(value), places)
