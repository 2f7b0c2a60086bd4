"""What the buyer needs: a workload, kept in revisions."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q

from accounts.tenancy import TenantOwned
from catalog.models import Offering, ServiceTier

# A twelfth of 365.25 days; the rate that the stated peak must at least reach.
SECONDS_PER_MONTH = 2_629_800
MAX_REQUESTS_PER_MONTH = 10**12
MAX_TOKENS = 100_000_000
HOURS_PER_DAY = 24
DAYS_PER_WEEK = 7


class TaskFamily(models.TextChoices):
    """What the answers are for; decides which published scores speak for quality."""

    SUPPORT_CHAT = "support_chat"
    CLASSIFICATION = "classification"
    EXTRACTION = "extraction"
    SUMMARIZATION = "summarization"
    RAG_QUESTION_ANSWERING = "rag_question_answering"
    CODE = "code"
    MATHS_REASONING = "maths_reasoning"
    AGENTIC_TOOL_USE = "agentic_tool_use"


class QualityFloorKind(models.TextChoices):
    """Against what the floor is read: a score, or a share of a reference's score."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    NONE = "none"


class Capability(models.TextChoices):
    """What a request may need beside text."""

    TOOLS = "tools"
    JSON = "json"
    VISION = "vision"


class Workload(TenantOwned):
    """One stream of requests that an organization buys a model for.

    All that advice depends on is in its revisions; an archived workload keeps them
    and frees its name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=Q(archived_at__isnull=True),
                name="workload_name_once_per_organization",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="workload_has_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class IsShape(Func):
    """True when every weight is finite and not negative, and one is above zero."""

    template = (
        "(0 <= ALL(%(expressions)s) AND 0 < ANY(%(expressions)s)"
        " AND 'Infinity'::float8 > ALL(%(expressions)s))"
    )
    output_field = models.BooleanField()


def _slugs(max_length: int) -> "ArrayField[Any, Any]":
    return ArrayField(models.CharField(max_length=max_length), default=list, blank=True)


def _usd(**options: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=20, decimal_places=6, **options)


def _between(field: str, low: object, high: object) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__range": (low, high)})
        | Q(**{f"{field}__isnull": True}),
        name=f"revision_{field}_in_range",
    )


def _positive(fields: Iterable[str]) -> models.CheckConstraint:
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__gt": 0}) | Q(**{f"{field}__isnull": True})
    return models.CheckConstraint(condition=condition, name="revision_limits_positive")


class WorkloadRevision(models.Model):
    """A workload as stated at one moment: added, never rewritten.

    Tokens are per request, output tokens are the visible ones, shares run from 0 to 1,
    growth is per month (0.05 is 5 %) with its standard deviation. `daily_shape` weighs
    the UTC hours, `weekly_shape` the days from Monday. A null limit is no limit.
    `quality_floor_value` is a score from 0 to 1 (absolute) or a share of the score of
    the reference (relative); a blank reference is the best model that can be bought.
    """

    workload = models.ForeignKey(Workload, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    # Rows cannot change, so neither may lose its author.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    created_by_key = models.ForeignKey(
        "accounts.ApiKey", models.PROTECT, related_name="+", null=True, blank=True
    )

    task_family = models.CharField(max_length=24, choices=TaskFamily)

    requests_per_month = models.PositiveBigIntegerField()
    growth_per_month = models.DecimalField(
        max_digits=8, decimal_places=6, default=Decimal(0)
    )
    growth_uncertainty = models.DecimalField(
        max_digits=8, decimal_places=6, default=Decimal("0.02")
    )
    daily_shape = ArrayField(models.FloatField(), null=True, blank=True)
    weekly_shape = ArrayField(models.FloatField(), null=True, blank=True)
    peak_requests_per_second = models.DecimalField(
        max_digits=16, decimal_places=6, null=True, blank=True
    )

    input_tokens_mean = models.PositiveIntegerField()
    input_tokens_p95 = models.PositiveIntegerField()
    output_tokens_mean = models.PositiveIntegerField()
    output_tokens_p95 = models.PositiveIntegerField()
    cacheable_prefix_share = models.FloatField(default=0.0)
    batch_share = models.FloatField(default=0.0)

    ttft_ms_p95_limit = models.FloatField(null=True, blank=True)
    itl_ms_p95_limit = models.FloatField(null=True, blank=True)
    request_ms_p95_limit = models.FloatField(null=True, blank=True)
    error_rate_limit = models.FloatField(null=True, blank=True)

    quality_floor_kind = models.CharField(
        max_length=8, choices=QualityFloorKind, default=QualityFloorKind.NONE
    )
    quality_floor_value = models.FloatField(null=True, blank=True)
    quality_floor_reference = models.CharField(max_length=200, blank=True)
    quality_floor_confidence = models.FloatField(default=0.9)

    residency_regions = _slugs(20)
    zero_retention_required = models.BooleanField(default=False)
    no_training_required = models.BooleanField(default=False)
    open_weights_required = models.BooleanField(default=False)
    providers_allowed = _slugs(80)
    providers_denied = _slugs(80)
    capabilities_required = ArrayField(
        models.CharField(max_length=8, choices=Capability), default=list, blank=True
    )
    context_tokens_required = models.PositiveIntegerField(null=True, blank=True)
    max_total_parameters_b = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True
    )

    monthly_budget_usd = _usd(null=True, blank=True)
    current_offering = models.ForeignKey(
        Offering, models.PROTECT, related_name="+", null=True, blank=True
    )
    current_service_tier = models.CharField(
        max_length=12, choices=ServiceTier, default=ServiceTier.STANDARD
    )
    migration_cost_usd = _usd(null=True, blank=True)
    minimum_saving_usd = _usd(default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workload", "number"], name="revision_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="revision_number_from_one"
            ),
            models.CheckConstraint(
                condition=Q(task_family__in=TaskFamily.values),
                name="revision_task_family_known",
            ),
            _between("requests_per_month", 1, MAX_REQUESTS_PER_MONTH),
            _between("growth_per_month", Decimal("-0.5"), Decimal(1)),
            _between("growth_uncertainty", Decimal(0), Decimal("0.5")),
            models.CheckConstraint(
                condition=Q(daily_shape__isnull=True)
                | (Q(daily_shape__len=HOURS_PER_DAY) & Q(IsShape(F("daily_shape")))),
                name="revision_daily_shape_weighs_hours",
            ),
            models.CheckConstraint(
                condition=Q(weekly_shape__isnull=True)
                | (Q(weekly_shape__len=DAYS_PER_WEEK) & Q(IsShape(F("weekly_shape")))),
                name="revision_weekly_shape_weighs_days",
            ),
            models.CheckConstraint(
                condition=Q(peak_requests_per_second__isnull=True)
                | Q(
                    requests_per_month__lte=ExpressionWrapper(
                        F("peak_requests_per_second") * SECONDS_PER_MONTH,
                        output_field=models.DecimalField(),
                    )
                ),
                name="revision_peak_reaches_mean",
            ),
            models.CheckConstraint(
                condition=Q(input_tokens_mean__gte=1)
                & Q(input_tokens_p95__gte=F("input_tokens_mean"))
                & Q(input_tokens_p95__lte=MAX_TOKENS),
                name="revision_input_tokens_ordered",
            ),
            models.CheckConstraint(
                condition=Q(output_tokens_mean__gte=1)
                & Q(output_tokens_p95__gte=F("output_tokens_mean"))
                & Q(output_tokens_p95__lte=MAX_TOKENS),
                name="revision_output_tokens_ordered",
            ),
            _between("cacheable_prefix_share", 0.0, 1.0),
            _between("batch_share", 0.0, 1.0),
            _positive(
                (
                    "ttft_ms_p95_limit",
                    "itl_ms_p95_limit",
                    "request_ms_p95_limit",
                    "context_tokens_required",
                    "max_total_parameters_b",
                    "monthly_budget_usd",
                )
            ),
            models.CheckConstraint(
                condition=Q(
                    quality_floor_kind="none",
                    quality_floor_value__isnull=True,
                    quality_floor_reference="",
                )
                | Q(
                    quality_floor_kind__in=["absolute", "relative"],
                    quality_floor_value__isnull=False,
                ),
                name="revision_floor_kind_matches_value",
            ),
            _between("error_rate_limit", 0.0, 1.0),
            _between("quality_floor_value", 0.0, 1.0),
            _between("quality_floor_confidence", 0.5, 0.999),
            models.CheckConstraint(
                condition=Q(capabilities_required__contained_by=Capability.values),
                name="revision_capabilities_known",
            ),
            models.CheckConstraint(
                condition=~Q(providers_allowed__overlap=F("providers_denied")),
                name="revision_provider_allowed_or_denied",
            ),
            models.CheckConstraint(
                condition=Q(current_service_tier__in=ServiceTier.values),
                name="revision_current_tier_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(migration_cost_usd__gte=0) | Q(migration_cost_usd__isnull=True)
                )
                & Q(minimum_saving_usd__gte=0),
                name="revision_sums_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"Revision {self.number} of {self.workload_id}"
