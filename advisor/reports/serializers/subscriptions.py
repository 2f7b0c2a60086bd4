"""What the API takes and shows of subscriptions and of when reports are made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import StrictSerializer
from advisor.reports.models import AlertKind, EndReason, ReportSchedule, Subscription
from advisor.reports.schedule import next_moment
from advisor.reports.serializers.fields import (
    AddressField,
    LocaleField,
    price_threshold,
    saving_threshold,
)
from catalog.fields import (
    OneOfField,
    TextField,
    TrueOrFalseField,
    WholeNumberField,
)

REQUIRED = ("email",)
OPTIONAL = (
    "locale",
    "weekly_report",
    "alerts",
    "price_change_percent",
    "saving_usd_per_month",
)
SCHEDULED = ("time_zone", "weekday", "hour", "enabled")
STATES = ("unconfirmed", "in_force", "ended")


class TimeZoneField(TextField):
    """A time zone of the IANA database, such as Europe/Paris."""

    def to_internal_value(self, data: Any) -> str:
        """Return the name, if there is such a zone."""
        name = super().to_internal_value(data)
        if name not in available_timezones():
            raise serializers.ValidationError(
                "No such time zone: give a name of the IANA database, such as"
                " Europe/Paris or UTC.",
                "unknown_time_zone",
            )
        return name


class SubscriptionSerializer(StrictSerializer):
    """An address, and what is sent to it."""

    id = serializers.UUIDField(read_only=True)
    email = AddressField(
        max_length=254, help_text="One's own, or with the scope admin anybody's."
    )
    locale = LocaleField(
        required=False,
        help_text="How numbers and dates are written; en_US when left out.",
    )
    weekly_report = TrueOrFalseField(required=False, help_text="True when left out.")
    alerts = serializers.ListField(
        child=OneOfField(choices=AlertKind.choices),
        required=False,
        help_text="Which kinds are sent at once; none when left out.",
    )
    price_change_percent = price_threshold()
    saving_usd_per_month = saving_threshold()
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    confirmed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    ended_because = serializers.SerializerMethodField()

    def validate_alerts(self, kinds: list[str]) -> list[str]:
        """Name each kind once, in their own order."""
        return [kind for kind in AlertKind.values if kind in kinds]

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, subscription: Subscription) -> str:
        """Tell whether anything is sent, and else what that waits for."""
        if subscription.ended_at is not None:
            return "ended"
        return "unconfirmed" if subscription.confirmed_at is None else "in_force"

    @extend_schema_field(
        serializers.ChoiceField(choices=EndReason.choices, allow_null=True)
    )
    def get_ended_because(self, subscription: Subscription) -> str | None:
        """Tell why nothing is sent any more; null while something may be."""
        return subscription.ended_because or None


class ReportScheduleSerializer(StrictSerializer):
    """When the weekly report is made."""

    time_zone = TimeZoneField(
        required=False, max_length=60, help_text="UTC when left out."
    )
    weekday = WholeNumberField(
        required=False,
        min_value=1,
        max_value=7,
        help_text="From Monday, 1, to Sunday, 7; 1 when left out.",
    )
    hour = WholeNumberField(
        required=False,
        min_value=0,
        max_value=23,
        help_text="On the clock of the time zone; 8 when left out.",
    )
    enabled = TrueOrFalseField(required=False, help_text="True when left out.")
    next_at = serializers.SerializerMethodField(
        help_text="When the next report is made; null while none is."
    )

    def get_next_at(self, schedule: ReportSchedule) -> datetime | None:
        """Tell when the next one is due, from the moment of the request."""
        if not schedule.enabled:
            return None
        return next_moment(self.context["now"], schedule)


def subscription_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a subscription's fields for what was asked, defaults for what was not."""
    return {**_defaults(Subscription, OPTIONAL), **validated}


def schedule_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schedule's fields for what was asked, defaults for what was not."""
    return {**_defaults(ReportSchedule, SCHEDULED), **validated}


def asked_of(row: Subscription | ReportSchedule) -> dict[str, Any]:
    """Return a row as the caller could have stated it."""
    if isinstance(row, ReportSchedule):
        return {name: getattr(row, name) for name in SCHEDULED}
    stated = {name: getattr(row, name) for name in (*REQUIRED, *OPTIONAL)}
    for name in ("price_change_percent", "saving_usd_per_month"):
        stated[name] = str(stated[name])
    return stated


def _defaults(model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: model._meta.get_field(name).get_default() for name in names}
