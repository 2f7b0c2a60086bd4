"""Query parameters that are checked like the fields of a body."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.serializers import StrictSerializer
from catalog.calendar import EARLIEST
from catalog.filters import OTHER_PARAMETERS
from catalog.filters import MomentField as MomentFormField

DAY_MS = 86_400_000.0


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field):
    """A moment with its offset, or a date, which means its first instant in UTC."""

    def to_internal_value(self, data: Any) -> datetime:
        """Return the aware moment."""
        try:
            moment: datetime = MomentFormField().clean(data)
        except forms.ValidationError as error:
            raise serializers.ValidationError(error.messages, "invalid") from error
        if moment < EARLIEST:
            raise serializers.ValidationError(
                f"Must not lie before {EARLIEST:%Y}: nothing was measured then.",
                "too_early",
            )
        return moment


@extend_schema_field(
    {"type": "number", "exclusiveMinimum": 0, "maximum": DAY_MS, "example": 500}
)
class MillisecondsField(serializers.FloatField):
    """A time limit in milliseconds, in the digits of a query."""

    default_error_messages = {
        "invalid": "Give milliseconds, such as 500.",
        "range": f"Must lie above 0, and at most {DAY_MS:.0f}, which is a day.",
    }

    def to_internal_value(self, data: Any) -> float:
        """Return the finite number."""
        number = super().to_internal_value(data)
        if not isfinite(number):
            self.fail("invalid")
        if not 0 < number <= DAY_MS:
            self.fail("range")
        return number


@extend_schema_field({"type": "string", "example": "3,5"})
class CountsField(serializers.Field):
    """Whole numbers with commas between them."""

    def __init__(self, *, least: int, most: int, length: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most, self.length = least, most, length

    def to_internal_value(self, data: Any) -> tuple[int, ...]:
        """Return the numbers in order, each once."""
        parts = str(data).split(",")
        if len(parts) > self.length or not all(map(self._is_taken, parts)):
            raise serializers.ValidationError(
                f"Give up to {self.length} whole numbers from {self.least} to"
                f" {self.most} with commas between them, such as 3,5.",
                "invalid",
            )
        return tuple(sorted({int(part) for part in parts}))

    def _is_taken(self, text: str) -> bool:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        return digits and self.least <= int(text) <= self.most


class QuerySerializer(StrictSerializer):
    """Takes a query; one that is misspelt is refused, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the native values; pages and formats are others' to read."""
        if isinstance(data, Mapping):
            data = {k: v for k, v in data.items() if k not in OTHER_PARAMETERS}
        return super().to_internal_value(data)


def asked_in(
    request: Request, query: type[QuerySerializer], **context: Any
) -> dict[str, Any]:
    """Return what a request's query asks; raises a 400 that names each slip."""
    asked = query(data=request.query_params.dict(), context=context)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found
