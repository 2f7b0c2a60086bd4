"""What the API takes and shows of actual usage."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from catalog.calendar import EARLIEST
from catalog.fields import (
    AMOUNT_DECIMALS,
    AMOUNT_DIGITS,
    DecimalStringField,
    OneOfField,
    TextField,
    WholeNumberField,
)
from catalog.models import ServiceTier
from workloads.currencies import currencies
from workloads.models.usage import LONGEST_PERIOD, UsageRecord

MAX_ROWS = 10_000
MAX_COUNT = 10**15
ONE_DAY = timedelta(days=1)

_PERIOD = "Give either a day, or both from and to."
Fields = dict[str, serializers.Field]


class BillSerializer(StrictSerializer):
    """What the bill says of a period."""

    amount = DecimalStringField(
        max_digits=AMOUNT_DIGITS,
        decimal_places=AMOUNT_DECIMALS,
        min_value=Decimal(0),
        normalize_output=True,
    )
    currency = TextField()

    def validate_currency(self, code: str) -> str:
        """Refuse what is no currency, or none that pays bills today."""
        if code not in currencies():
            raise serializers.ValidationError(
                f'"{code[:20]}" is no ISO 4217 code of a currency in use: give one'
                " such as EUR.",
                "unknown_currency",
            )
        return code


class CountField(WholeNumberField):
    """How many, from 0; a row may come from a table as well as from JSON."""

    default_error_messages = {
        "invalid": "Give a whole number, such as 1200, without quotes or points.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_COUNT, **options)


class UsageSerializer(StrictSerializer):
    """What was used of one offering and tier on a day, or between two moments."""

    day = serializers.DateField(required=False, allow_null=True, help_text="In UTC.")
    offering = serializers.UUIDField()
    service_tier = OneOfField(
        choices=ServiceTier.choices, required=False, help_text="Default standard."
    )
    requests = CountField()
    input_tokens = CountField(help_text="Whole prompts, cached tokens among them.")
    cached_input_tokens = CountField(required=False, help_text="Default 0.")
    output_tokens = CountField(help_text="Whole answers, reasoning tokens among them.")
    reasoning_tokens = CountField(required=False, help_text="Default 0.")
    billed = BillSerializer(required=False, allow_null=True)

    def get_fields(self) -> Fields:
        """Add `from` and `to`, which Python keeps the first of to itself."""
        return _bounds(required=False, allow_null=True) | super().get_fields()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return a usage row's fields, the period as two moments."""
        used_from, used_to = _period(attrs)
        _check_parts(attrs)
        bill = attrs.get("billed") or {}
        return {
            "offering_id": attrs["offering"],
            "service_tier": attrs.get("service_tier", ServiceTier.STANDARD.value),
            "used_from": used_from,
            "used_to": used_to,
            "requests": attrs["requests"],
            "input_tokens": attrs["input_tokens"],
            "cached_input_tokens": attrs.get("cached_input_tokens", 0),
            "output_tokens": attrs["output_tokens"],
            "reasoning_tokens": attrs.get("reasoning_tokens", 0),
            "billed_amount": bill.get("amount"),
            "billed_currency": bill.get("currency", ""),
        }


def _bounds(**options: Any) -> Fields:
    return {
        "from": serializers.DateTimeField(help_text="First moment, in UTC.", **options),
        "to": serializers.DateTimeField(
            help_text="First moment afterwards; at most 31 days later.", **options
        ),
    }


def _period(attrs: Mapping[str, Any]) -> tuple[datetime, datetime]:
    day, start, end = (attrs.get(name) for name in ("day", "from", "to"))
    if day is not None:
        if start is not None or end is not None:
            raise _refused("day", _PERIOD, "contradiction")
        start = datetime.combine(day, time(), UTC)
        end = start + ONE_DAY
    if start is None or end is None:
        raise _refused("day" if start is end is None else "to", _PERIOD, "required")
    if start < EARLIEST:
        raise _refused("from", f"Must not lie before {EARLIEST:%Y}.", "min_value")
    if end <= start:
        raise _refused("to", "Must come after from.", "min_value")
    if end - start > LONGEST_PERIOD:
        raise _refused(
            "to", "Must lie at most 31 days after from: split the period.", "max_value"
        )
    return start, end


def _check_parts(attrs: Mapping[str, Any]) -> None:
    for part, whole in (
        ("cached_input_tokens", "input_tokens"),
        ("reasoning_tokens", "output_tokens"),
    ):
        if attrs.get(part, 0) > attrs[whole]:
            raise _refused(part, f"Must not exceed {whole}, which it is part of.", part)
    if not attrs["requests"] and (attrs["input_tokens"] or attrs["output_tokens"]):
        raise _refused("requests", "Tokens come from requests: count them.", "required")


def _refused(field: str, message: str, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: [message]}, code)


class PeriodSerializer(StrictSerializer):
    """Which part of a history is asked for."""

    def get_fields(self) -> Fields:
        """Return the two bounds; either may be left out."""
        return {
            "from": serializers.DateTimeField(
                required=False, help_text="Periods that end after this moment."
            ),
            "to": serializers.DateTimeField(
                required=False, help_text="Periods that begin before this moment."
            ),
        }


class UsageRecordSerializer(serializers.Serializer):
    """One record as it was received."""

    id = serializers.UUIDField()
    offering = serializers.UUIDField(source="offering_id")
    service_tier = serializers.CharField()
    requests = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    cached_input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    reasoning_tokens = serializers.IntegerField()
    billed = BillSerializer(allow_null=True)
    received_at = serializers.DateTimeField()
    holds = serializers.BooleanField(
        help_text="False once a newer record of the same period corrects this one."
    )

    def get_fields(self) -> Fields:
        """Put the period first."""
        bounds: Fields = {
            "from": serializers.DateTimeField(source="used_from"),
            "to": serializers.DateTimeField(source="used_to"),
        }
        return bounds | super().get_fields()

    def to_representation(self, instance: UsageRecord) -> dict[str, Any]:
        """Show the bill as an amount and a currency, null where none was sent."""
        amount = instance.billed_amount
        instance.billed = (  # type: ignore[attr-defined]  # for the field
            None
            if amount is None
            else {"amount": amount, "currency": instance.billed_currency}
        )
        return super().to_representation(instance)


@extend_schema_serializer(many=False)
class UsageReceivedSerializer(serializers.Serializer):
    """What became of an upload's rows."""

    received_at = serializers.DateTimeField()
    added = serializers.IntegerField()
    corrected = serializers.IntegerField(help_text="Rows that correct earlier ones.")
    unchanged = serializers.IntegerField(help_text="Rows that were known already.")
