import uuid

from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOwned
from advisor.reports.models.alerts import Alert
from advisor.reports.models.subscriptions import Subscription
from advisor.reports.models.weekly import WeeklyReport


class DeliveryState(models.TextChoices):
    """How far a message has come."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Delivery(TenantOwned):
    """One message to one subscription: the row is the truth, not the task.

    It is claimed by a conditional update with a lease before anything is sent.
    `message_id` is drawn once and stays over all attempts, so that whoever receives a
    message twice can tell. `last_error` is fit for the buyer to read. `unanswered`
    counts the times it was handed over and nothing is known of what came of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="deliveries"
    )
    report = models.ForeignKey(
        WeeklyReport,
        models.PROTECT,
        related_name="deliveries",
        null=True,
        blank=True,
    )
    alert = models.ForeignKey(
        Alert, models.PROTECT, related_name="deliveries", null=True, blank=True
    )
    message_id = models.CharField(max_length=200)
    state = models.CharField(
        max_length=9, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    unanswered = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # The moment before the message was given to the network: past it, a worker that
    # dies leaves unknown whether it arrived.
    handed_over_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=True, alert__isnull=False)
                | Q(report__isnull=False, alert__isnull=True),
                name="delivery_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["report", "subscription"],
                condition=Q(report__isnull=False),
                name="delivery_of_report_once",
            ),
            models.UniqueConstraint(
                fields=["alert", "subscription"],
                condition=Q(alert__isnull=False),
                name="delivery_of_alert_once",
            ),
            models.UniqueConstraint(
                fields=["message_id"], name="delivery_message_id_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", next_attempt_at__isnull=False)
                | (~Q(state="waiting") & Q(next_attempt_at__isnull=True)),
                name="delivery_waits_for_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="delivery_lease_while_sending",
            ),
            models.CheckConstraint(
                # A comparison with null would be unknown, and so let it pass.
                condition=Q(
                    state="sent",
                    sent_at__isnull=False,
                    sent_at__gte=F("created_at"),
                )
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_has_moment",
            ),
        ]
        indexes = [
            # The tick asks for what is due, and for leases that ran out.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="waiting"),
                name="deliveries_due",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state="sending"),
                name="deliveries_under_lease",
            ),
            # The dead-letter view of an organization.
            models.Index(
                fields=["organization", "state", "-created_at"],
                name="deliveries_by_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.message_id}"
