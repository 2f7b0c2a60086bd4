import uuid
from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact

from accounts.tenancy import TenantOrPublic
from benchmarks.fields import Cardinality, reals, words
from benchmarks.models.endpoints import Endpoint
from benchmarks.models.evaluations.sets import EvaluationSet
from benchmarks.models.evaluations.studies import EvaluationStudy
from benchmarks.models.runs import FINAL, WAITING, Basis, RunStatus
from catalog.models import LanguageModel, Offering, ServiceTier

# Of each outcome; all columns of a run are as long as `item`.
FIGURES = ("score", "input_tokens", "output_tokens", "latency_ms", "verifier_score")
WORDS = ("verdict", "answer", "error")
COLUMNS = ("item", "sample", *FIGURES, *WORDS)


def _usd() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=20, decimal_places=9, null=True, blank=True)


def _whole() -> "ArrayField[Any, Any]":
    return ArrayField(models.PositiveIntegerField(), default=list, blank=True)


def _as_long_as_item(column: str) -> Q:
    return Q(Exact(Cardinality(F(column)), Cardinality(F("item"))))


class EvaluationRun(TenantOrPublic):
    """One offering held against the items of a set, several samples each.

    Measured here at an endpoint, or brought along; then it may be of a model as such,
    whoever serves it. `positions` are the items to ask, in this order. As with
    benchmark runs the row is the truth: a worker claims it, adds what was answered as
    it goes, and after its death another one goes on with what is missing. Once closed
    it never changes.

    One outcome is one entry of each column: `item` is the position in the set,
    `verdict` a word of `benchmarks.grading`, `answer` the parsed answer that votes are
    counted by, `score` 0 to 1, NaN where no answer came (then `error` says why).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation_set = models.ForeignKey(
        EvaluationSet, models.PROTECT, related_name="runs"
    )
    study = models.ForeignKey(
        EvaluationStudy, models.PROTECT, related_name="runs", null=True, blank=True
    )
    round = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=12, choices=Basis, default=Basis.BENCHMARKED)
    endpoint = models.ForeignKey(
        Endpoint,
        models.PROTECT,
        related_name="evaluation_runs",
        null=True,
        blank=True,
    )
    offering = models.ForeignKey(
        Offering,
        models.PROTECT,
        related_name="evaluation_runs",
        null=True,
        blank=True,
    )
    service_tier = models.CharField(max_length=12, choices=ServiceTier, blank=True)
    language_model = models.ForeignKey(
        LanguageModel, models.PROTECT, related_name="evaluation_runs"
    )
    samples = models.PositiveSmallIntegerField(default=1)
    temperature = models.FloatField(null=True, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    positions = _whole()
    # Where and how was asked, without the credential.
    asked = models.JSONField(default=dict, blank=True)
    # How many answers came from which model, by the names that it gave itself.
    served_models = models.JSONField(default=dict, blank=True)
    # How the judge fared, where answers are scored by one: see `services.judging`.
    judging = models.JSONField(default=dict, blank=True)
    # Of imported outcomes: the file's name and hash, and what was noticed in it.
    source = models.JSONField(default=dict, blank=True)

    status = models.CharField(
        max_length=10, choices=RunStatus, default=RunStatus.QUEUED
    )
    created_at = models.DateTimeField()
    claim = models.UUIDField(null=True, blank=True)
    claims = models.PositiveSmallIntegerField(default=0)
    # Workers that died over it since an answer was last kept.
    losses = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    calls_total = models.PositiveIntegerField(default=0)
    calls_done = models.PositiveIntegerField(default=0)
    calls_failed = models.PositiveIntegerField(default=0)
    stop_reason = models.CharField(max_length=40, blank=True)
    failure = models.CharField(max_length=400, blank=True)
    feeds_advice = models.BooleanField(default=False)
    not_fed_because = models.CharField(max_length=200, blank=True)
    budget_usd = _usd()
    estimate_usd = _usd()
    cost_usd = _usd()

    item = _whole()
    sample = _whole()
    score = reals()
    input_tokens = reals()
    output_tokens = reals()
    latency_ms = reals()
    verifier_score = reals()
    verdict = words()
    answer = words()
    error = words()

    class Meta:
        constraints = [
            # Two runs at once would slow each other down, and share its limits.
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(status="running"),
                name="evaluation_run_alone_at_its_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values) & Q(basis__in=Basis.values),
                name="evaluation_run_words_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WAITING, closed_at__isnull=True)
                | Q(status__in=FINAL, closed_at__isnull=False)
                | Q(status="cancelled"),
                name="evaluation_run_closed_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(status="running")
                | Q(claim__isnull=False, lease_until__isnull=False),
                name="evaluation_run_claimed_while_running",
            ),
            models.CheckConstraint(
                condition=Q(
                    basis="benchmarked", endpoint__isnull=False, offering__isnull=False
                )
                | Q(basis="imported", endpoint__isnull=True, study__isnull=True),
                name="evaluation_run_measured_at_an_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(offering__isnull=True, service_tier="")
                | Q(
                    offering__isnull=False,
                    service_tier__in=ServiceTier.values,
                ),
                name="evaluation_run_tier_of_an_offering",
            ),
            models.CheckConstraint(
                condition=Q(samples__range=(1, 64)),
                name="evaluation_run_samples_in_range",
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
                name="evaluation_run_feeds_advice_when_known",
            ),
            models.CheckConstraint(
                condition=reduce(and_, (_as_long_as_item(name) for name in COLUMNS)),
                name="evaluation_run_columns_of_one_length",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="evaluation_run_history"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=WAITING),
                name="evaluation_run_waiting",
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(feeds_advice=True),
                name="evaluation_run_feeding_advice",
            ),
        ]

    def __str__(self) -> str:
        return f"evaluation run {self.pk}"
