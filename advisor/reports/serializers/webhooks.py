"""What the API takes and shows of a webhook; its secret is shown once, when drawn."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.serializers import StrictSerializer
from advisor.reports.models import (
    AlertKind,
    Subscription,
    Webhook,
)
from advisor.reports.serializers.fields import (
    LocaleField,
    price_threshold,
    saving_threshold,
)
from catalog.fields import OneOfField, TextField

MAX_URL = 500
STATED = ("alerts", "price_change_percent", "saving_usd_per_month", "locale")


class WebhookSerializer(StrictSerializer):
    """An address that gets alerts as signed requests, and which ones."""

    id = serializers.UUIDField(read_only=True)
    name = TextField(max_length=120)
    url = TextField(
        max_length=MAX_URL,
        help_text="Https, at a public address; no credentials, no redirects.",
    )
    alerts = serializers.ListField(
        child=OneOfField(choices=AlertKind.choices),
        required=False,
        help_text="Which kinds it gets; all of them when left out.",
    )
    price_change_percent = price_threshold()
    saving_usd_per_month = saving_threshold()
    locale = LocaleField(required=False, help_text="Such as en_US.")
    enabled = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    disabled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    previous_secret_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="Until then the secret before the last rotation signs too.",
    )

    def validate_alerts(self, kinds: list[str]) -> list[str]:
        """Name each kind once, in their own order."""
        return [kind for kind in AlertKind.values if kind in kinds]

    def get_enabled(self, webhook: Webhook) -> bool:
        """Tell whether anything is still sent there."""
        return webhook.disabled_at is None

    def to_representation(self, instance: Webhook) -> dict[str, Any]:
        """Show the webhook with what its subscription states."""
        subscription = instance.subscriptions.all()[0]
        for name in STATED:
            setattr(instance, name, getattr(subscription, name))
        return super().to_representation(instance)


class WebhookWithSecretReply(WebhookSerializer):
    secret = serializers.CharField(
        allow_null=True,
        help_text="Shown this once: keep it where requests are verified. Null where"
        " the reply is repeated for an Idempotency-Key; then rotate.",
    )


class TrialReply(serializers.Serializer):
    outcome = serializers.ChoiceField(
        choices=["sent", "refused", "postponed", "unknown"]
    )
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)


def webhook_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a webhook is made of, defaults for what was not asked."""
    return {**{name: _default(name) for name in STATED}, **validated}


def asked_of(webhook: Webhook) -> dict[str, Any]:
    """Return a webhook in use as the caller could have stated it."""
    shown = WebhookSerializer(webhook).data
    return {name: shown[name] for name in ("name", "url", *STATED)}


def _default(name: str) -> Any:
    if name == "alerts":
        return list(AlertKind.values)
    field: Any = Subscription._meta.get_field(name)
    return field.get_default()
