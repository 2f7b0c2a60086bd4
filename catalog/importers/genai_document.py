"""The JSON of the genai-prices list, read into conditions and prices, and written.

Pure apart from `export`, which loads the installed package.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

Prices = Mapping[str, "Decimal | Tiered"]


@dataclass(frozen=True, slots=True)
class Tiered:
    """A price with a cliff: `tiers` are (prompt tokens to exceed, price), ascending."""

    base: Decimal
    tiers: tuple[tuple[int, Decimal], ...]

    def above(self, threshold: int) -> Decimal:
        """Return the price of a prompt that just exceeds `threshold` tokens."""
        reached = [price for start, price in self.tiers if start <= threshold]
        return reached[-1] if reached else self.base


@dataclass(frozen=True, slots=True)
class Condition:
    """When a price is active: from a day on, or between two hours of every day."""

    start: date | None = None
    hours: tuple[time, time] | None = None

    def active(self, day: date, clock: time | None) -> bool:
        """Tell whether it is; without a clock no daily hours are active."""
        if self.start is not None and day < self.start:
            return False
        if self.hours is None:
            return True
        if clock is None:
            return False
        starts, ends = self.hours
        if ends < starts:
            return clock >= starts or clock < ends
        return starts <= clock < ends


@dataclass(frozen=True, slots=True)
class Conditional:
    """Prices under a condition; `when` is the request context of a variant."""

    condition: Condition
    prices: Prices
    when: tuple[tuple[str, str], ...] = ()


class Unreadable(ValueError):
    """A part of the sheet is not as its format says; carries the field's name."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column = column


def export() -> str:
    """Return the installed package's list as canonical JSON, the same every time."""
    # Importing the package's data takes a good part of a second.
    from genai_prices.data import providers

    document = [_exported(provider) for provider in providers]
    return json.dumps(document, default=_plain, sort_keys=True, separators=(",", ":"))


def _exported(provider: Any) -> dict[str, Any]:
    return {
        "id": provider.id,
        "name": provider.name,
        "models": [
            {
                "id": model.id,
                "name": model.name,
                "context_window": model.context_window,
                "deprecated": model.deprecated,
                "prices": model.prices,
                "price_variants": model.price_variants or [],
            }
            for model in provider.models
        ],
    }


def _plain(value: object) -> Any:
    """Return the JSON form of a value of the package."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return {name: item for name, item in vars(value).items() if item is not None}


def read_conditionals(stored: object) -> list[Conditional]:
    """Read a model's prices: one object, or a list of them with conditions."""
    if isinstance(stored, Mapping):
        return [Conditional(Condition(), _prices(stored))]
    if not isinstance(stored, list) or not stored:
        raise Unreadable("prices", "must be an object, or a list that is not empty")
    conditionals = []
    for each in stored:
        if not isinstance(each, Mapping) or "prices" not in each:
            raise Unreadable("prices", "each conditional price needs prices")
        condition = _condition(each.get("constraint"))
        conditionals.append(Conditional(condition, _prices(each["prices"])))
    return conditionals


def read_variants(stored: object) -> list[Conditional]:
    """Read a model's variants, each with the request context it is for."""
    if not isinstance(stored, list):
        raise Unreadable("price_variants", "must be a list")
    variants = []
    for each in stored:
        when = each.get("when") if isinstance(each, Mapping) else None
        if not isinstance(when, Mapping) or not when:
            raise Unreadable("price_variants", "each variant needs a `when`")
        variants.append(
            Conditional(
                _condition(each.get("constraint")),
                _prices(each.get("prices", {})),
                tuple(sorted((str(key), str(value)) for key, value in when.items())),
            )
        )
    return variants


def _condition(stored: object) -> Condition:
    if stored is None:
        return Condition()
    try:
        assert isinstance(stored, Mapping)  # noqa: S101  # as good as a type error
        if "start_date" in stored:
            return Condition(start=date.fromisoformat(stored["start_date"]))
        starts, ends = stored["start_time"], stored["end_time"]
        return Condition(hours=(_utc_time(starts), _utc_time(ends)))
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        detail = "must have a start_date, or a start_time and an end_time"
        raise Unreadable("constraint", detail) from error


def _utc_time(text: str) -> time:
    """Read a time of day, in UTC when it names no offset."""
    clock = time.fromisoformat(text)
    if clock.tzinfo is None:
        return clock
    moment = datetime.combine(date(1970, 1, 1), clock).astimezone(UTC)
    return moment.time()


def _prices(stored: object) -> Prices:
    if not isinstance(stored, Mapping):
        raise Unreadable("prices", "must be an object of prices")
    return {
        str(key): _price(str(key), value)
        for key, value in stored.items()
        if value is not None
    }


def _price(key: str, value: object) -> Decimal | Tiered:
    if not isinstance(value, Mapping):
        return _number(key, value)
    tiers = value.get("tiers")
    if not isinstance(tiers, list) or "base" not in value:
        raise Unreadable(key, "a tiered price needs a base and tiers")
    return Tiered(
        base=_number(key, value["base"]),
        tiers=tuple(sorted(_tier(key, tier) for tier in tiers)),
    )


def _tier(key: str, stored: object) -> tuple[int, Decimal]:
    start = stored.get("start") if isinstance(stored, Mapping) else None
    if not isinstance(stored, Mapping) or not isinstance(start, int) or start < 0:
        raise Unreadable(key, "a tier needs a start, in tokens, and a price")
    return start, _number(key, stored.get("price"))


def _number(key: str, value: object) -> Decimal:
    """Return an exact price, given as a JSON number or as a string of one."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable(key, f"{value!r} is not a number")
    try:
        number = Decimal(value)
    except ArithmeticError as error:
        raise Unreadable(key, f"{value!r} is not a number") from error
    if not number.is_finite() or number < 0:
        raise Unreadable(key, f"{value!r} must be a number from 0 up")
    return number
