"""What the API shows of a change of performance."""

from rest_framework import serializers

from benchmarks.change_sentences import ratio_of, sentence_of, unit_of
from benchmarks.models import PerformanceChange, PlanTokenClass
from benchmarks.serializers.performance import EndpointReply, FigureField
from catalog.serializers import OfferingReferenceSerializer


class PerformanceChangeReply(serializers.Serializer):
    """A lasting change of one figure at one endpoint."""

    id = serializers.IntegerField()
    offering = OfferingReferenceSerializer(source="endpoint.offering")
    endpoint = EndpointReply()
    token_class = serializers.ChoiceField(choices=PlanTokenClass.choices)
    figure = serializers.CharField(help_text="Such as ttft_ms_p50 or error_rate.")
    unit = serializers.SerializerMethodField()
    before = FigureField()
    after = FigureField()
    ratio = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()
    effective_from = serializers.DateTimeField(
        help_text="Start of the first run after the change."
    )
    received_at = serializers.DateTimeField(help_text="When it was found out.")
    began_run = serializers.UUIDField(source="began_run_id")
    detected_run = serializers.UUIDField(source="detected_run_id")

    def get_unit(self, change: PerformanceChange) -> str:
        """Name the unit of the levels."""
        return unit_of(change.figure)

    def get_ratio(self, change: PerformanceChange) -> float | None:
        """Return the level after to that before; null from nothing."""
        return ratio_of(change.before, change.after)

    def get_sentence(self, change: PerformanceChange) -> str:
        """Say it for people."""
        return sentence_of(change)
