import uuid
from functools import reduce
from operator import and_
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact

from accounts.tenancy import TenantOrPublic
from benchmarks.fields import Cardinality, reals, words
from benchmarks.harness.samples import FIGURES, WORDS, Bools, SampleTable, failures
from benchmarks.models.endpoints import Endpoint
from benchmarks.models.plans import BenchmarkPlan, PlanTokenClass
from catalog.models import Offering, ServiceTier


class RunStatus(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"  # ended early; what was measured is kept
    FAILED = "failed"  # nothing usable was measured, or it could not start
    CANCELLED = "cancelled"


class Basis(models.TextChoices):
    """Who measured."""

    BENCHMARKED = "benchmarked", "measured by this service"
    IMPORTED = "imported", "read from another tool's results"


class NotFed(models.TextChoices):
    """Why a finished run says nothing to advice; empty when it does."""

    CLIENT_LIMITED = "client_limited", "our own client was the bottleneck"
    WRONG_MODEL = "wrong_model", "another model answered"
    WARM_CACHE = "warm_cache", "it measured the prompt cache on purpose"
    SWEEP = "sweep", "it looked for the point of saturation"
    NO_ANSWERS = "no_answers", "no request was measured"
    CANCELLED = "cancelled", "it was cancelled"
    LOST = "lost", "its worker died, so how its client fared is unknown"


def _usd() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=20, decimal_places=9, null=True, blank=True)


def _as_long_as_intended(column: str) -> Q:
    return Q(Exact(Cardinality(F(column)), Cardinality(F("intended_s"))))


FINAL = (RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED)
WAITING = (RunStatus.QUEUED, RunStatus.RUNNING)


class BenchmarkRun(TenantOrPublic):
    """One measurement of an endpoint: what was asked, how it went, every request.

    The row is the truth, not the message that starts it: a worker claims it by a
    conditional update and writes only while the claim is its own. Once closed it never
    changes (a trigger sees to that). `received_at` is the moment, in the ledger of
    changes, from which advice may know of it.

    Per-request figures are arrays of equal length, in the order of intended starts and
    with the meaning of `harness.samples.Sample`; NaN and "" are unknown.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(
        Endpoint, models.PROTECT, related_name="runs", null=True, blank=True
    )
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="runs")
    service_tier = models.CharField(max_length=12, choices=ServiceTier)
    plan = models.ForeignKey(
        BenchmarkPlan, models.PROTECT, related_name="runs", null=True, blank=True
    )
    retry_of = models.ForeignKey(
        "self", models.PROTECT, related_name="retries", null=True, blank=True
    )
    basis = models.CharField(max_length=12, choices=Basis, default=Basis.BENCHMARKED)
    token_class = models.CharField(max_length=12, choices=PlanTokenClass)
    slot = models.DateTimeField()
    priority = models.SmallIntegerField(default=0)
    # Everything that was asked, as `services.asking` writes it, without the credential.
    asked = models.JSONField(default=dict)

    status = models.CharField(
        max_length=10, choices=RunStatus, default=RunStatus.QUEUED
    )
    created_at = models.DateTimeField()
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    requests_total = models.PositiveIntegerField(default=0)
    requests_done = models.PositiveIntegerField(default=0)
    requests_failed = models.PositiveIntegerField(default=0)
    cut_off = models.PositiveIntegerField(default=0)
    stop_reason = models.CharField(max_length=20, blank=True)
    failure = models.CharField(max_length=400, blank=True)
    feeds_advice = models.BooleanField(default=False)
    not_fed_because = models.CharField(max_length=16, choices=NotFed, blank=True)

    estimate_usd = _usd()
    cost_usd = _usd()
    client_version = models.CharField(max_length=60, blank=True)
    client_host = models.CharField(max_length=120, blank=True)
    client_health = models.JSONField(default=dict, blank=True)
    window_start_s = models.FloatField(null=True, blank=True)
    window_end_s = models.FloatField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)

    intended_s = reals()
    phase = reals()
    late_ms = reals()
    connect_ms = reals()
    ttft_ms = reals()
    answer_ttft_ms = reals()
    tpot_ms = reals()
    itl_p95_ms = reals()
    request_ms = reals()
    throttled_ms = reals()
    attempts = reals()
    http_status = reals()
    asked_input_tokens = reals()
    asked_output_tokens = reals()
    input_tokens = reals()
    cached_tokens = reals()
    output_tokens = reals()
    reasoning_tokens = reals()
    error = words()
    error_detail = words()
    finish_reason = words()
    served_model = words()
    served_tier = words()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "slot", "token_class"],
                condition=Q(plan__isnull=False, retry_of__isnull=True),
                name="run_once_per_slot",
            ),
            # Two runs at once would measure each other.
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(status="running"),
                name="run_alone_at_its_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values)
                & Q(basis__in=Basis.values)
                & Q(token_class__in=PlanTokenClass.values)
                & Q(service_tier__in=ServiceTier.values)
                & Q(not_fed_because__in=["", *NotFed.values]),
                name="run_words_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WAITING, closed_at__isnull=True)
                | Q(status__in=FINAL, closed_at__isnull=False)
                | Q(status="cancelled"),
                name="run_closed_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(status="running")
                | Q(claim__isnull=False, lease_until__isnull=False),
                name="run_claimed_while_running",
            ),
            models.CheckConstraint(
                condition=Q(basis="benchmarked", endpoint__isnull=False)
                | Q(basis="imported", endpoint__isnull=True, plan__isnull=True),
                name="run_measured_at_an_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(feeds_advice=False)
                | Q(
                    feeds_advice=True,
                    not_fed_because="",
                    status__in=FINAL,
                    received_at__isnull=False,
                    finished_at__isnull=False,
                ),
                name="run_feeds_advice_when_known",
            ),
            models.CheckConstraint(
                condition=reduce(
                    and_, (_as_long_as_intended(name) for name in (*FIGURES, *WORDS))
                ),
                name="run_columns_of_one_length",
            ),
        ]
        indexes = [
            # The tick looks for what waits, the most urgent and oldest first.
            models.Index(
                fields=["-priority", "slot"],
                condition=Q(status__in=WAITING),
                name="run_waiting",
            ),
            # Every claim and tick asks which runs workers are at.
            models.Index(
                fields=["status"],
                condition=Q(closed_at__isnull=True),
                name="run_open",
            ),
            # Performance at a moment reads an offering's newest runs.
            models.Index(fields=["offering", "-finished_at"], name="run_by_offering"),
            models.Index(fields=["-created_at", "-id"], name="run_history"),
            # Advice asks what has become known since it last looked.
            models.Index(
                fields=["received_at"],
                condition=Q(feeds_advice=True),
                name="run_feeding_advice",
            ),
            # A plan's next slot follows its last one.
            models.Index(fields=["plan", "-slot"], name="run_by_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.token_class} run {self.pk}"

    @property
    def failed(self) -> Bools:
        """Which requests failed; reads only two of the columns."""
        return failures(self.error, self.output_tokens)

    @property
    def samples(self) -> SampleTable:
        """The requests as the harness measured them."""
        return SampleTable.of_columns(
            {name: getattr(self, name) for name in (*FIGURES, *WORDS)}
        )
