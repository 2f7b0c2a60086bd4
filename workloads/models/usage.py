import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from catalog.calendar import EARLIEST
from catalog.models import Offering, ServiceTier
from workloads.models.workloads import Workload

LONGEST_PERIOD = timedelta(days=31)
# What tells one record from another: a newer one of the same five corrects it.
PLACE = ("workload_id", "offering_id", "service_tier", "used_from", "used_to")


class UsageRecordQuerySet(models.QuerySet["UsageRecord"]):
    """Usage as received; corrections stand beside what they correct."""

    def current(self) -> "UsageRecordQuerySet":
        """Keep the newest record of each place, in the order of `PLACE`."""
        return self.order_by(*PLACE, "-received_at").distinct(*PLACE)


class UsageRecord(models.Model):
    """What one workload used of one offering and tier in one period: only added.

    The period is half-open, in UTC. Tokens are totals as the provider counts them:
    `input_tokens` is whole prompts, cached ones among them, `output_tokens` whole
    answers with their reasoning. `billed_amount` is what the bill says, in
    `billed_currency`; null where only the usage is known. The record of the same
    place that was received last holds; all counts zero takes it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workload = models.ForeignKey(Workload, models.PROTECT, related_name="usage")
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="+")
    service_tier = models.CharField(max_length=12, choices=ServiceTier)
    used_from = models.DateTimeField()
    used_to = models.DateTimeField()
    requests = models.PositiveBigIntegerField()
    input_tokens = models.PositiveBigIntegerField()
    cached_input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField()
    reasoning_tokens = models.PositiveBigIntegerField(default=0)
    billed_amount = models.DecimalField(
        max_digits=20, decimal_places=6, null=True, blank=True
    )
    billed_currency = models.CharField(max_length=3, blank=True)
    received_at = models.DateTimeField()

    objects = UsageRecordQuerySet.as_manager()

    class Meta:
        indexes = [
            # The history of a workload's usage, newest period first, page by page.
            models.Index(
                fields=["workload", "-used_from", "-received_at", "-id"],
                name="usage_history",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[*(name.removesuffix("_id") for name in PLACE), "received_at"],
                name="usage_one_per_reading",
            ),
            models.CheckConstraint(
                condition=Q(service_tier__in=ServiceTier.values),
                name="usage_tier_known",
            ),
            models.CheckConstraint(
                condition=Q(used_to__gt=F("used_from"))
                & Q(used_to__lte=F("used_from") + LONGEST_PERIOD)
                & Q(used_from__gte=EARLIEST),
                name="usage_period_at_most_a_month",
            ),
            # A period that still runs would be counted short.
            models.CheckConstraint(
                condition=Q(used_to__lte=F("received_at")), name="usage_period_over"
            ),
            models.CheckConstraint(
                condition=Q(
                    requests__gte=0,
                    input_tokens__gte=0,
                    cached_input_tokens__gte=0,
                    output_tokens__gte=0,
                    reasoning_tokens__gte=0,
                ),
                name="usage_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(cached_input_tokens__lte=F("input_tokens"))
                & Q(reasoning_tokens__lte=F("output_tokens")),
                name="usage_parts_within_whole",
            ),
            models.CheckConstraint(
                condition=Q(requests__gt=0) | Q(input_tokens=0, output_tokens=0),
                name="usage_tokens_come_from_requests",
            ),
            models.CheckConstraint(
                condition=Q(billed_amount__isnull=True, billed_currency="")
                | Q(
                    billed_amount__isnull=False,
                    billed_amount__gte=0,
                    billed_currency__regex=r"^[A-Z]{3}$",
                ),
                name="usage_bill_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload_id} from {self.used_from:%Y-%m-%d %H:%M} ({self.pk})"

    @property
    def is_empty(self) -> bool:
        """Whether the record says that nothing was used, which takes one back."""
        return not self.requests and not self.billed_amount
