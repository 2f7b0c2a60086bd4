import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOrPublic
from benchmarks.harness.load import TOKEN_CLASSES, WORKLOAD, Profile, PromptCache
from benchmarks.models.endpoints import Endpoint
from workloads.models import HOURS_PER_DAY, Workload

PROFILES = [(each.value, each.value) for each in Profile]
PROMPT_CACHES = [(each.value, each.value) for each in PromptCache]
MAX_REQUESTS = 5_000
MAX_CONCURRENCY = 256
# A run must end before the worker's time limit cuts it off; see RUN_LEASE.
MAX_DEADLINE_S = 480
MINUTES_PER_WEEK = 7 * 24 * 60


class PlanTokenClass(models.TextChoices):
    """Which lengths a run asks for: a usual class, or a workload's own."""

    SHORT = "short", "short: 100 tokens in, 300 out"
    BALANCED = "balanced", "balanced: 1,000 in, 1,000 out"
    LONG = "long", "long: 10,000 in, 1,500 out"
    WORKLOAD = WORKLOAD, "as the workload states"


assert set(PlanTokenClass.values) == {*TOKEN_CLASSES, WORKLOAD}  # noqa: S101


def _whole(low: int, high: int, default: int) -> "models.IntegerField[Any, Any]":
    return models.PositiveIntegerField(
        default=default, validators=[MinValueValidator(low), MaxValueValidator(high)]
    )


def _usd() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)


def _between(field: str, low: float, high: float) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__range": (low, high)}),
        name=f"plan_{field}_in_range",
    )


class BenchmarkPlan(TenantOrPublic):
    """How often and how an endpoint is measured; one run per token class and slot.

    Slots are multiples of the cadence, moved by a jitter of the plan's own so that
    plans do not all start on the same minute. `hours_allowed` are UTC hours, empty for
    all. Budgets are in USD; null is none, and then the price need not be known.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="plans")
    enabled = models.BooleanField(default=True)
    cadence_minutes = _whole(1, MINUTES_PER_WEEK, 180)
    jitter_minutes = models.PositiveIntegerField(default=10)
    hours_allowed = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True
    )
    token_classes = ArrayField(models.CharField(max_length=12, choices=PlanTokenClass))
    workload = models.ForeignKey(
        Workload, models.PROTECT, related_name="+", null=True, blank=True
    )
    profile = models.CharField(max_length=12, choices=PROFILES, default=Profile.SINGLE)
    # Enough for a 95th percentile, which needs 59 answers, when a few requests fail.
    requests = _whole(1, MAX_REQUESTS, 65)
    warmup = models.PositiveIntegerField(default=1)
    concurrency = _whole(1, MAX_CONCURRENCY, 1)
    requests_per_second = models.FloatField(default=1.0)
    prompt_cache = models.CharField(
        max_length=4, choices=PROMPT_CACHES, default=PromptCache.COLD
    )
    deadline_s = _whole(1, MAX_DEADLINE_S, 300)
    budget_per_run_usd = _usd()
    budget_per_month_usd = _usd()
    # Which of several waiting runs goes first; higher first.
    priority = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            _between("cadence_minutes", 1, MINUTES_PER_WEEK),
            _between("requests", 1, MAX_REQUESTS),
            _between("warmup", 0, 100),
            _between("concurrency", 1, MAX_CONCURRENCY),
            _between("requests_per_second", 0.001, 1_000.0),
            _between("deadline_s", 1, MAX_DEADLINE_S),
            models.CheckConstraint(
                condition=Q(jitter_minutes__lt=F("cadence_minutes")),
                name="plan_jitter_within_cadence",
            ),
            models.CheckConstraint(
                condition=Q(hours_allowed__contained_by=list(range(HOURS_PER_DAY))),
                name="plan_hours_are_of_a_day",
            ),
            models.CheckConstraint(
                condition=Q(token_classes__len__gte=1)
                & Q(token_classes__contained_by=PlanTokenClass.values),
                name="plan_token_classes_known",
            ),
            # A workload's own lengths need a workload, and nothing else does.
            models.CheckConstraint(
                condition=Q(token_classes__contains=[WORKLOAD], workload__isnull=False)
                | (~Q(token_classes__contains=[WORKLOAD]) & Q(workload__isnull=True)),
                name="plan_workload_when_asked_for",
            ),
            models.CheckConstraint(
                condition=Q(profile__in=[each.value for each in Profile])
                & Q(prompt_cache__in=[each.value for each in PromptCache]),
                name="plan_load_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(budget_per_run_usd__gt=0) | Q(budget_per_run_usd__isnull=True)
                )
                & (
                    Q(budget_per_month_usd__gt=0) | Q(budget_per_month_usd__isnull=True)
                ),
                name="plan_budgets_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"every {self.cadence_minutes} min of {self.endpoint_id}"
