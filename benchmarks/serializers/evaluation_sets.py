"""What the API takes and shows of evaluation sets and their items."""

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from benchmarks.importers import evaluation_items
from benchmarks.importers.evaluation_item_rows import Item
from benchmarks.models import EvaluationSet
from benchmarks.selectors.evaluation_sets import items_by
from benchmarks.serializers.load import VisibleField
from benchmarks.serializers.outcomes import FileTextField
from catalog.fields import OneOfField, TextField
from workloads.models import TaskFamily, Workload

_GRADER = {"type": "object", "required": ["kind"], "example": {"kind": "exact"}}
COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


@extend_schema_field({"oneOf": [_GRADER, {"type": "string"}]})
class GraderField(serializers.Field):
    """A grader, or its kind alone; in a form, the JSON text of one."""

    def to_internal_value(self, data: Any) -> Any:
        """Return an object or a word; what it says is checked with every item."""
        if isinstance(data, str) and data.lstrip().startswith("{"):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                data = None
        if not isinstance(data, str | Mapping) or not data:
            raise serializers.ValidationError(
                'Give an object such as {"kind": "exact"}, or a kind alone.'
            )
        return data


@extend_schema_field({"type": "array", "items": {"type": "object"}})
class ItemsField(serializers.Field):
    """Items as JSON objects; what they say is checked by their reader."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the rows."""
        if not isinstance(data, list):
            raise serializers.ValidationError("Give an array of objects.")
        return data


class SentItemsSerializer(StrictSerializer):
    """Items: a file of a form, or rows of JSON."""

    file = FileTextField(required=False, help_text="JSON lines or CSV, in UTF-8.")
    items = ItemsField(required=False, help_text="In JSON, in place of a file.")
    grader = GraderField(
        required=False, help_text="For the items that state none themselves."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse items that are sent twice."""
        if "file" in attrs and "items" in attrs:
            raise serializers.ValidationError(
                {"file": ["Send either a file, or items in JSON."]}, "contradiction"
            )
        return attrs


class SetUploadSerializer(SentItemsSerializer):
    """A set with its items; of a name that there is, it is the next version."""

    name = TextField(max_length=120)
    task_family = OneOfField(choices=TaskFamily.choices)
    workload = VisibleField(
        Workload.objects.filter(archived_at__isnull=True),
        "There is no such workload.",
        required=False,
        allow_null=True,
        help_text="Whose own set it is; null for all workloads of the task family.",
    )
    description = TextField(required=False, allow_blank=True, max_length=400)


def items_sent(asked: Mapping[str, Any]) -> tuple[Item, ...] | None:
    """Return the items of an upload, None where it has none.

    Raises Unreadable, or RowsRefused: for a file with the numbers of its lines, for
    rows with their places from 1.
    """
    grader = asked.get("grader")
    if "file" in asked:
        _, text = asked["file"]
        return evaluation_items.read(text, grader=grader)
    if "items" in asked:
        rows = enumerate(asked["items"], 1)
        return evaluation_items.read_rows(rows, grader=grader)
    return None


class EvaluationSetSerializer(serializers.Serializer):
    """A set of items that models are held against."""

    id = serializers.UUIDField(allow_null=True)
    own = serializers.SerializerMethodField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    task_family = serializers.ChoiceField(choices=TaskFamily.choices)
    workload = serializers.UUIDField(source="workload_id", allow_null=True)
    description = serializers.CharField()
    suite = serializers.CharField(
        help_text="Its kind, where it is one of the ready suite; else empty."
    )
    suite_seed = serializers.IntegerField(allow_null=True)
    items = serializers.IntegerField(
        source="item_count",
        help_text="With none, it takes those of the outcomes that are brought along.",
    )
    runs = serializers.IntegerField(
        source="run_count", help_text="How many the caller may see on this set."
    )
    content_sha256 = serializers.CharField(source="content_hash")
    created_at = serializers.DateTimeField()
    frozen_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when it cannot change: it was used then."
    )

    def get_own(self, evaluation_set: EvaluationSet) -> bool:
        """Tell whether it is the caller's, and not the ready suite's."""
        return evaluation_set.organization_id is not None


class EvaluationSetDetailSerializer(EvaluationSetSerializer):
    """A set with what its items are."""

    by_grader = serializers.SerializerMethodField()
    by_difficulty = serializers.SerializerMethodField()

    @extend_schema_field(COUNTS)
    def get_by_grader(self, evaluation_set: EvaluationSet) -> dict[str, int]:
        """Count the items by the kind of their grader."""
        return items_by(evaluation_set, "grader__kind")

    @extend_schema_field(COUNTS)
    def get_by_difficulty(self, evaluation_set: EvaluationSet) -> dict[str, int]:
        """Count the items by difficulty, "" being none stated."""
        return items_by(evaluation_set, "difficulty")


class MessageSerializer(serializers.Serializer):
    """What is said to the model."""

    role = serializers.CharField()
    content = serializers.CharField()


class EvaluationItemSerializer(serializers.Serializer):
    """One question, and how its answer is graded."""

    position = serializers.IntegerField()
    key = serializers.CharField()
    messages = MessageSerializer(many=True)
    expected = serializers.JSONField(allow_null=True)
    grader = serializers.DictField()
    weight = serializers.FloatField()
    cluster = serializers.CharField()
    difficulty = serializers.CharField()
    max_output_tokens = serializers.IntegerField()
