import uuid

from django.db import models
from django.db.models import Q

from accounts.tenancy import TenantOwned
from advisor.recommendations.models import Recommendation
from workloads.models import Workload


class AlertKind(models.TextChoices):
    """What may be told at once; a subscription chooses among them."""

    PRICE_RISE = "price_rise"
    PRICE_CUT = "price_cut"
    RETIREMENT = "retirement"
    LATENCY_REGRESSION = "latency_regression"
    ERROR_REGRESSION = "error_regression"
    FLOOR_NOT_MET = "floor_not_met"
    SPEND_ABOVE_BAND = "spend_above_band"
    BETTER_OPTION = "better_option"


class Alert(TenantOwned):
    """One piece of news about one organization's workloads; added once, for ever.

    `key` names what it is about, so that the same news is told once. `size` is what
    a subscription's threshold is held against: percent for prices, USD a month for a
    better option and for spend, null where there is nothing to compare. `facts` holds
    what the sentence is written from, as JSON.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=AlertKind)
    key = models.CharField(max_length=200)
    workload = models.ForeignKey(
        Workload, models.PROTECT, related_name="+", null=True, blank=True
    )
    recommendation = models.ForeignKey(
        Recommendation, models.PROTECT, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField()
    size = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "key"], name="alert_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AlertKind.values), name="alert_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(size__gte=0) | Q(size__isnull=True),
                name="alert_size_not_negative",
            ),
        ]
        indexes = [
            # An organization's alerts, newest first, page by page.
            models.Index(fields=["organization", "-at", "-id"], name="alerts_history"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
