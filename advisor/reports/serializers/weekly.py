"""What the API says of weekly reports, and what it may be asked about them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import StrictSerializer
from advisor.reports.models import WeeklyReport
from advisor.reports.schedule import USUAL, BadWeek, moment_of
from advisor.reports.serializers.fields import LocaleField

LOCALE = "en_US"


class WeekField(serializers.CharField):
    """An ISO week, such as 2026-W47."""

    def to_internal_value(self, data: Any) -> str:
        """Return the week."""
        week = super().to_internal_value(data)
        try:
            moment_of(week, USUAL)
        except BadWeek as error:
            raise serializers.ValidationError(str(error), "invalid") from error
        return week


class EditionQuerySerializer(StrictSerializer):
    """Which edition of a report to show."""

    locale = LocaleField(default=LOCALE)


class PreviewQuerySerializer(EditionQuerySerializer):
    """Which week to show a report of."""

    week = WeekField(required=False, help_text="Left out: as it would read now.")


class WeeklyReportSummarySerializer(serializers.ModelSerializer):
    """A report without its content."""

    class Meta:
        model = WeeklyReport
        fields = [
            "id",
            "week",
            "time_zone",
            "covers_from",
            "covers_to",
            "known_at",
            "created_at",
        ]


class WeeklyReportSerializer(WeeklyReportSummarySerializer):
    """A report with all that its editions are written from."""

    content = serializers.DictField(
        help_text="In this order: actions, spend, changes, size_mix, health, upcoming,"
        " confidence; docs/buyers.md explains them."
    )

    class Meta(WeeklyReportSummarySerializer.Meta):
        fields = [*WeeklyReportSummarySerializer.Meta.fields, "content"]


class PreviewReply(serializers.Serializer):
    """A report that is not kept, and how it would be written."""

    week = serializers.CharField()
    time_zone = serializers.CharField()
    covers_from = serializers.DateTimeField()
    covers_to = serializers.DateTimeField()
    known_at = serializers.DateTimeField()
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField(help_text="A whole page that holds its pictures.")
    content = serializers.DictField()
