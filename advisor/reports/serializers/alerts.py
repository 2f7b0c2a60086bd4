"""What the API shows of an alert."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from advisor.reports.alert_sentences import sentence_of
from advisor.reports.models import Alert, AlertKind
from catalog.fields import plain

LOCALE = "en_US"


class AlertWorkloadReply(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField(help_text="As it was when the alert was raised.")


class AlertReply(serializers.Serializer):
    """One piece of news about a workload."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    at = serializers.DateTimeField()
    workload = serializers.SerializerMethodField()
    recommendation = serializers.UUIDField(source="recommendation_id", allow_null=True)
    size = serializers.SerializerMethodField(
        help_text="Percent; of spend and savings, USD a month; null where there is"
        " nothing to compare."
    )
    sentence = serializers.SerializerMethodField()
    facts = serializers.DictField(help_text="What the sentence is written from.")

    @extend_schema_field(AlertWorkloadReply)
    def get_workload(self, alert: Alert) -> Any:
        """Show which workload it is about."""
        return alert.facts["workload"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_size(self, alert: Alert) -> str | None:
        """Show how large the change is."""
        return None if alert.size is None else plain(alert.size)

    def get_sentence(self, alert: Alert) -> str:
        """Say it for people."""
        return sentence_of(alert, LOCALE)
