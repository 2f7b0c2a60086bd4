"""What the API takes and shows of price sheets."""

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from catalog.fields import OneOfField, TextField
from catalog.models import PriceSheet, SheetStatus


class SheetContentField(TextField):
    """The text of a sheet, as it is: its white space is its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)


class PriceSheetUploadSerializer(StrictSerializer):
    """A price list of the caller's own."""

    format = OneOfField(choices=["csv"])
    list = TextField(
        required=False,
        max_length=40,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9-]*$",
                'Give small letters, digits and dashes, such as "acme-2026".',
            )
        ],
        help_text="Name of the list, to keep several apart: a later sheet of the same"
        " list replaces what the earlier one offered.",
    )
    content = SheetContentField()


class DecisionSerializer(StrictSerializer):
    """Why a sheet was approved or rejected."""

    note = TextField(required=False, allow_blank=True, max_length=400)


class PriceSheetSerializer(serializers.Serializer):
    """A price sheet as it was received."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    version = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=SheetStatus.choices)
    own = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    received_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField()

    def get_own(self, sheet: PriceSheet) -> bool:
        """Tell whether it is the caller's, and not the service's."""
        return sheet.organization_id is not None

    @extend_schema_field(
        {"type": "object", "additionalProperties": {"type": "integer"}}
    )
    def get_counts(self, sheet: Any) -> dict[str, int]:
        """Tell how many listings and changes are in it."""
        counts = getattr(sheet, "counts", None)
        return (sheet.report.get("counts") if counts is None else counts) or {}


class PriceSheetDetailSerializer(PriceSheetSerializer):
    """A price sheet with its report row by row."""

    report = serializers.JSONField(
        help_text="held_because, changes (before and after), lost, problems, remarks."
    )
