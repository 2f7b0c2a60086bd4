"""What the API shows of what was sent, and of what could not be."""

from rest_framework import serializers

from advisor.reports.models import AlertKind, Delivery, DeliveryState


class DeliveryReply(serializers.Serializer):
    """One report or alert on its way to one reader."""

    id = serializers.UUIDField()
    subscription = serializers.UUIDField(source="subscription_id")
    to = serializers.SerializerMethodField(
        help_text="The address, or the name of the webhook."
    )
    report = serializers.UUIDField(source="report_id", allow_null=True)
    alert = serializers.UUIDField(source="alert_id", allow_null=True)
    kind = serializers.ChoiceField(
        choices=AlertKind.choices, source="alert.kind", allow_null=True, default=None
    )
    message_id = serializers.CharField(
        help_text="Stays over all attempts: a mail's Message-ID, or webhook-id."
    )
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField()

    def get_to(self, delivery: Delivery) -> str:
        """Name who gets it."""
        webhook = delivery.subscription.webhook
        return delivery.subscription.email if webhook is None else webhook.name
