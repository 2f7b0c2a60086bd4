import uuid
from functools import reduce
from operator import and_, or_
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.tenancy import TenantOrPublic
from catalog.models.changes import DatedRow, within_calendar
from catalog.models.listings import Offering
from catalog.rate_cards import (
    METERS,
    RateCard,
    Rates,
    tiers_from_json,
    windows_from_json,
)


class ServiceTier(models.TextChoices):
    """On which terms of speed and waiting a request is served."""

    STANDARD = "standard"
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"
    FAST = "fast"
    PROVISIONED = "provisioned"
    DEDICATED = "dedicated"


class SheetStatus(models.TextChoices):
    """Where a sheet stands: only an applied one has written prices."""

    HELD = "held"
    APPLIED = "applied"
    REJECTED = "rejected"
    FAILED = "failed"


class PriceSheet(TenantOrPublic):
    """A price list as it was received, with what was found in it row by row.

    `content` is kept so that a held sheet can be applied later and any applied one
    read again. A failed or rejected sheet leaves the prices of the last good one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=60)
    version = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    content = models.TextField(blank=True)
    content_sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=SheetStatus)
    report = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    decision_note = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [
            # "What came last from this source?" is asked at every import.
            models.Index(fields=["source", "-received_at"], name="sheet_latest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SheetStatus.values), name="sheet_status_known"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="sheet_currency_iso_4217",
            ),
            models.CheckConstraint(
                condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$"),
                name="sheet_hash_is_sha256",
            ),
            models.CheckConstraint(
                condition=~Q(status="rejected") | Q(decided_at__isnull=False),
                name="sheet_rejected_at_a_moment",
            ),
            # The same list waits for a decision at most once.
            models.UniqueConstraint(
                fields=["organization", "source", "content_sha256"],
                condition=Q(status="held"),
                name="sheet_held_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.version} {self.content_sha256[:12]}".strip()


def _rate() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=30, decimal_places=18, null=True, blank=True)


class Price(DatedRow):
    """What an offering charges on one service tier from a moment on.

    Rates are in the sheet's currency, per million tokens (`_per_mtok`) or per request;
    null is unknown, zero is free. `context_tiers` and `windows` are as written by
    `catalog.rate_cards`; `other_meters` keeps units no text workload uses (searches,
    pages, hours of audio). A withdrawn row says that the offering is no longer listed.
    Rows are only ever added, so a new price never re-prices the past.
    """

    offering = models.ForeignKey(Offering, models.PROTECT, related_name="prices")
    service_tier = models.CharField(
        max_length=12, choices=ServiceTier, default=ServiceTier.STANDARD
    )
    sheet = models.ForeignKey(PriceSheet, models.PROTECT, related_name="prices")
    input_per_mtok = _rate()
    output_per_mtok = _rate()
    cache_read_per_mtok = _rate()
    cache_write_5m_per_mtok = _rate()
    cache_write_1h_per_mtok = _rate()
    reasoning_per_mtok = _rate()
    audio_input_per_mtok = _rate()
    audio_output_per_mtok = _rate()
    image_input_per_mtok = _rate()
    image_output_per_mtok = _rate()
    per_request = _rate()
    context_tiers = models.JSONField(default=list, blank=True)
    windows = models.JSONField(default=list, blank=True)
    other_meters = models.JSONField(default=dict, blank=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            within_calendar("price"),
            models.UniqueConstraint(
                fields=["offering", "service_tier", "effective_from", "received_at"],
                name="price_one_per_reading",
            ),
            models.CheckConstraint(
                condition=Q(service_tier__in=ServiceTier.values),
                name="price_tier_known",
            ),
            models.CheckConstraint(
                condition=reduce(
                    and_,
                    (
                        Q(**{f"{meter}__gte": 0}) | Q(**{f"{meter}__isnull": True})
                        for meter in METERS
                    ),
                ),
                name="price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=False)
                | reduce(and_, (Q(**{f"{meter}__isnull": True}) for meter in METERS)),
                name="price_withdrawn_states_nothing",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=True)
                | ~Q(other_meters={})
                | reduce(or_, (Q(**{f"{meter}__isnull": False}) for meter in METERS)),
                name="price_states_something",
            ),
        ]

    def __str__(self) -> str:
        moment = f"{self.effective_from:%Y-%m-%d}"
        return f"{self.offering_id} {self.service_tier} from {moment}"

    @property
    def rate_card(self) -> RateCard:
        """The row as plain values for `catalog.pricing.charge`."""
        return RateCard(
            rates=Rates(**{meter: getattr(self, meter) for meter in METERS}),
            context_tiers=tiers_from_json(self.context_tiers),
            windows=windows_from_json(self.windows),
        )
