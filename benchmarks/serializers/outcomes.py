"""What the API takes of outcomes that were brought along."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from benchmarks.importers.outcome_rows import LONGEST_NAME
from benchmarks.importers.sent import FORMATS, OUTCOMES, SentOutcomes
from catalog.fields import OneOfField, TextField

MOST_MODELS = 200
_TRUTH = {"true": True, "false": False}


@extend_schema_field({"type": "string", "format": "binary"})
class FileTextField(serializers.Field):
    """A file of a form, as its name and its text."""

    def to_internal_value(self, data: Any) -> tuple[str, str]:
        """Return name and text; refuse what is no file, or not UTF-8."""
        if not isinstance(data, UploadedFile):
            raise serializers.ValidationError(
                "Send it as a file of multipart/form-data; in JSON, give rows."
            )
        try:
            return str(data.name or ""), data.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise serializers.ValidationError(
                f"The file is not UTF-8: byte {error.start} is wrong. Save it as UTF-8."
            ) from error


@extend_schema_field({"type": "array", "items": {"type": "object"}})
class RowsField(serializers.Field):
    """Rows as JSON objects; what they say is checked by the importer."""

    def to_internal_value(self, data: Any) -> list[Mapping[str, Any]]:
        """Return the rows."""
        if not isinstance(data, list):
            raise serializers.ValidationError("Give an array of objects.")
        for index, row in enumerate(data):
            if not isinstance(row, Mapping):
                raise serializers.ValidationError({str(index): ["Give an object."]})
        return data


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
)
class NamesField(serializers.Field):
    """Names to names, as an object; in a form, the JSON text of one."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the mapping, null as an empty name."""
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                data = None
        if not isinstance(data, dict) or not all(
            value is None or isinstance(value, str) for value in data.values()
        ):
            raise serializers.ValidationError(
                'Give an object of texts, such as {"my-llama": "llama-3.1-8b"}.'
            )
        if len(data) > MOST_MODELS:
            raise serializers.ValidationError(f"Give at most {MOST_MODELS} names.")
        return {str(name): (value or "").strip() for name, value in data.items()}


@extend_schema_field({"type": "boolean"})
class TruthField(serializers.Field):
    """True or false; in a form or a query, as a word."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean."""
        found = data if isinstance(data, bool) else _TRUTH.get(str(data))
        if found is None:
            raise serializers.ValidationError("Give true or false.", "invalid")
        return found


class SentOutcomesSerializer(StrictSerializer):
    """Outcomes of one task: a file of a form, or rows."""

    file = FileTextField(required=False, help_text="CSV or JSON lines, in UTF-8.")
    rows = RowsField(required=False, help_text="In JSON, in place of a file.")
    format = OneOfField(
        choices=FORMATS, required=False, help_text=f"Default {OUTCOMES}."
    )
    task = TextField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="Which to take of a file of several tasks.",
    )
    model = TextField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="Whose answers the samples of lm_evaluation are.",
    )
    metric = TextField(
        required=False,
        max_length=LONGEST_NAME,
        help_text='Of lm_evaluation, such as "exact_match,strict-match".',
    )
    models = NamesField(
        required=False,
        help_text="The file's names of models to slugs, or to ids of offerings; null"
        " leaves a model out.",
    )
    accept_unaligned = TruthField(
        required=False,
        help_text="Let models feed advice whose rows seem to be of other items.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of `import_outcomes` for what was sent."""
        if ("file" in attrs) == ("rows" in attrs):
            raise serializers.ValidationError(
                {"file": ["Send either a file, or rows in JSON."]}, "required"
            )
        name, text = attrs.get("file", ("", None))
        stated = {
            each: attrs[each]
            for each in ("format", "task", "model", "metric", "rows")
            if each in attrs
        }
        return {
            "sent": SentOutcomes(file=name, text=text, **stated),
            "models": attrs.get("models", {}),
            "accept_unaligned": attrs.get("accept_unaligned", False),
        }


class DryRunSerializer(StrictSerializer):
    """Whether to keep what was sent."""

    dry_run = TruthField(
        required=False, help_text="True checks and reports, and keeps nothing."
    )
