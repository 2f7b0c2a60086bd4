import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOwned
from catalog.calendar import LATEST
from catalog.models.changes import DatedRow, within_calendar
from catalog.models.listings import LanguageModel, Provider
from catalog.models.prices import ServiceTier


def _rate() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=30, decimal_places=18, null=True, blank=True)


class ContractTerm(TenantOwned, DatedRow):
    """What one organization agreed with a provider: a discount or a fixed price.

    Applies to the provider's listings, or only to one model, or only to one service
    tier; the most specific term wins, then the one received last. A discount of 25
    takes 25 % off every meter; fixed rates, in USD, replace the list's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="terms")
    model = models.ForeignKey(
        LanguageModel, models.PROTECT, related_name="terms", null=True, blank=True
    )
    service_tier = models.CharField(max_length=12, choices=ServiceTier, blank=True)
    discount_percent = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True
    )
    input_per_mtok = _rate()
    output_per_mtok = _rate()
    cache_read_per_mtok = _rate()
    effective_to = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            within_calendar("contract_term"),
            models.CheckConstraint(
                condition=Q(effective_to__lte=LATEST) | Q(effective_to__isnull=True),
                name="contract_term_ends_within_calendar",
            ),
            models.UniqueConstraint(
                fields=[
                    "organization",
                    "provider",
                    "model",
                    "service_tier",
                    "effective_from",
                    "received_at",
                ],
                name="contract_term_one_per_reading",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(
                    discount_percent__isnull=False,
                    input_per_mtok__isnull=True,
                    output_per_mtok__isnull=True,
                    cache_read_per_mtok__isnull=True,
                )
                | Q(
                    discount_percent__isnull=True,
                    input_per_mtok__isnull=False,
                    output_per_mtok__isnull=False,
                ),
                name="contract_term_discount_or_fixed",
            ),
            # A mark-up is a negative discount; more than all of it is a typing error.
            models.CheckConstraint(
                condition=Q(discount_percent__range=(-100, 100))
                | Q(discount_percent__isnull=True),
                name="contract_term_discount_is_percent",
            ),
            models.CheckConstraint(
                condition=Q(
                    Q(input_per_mtok__gte=0, output_per_mtok__gte=0)
                    | Q(input_per_mtok__isnull=True),
                    Q(cache_read_per_mtok__gte=0) | Q(cache_read_per_mtok__isnull=True),
                ),
                name="contract_term_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__gt=F("effective_from"))
                | Q(effective_to__isnull=True),
                name="contract_term_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.provider_id} {self.effective_from:%F}"


class FxRate(DatedRow):
    """US dollars for one unit of a currency, from a moment on, with its source."""

    currency = models.CharField(max_length=3)
    usd_per_unit = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=400)

    class Meta:
        constraints = [
            within_calendar("fx_rate"),
            models.UniqueConstraint(
                fields=["currency", "effective_from", "received_at"],
                name="fx_rate_one_per_reading",
            ),
            models.CheckConstraint(
                condition=Q(usd_per_unit__gt=0), name="fx_rate_positive"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="fx_rate_currency_iso_4217",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.usd_per_unit} from {self.effective_from:%F}"
