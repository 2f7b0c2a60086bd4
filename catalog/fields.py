"""Serializer fields that take JSON at its word: "5" is no number, 1 is no boolean."""

import re
from decimal import Decimal
from math import isfinite
from typing import Any, NoReturn

from rest_framework import serializers

# Python reads more than other languages do: "1_0" and digits of every script.
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
AMOUNT_DIGITS = 20
AMOUNT_DECIMALS = 6


class NumberField(serializers.FloatField):
    """A finite JSON number."""

    default_error_messages = {
        "invalid": "Give a JSON number, such as 0.25, without quotes.",
    }

    def to_internal_value(self, data: Any) -> float:
        """Return the number as a float."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        if not _is_finite(data):
            self.fail("invalid")
        return float(data)


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction; 1e6 counts as one."""

    default_error_messages = {
        "invalid": "Give a whole JSON number, such as 1200, without quotes.",
    }

    def to_internal_value(self, data: Any) -> int:
        """Return the number as an int."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        if isinstance(data, float) and not data.is_integer():
            self.fail("invalid")
        return int(data)


def _is_finite(number: int | float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False


class TextField(serializers.CharField):
    """A JSON string; the base field would also take a number."""

    default_error_messages = {"invalid": "Give a JSON string."}

    def to_internal_value(self, data: Any) -> str:
        """Return the string without white space at its ends."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class TrueOrFalseField(serializers.BooleanField):
    """JSON's true or false, and nothing that merely looks like it."""

    default_error_messages = {"invalid": "Give true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class OneOfField(serializers.ChoiceField):
    """One of a few words; a refusal lists them, unless it has words of its own."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        if "invalid_choice" not in options.get("error_messages", {}):
            known = ", ".join(str(choice) for choice in self.choices)
            self.error_messages["invalid_choice"] = (
                f'"{{input}}" is not taken here: give one of {known}.'
            )


class DecimalStringField(serializers.DecimalField):
    """An exact decimal, as a string: a JSON fraction has lost its digits already."""

    default_error_messages = {
        "invalid": 'Give a decimal number as a string, such as "1250.00".',
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the exact decimal."""
        if not isinstance(data, str) or not DECIMAL.fullmatch(data.strip()):
            self.invalid()
        return Decimal(super().to_internal_value(data))

    def invalid(self) -> NoReturn:
        """Refuse the value with the remedy."""
        self.fail("invalid")
        raise AssertionError  # `fail` never returns


def plain(number: Decimal) -> str:
    """Return the decimal without an exponent or idle zeros: "0.15", "1200"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unknown_slug(what: str, slug: str, closest: str | None) -> str:
    """Return the sentence that refuses the slug of a provider or model."""
    hint = f'did you mean "{closest}"?' if closest else f"take a slug from {what}s/."
    return f'No {what} "{slug}": {hint}'
