"""Query parameters that are checked like the fields of a body."""

from datetime import datetime
from typing import Any

from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings

from accounts.serializers import StrictSerializer
from catalog.calendar import EARLIEST
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
        """Return the number."""
        number = super().to_internal_value(data)
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


def asked_in(
    request: Request, query: type[StrictSerializer], **context: Any
) -> dict[str, Any]:
    """Return what a request's query asks; raises a 400 that names each slip."""
    given = request.query_params.dict()
    # Chooses how the reply is written, and is not the view's to read.
    given.pop(str(api_settings.URL_FORMAT_OVERRIDE), None)
    asked = query(data=given, context=context)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found
