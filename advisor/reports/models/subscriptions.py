import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.encryption import EncryptedTextField
from accounts.tenancy import TenantOwned
from advisor.reports.models.alerts import AlertKind

MONDAY = 1
SUNDAY = 7


class ReportSchedule(TenantOwned):
    """When an organization's weekly report is made, on its own clock.

    `weekday` counts from Monday, 1; `hour` is local to `time_zone`. Without a row the
    report is made on Mondays at 8:00 UTC.
    """

    time_zone = models.CharField(max_length=60, default="UTC")
    weekday = models.PositiveSmallIntegerField(default=MONDAY)
    hour = models.PositiveSmallIntegerField(default=8)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], name="report_schedule_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(MONDAY, SUNDAY), hour__range=(0, 23)),
                name="report_schedule_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"weekday {self.weekday}, {self.hour}:00 {self.time_zone}"


class Webhook(TenantOwned):
    """An address that gets alerts as signed requests (Standard Webhooks).

    While a secret is rotated both sign, the old one until `previous_secret_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.CharField(max_length=500)
    name = models.CharField(max_length=120)
    secret = EncryptedTextField()
    previous_secret = EncryptedTextField(blank=True, default="")
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(url=""), name="webhook_has_url"),
            models.UniqueConstraint(
                fields=["organization", "url"],
                condition=Q(disabled_at__isnull=True),
                name="webhook_url_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class EndReason(models.TextChoices):
    """Why nothing is sent any more."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    REMOVED = "removed"


class Subscription(TenantOwned):
    """Who gets the weekly report, and which alerts, by email or by a webhook.

    `locale` decides how numbers and dates are written. A price alert is sent from
    `price_change_percent` on, a better option or spend above its band from
    `saving_usd_per_month` on. `token_version` makes old unsubscribing links void.
    Mail to an address waits until its owner confirmed it; a member's own is confirmed
    already, and lapses with the membership, also where the `user` is gone altogether.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
    )
    of_member = models.BooleanField(default=False)
    webhook = models.ForeignKey(
        Webhook,
        models.PROTECT,
        related_name="subscriptions",
        null=True,
        blank=True,
    )
    locale = models.CharField(max_length=20, default="en_US")
    weekly_report = models.BooleanField(default=True)
    alerts = ArrayField(
        models.CharField(max_length=20, choices=AlertKind), default=list, blank=True
    )
    price_change_percent = models.DecimalField(
        max_digits=7, decimal_places=2, default=Decimal(10)
    )
    saving_usd_per_month = models.DecimalField(
        max_digits=20, decimal_places=2, default=Decimal(100)
    )
    token_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    # When its owner was asked to confirm: claimed before the question is sent.
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=12, choices=EndReason, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(webhook__isnull=True) & ~Q(email=""))
                | Q(webhook__isnull=False, email="", user__isnull=True),
                name="subscription_has_one_channel",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(of_member=True),
                name="subscription_user_is_member",
            ),
            models.CheckConstraint(
                condition=Q(webhook__isnull=True) | Q(weekly_report=False),
                name="subscription_report_by_email",
            ),
            models.CheckConstraint(
                condition=Q(alerts__contained_by=AlertKind.values),
                name="subscription_alerts_known",
            ),
            models.CheckConstraint(
                condition=Q(price_change_percent__gte=0, saving_usd_per_month__gte=0),
                name="subscription_thresholds_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & Q(ended_because__in=EndReason.values)),
                name="subscription_end_has_reason",
            ),
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=Q(ended_at__isnull=True) & ~Q(email=""),
                name="subscription_address_once",
            ),
            models.UniqueConstraint(
                fields=["webhook"],
                condition=Q(ended_at__isnull=True),
                name="subscription_webhook_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.webhook_id} ({self.pk})"
