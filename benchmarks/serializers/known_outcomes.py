"""What the API shows of outcomes: what an import kept, and what is known on a set."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from benchmarks.known_scores import KnownScore
from benchmarks.models import Basis, EvaluationRun
from catalog.models import ServiceTier
from catalog.serializers import OfferingReferenceSerializer


class FlagSerializer(serializers.Serializer):
    """What is odd about some models' rows."""

    code = serializers.ChoiceField(choices=["unaligned"])
    models = serializers.ListField(child=serializers.CharField())
    others = serializers.ListField(child=serializers.CharField())
    items = serializers.IntegerField(help_text="Asked of both.")
    correlation = serializers.FloatField(help_text="Of their scores, item by item.")
    low = serializers.FloatField(help_text="One-sided 95 % limit.")
    high = serializers.FloatField(help_text="One-sided 95 % limit.")
    detail = serializers.CharField()


class ImportedRunSerializer(serializers.Serializer):
    """What was kept of one model of a file."""

    id = serializers.SerializerMethodField()
    name = serializers.CharField(source="source.model", help_text="In the file.")
    model = serializers.CharField(source="language_model.slug")
    offering = OfferingReferenceSerializer(allow_null=True)
    items = serializers.SerializerMethodField()
    samples = serializers.IntegerField(help_text="The most of any item.")
    outcomes = serializers.IntegerField(source="calls_total")
    without_score = serializers.IntegerField(source="calls_failed")
    feeds_advice = serializers.BooleanField()
    not_fed_because = serializers.CharField()

    @extend_schema_field({"type": ["string", "null"], "format": "uuid"})
    def get_id(self, run: EvaluationRun) -> str | None:
        """Return the run's id; null in a dry run, of which nothing is kept."""
        return None if self.context["dry_run"] else str(run.pk)

    def get_items(self, run: EvaluationRun) -> int:
        """Return how many items have outcomes."""
        return len(run.positions)


class ImportedOutcomesSerializer(serializers.Serializer):
    """What became of the outcomes that were sent."""

    dry_run = serializers.SerializerMethodField()
    task = serializers.CharField()
    runs = ImportedRunSerializer(many=True)
    unchanged = serializers.ListField(
        child=serializers.CharField(), help_text="Models that were known already."
    )
    notes = serializers.ListField(child=serializers.CharField())
    flags = FlagSerializer(many=True)

    def get_dry_run(self, _: Any) -> bool:
        """Tell whether nothing was kept."""
        return bool(self.context["dry_run"])


class ScoreSerializer(serializers.Serializer):
    """A mean of item scores, with its interval."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    level = serializers.FloatField()


class SubjectOutcomesSerializer(serializers.Serializer):
    """What is known of one model, or of one offering, on one basis."""

    model = serializers.CharField(source="known.subject.model.slug")
    offering = OfferingReferenceSerializer(
        source="known.subject.offering",
        allow_null=True,
        help_text="Null for a model as such, whoever serves it.",
    )
    service_tier = serializers.ChoiceField(
        choices=ServiceTier.choices, source="known.subject.service_tier"
    )
    basis = serializers.ChoiceField(choices=Basis.choices, source="known.basis")
    items = serializers.IntegerField(help_text="With a score.")
    outcomes = serializers.IntegerField()
    samples = serializers.IntegerField(help_text="The most of any item.")
    score = ScoreSerializer(allow_null=True)
    verdicts = serializers.DictField(child=serializers.IntegerField())
    feeds_advice = serializers.BooleanField()
    runs = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_runs(self, score: KnownScore) -> list[str]:
        """Return the ids of the runs, oldest first."""
        return [str(run.pk) for run in score.known.runs]


class KnownOutcomesSerializer(serializers.Serializer):
    """What is known on a set."""

    evaluation_set = serializers.UUIDField()
    items = serializers.IntegerField(help_text="Of the set.")
    subjects = SubjectOutcomesSerializer(many=True)
    flags = FlagSerializer(many=True)
