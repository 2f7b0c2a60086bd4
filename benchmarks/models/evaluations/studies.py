import uuid

from django.db import models
from django.db.models import Q

from accounts.tenancy import TenantOrPublic
from benchmarks.models.endpoints import Endpoint
from benchmarks.models.evaluations.sets import EvaluationSet
from workloads.models import QualityFloorKind, Workload


class Allocation(models.TextChoices):
    """How a study's calls are spread over its endpoints."""

    FIXED = "fixed", "every item to every endpoint"
    ADAPTIVE = "adaptive", "where it can still change the advice"


class EvaluationStudy(TenantOrPublic):
    """Several endpoints held against one set, to decide between them.

    Its work is done by evaluation runs, each a batch of items at one endpoint. A fixed
    study has them all from the start; an adaptive one gets the next ones after those
    before have ended, until the decision is made at the confidence asked. Items are
    asked in one order for all endpoints, drawn by `order_seed`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation_set = models.ForeignKey(
        EvaluationSet, models.PROTECT, related_name="studies"
    )
    workload = models.ForeignKey(
        Workload, models.PROTECT, related_name="studies", null=True, blank=True
    )
    allocation = models.CharField(max_length=10, choices=Allocation)
    endpoints = models.ManyToManyField(Endpoint, related_name="studies")
    samples = models.PositiveSmallIntegerField(default=1)
    temperature = models.FloatField(default=0.0)
    floor_kind = models.CharField(max_length=10, choices=QualityFloorKind)
    floor_value = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(default=0.9)
    order_seed = models.BigIntegerField()
    # The most calls, retries of refused ones apart, and the most USD; null is no limit.
    budget_calls = models.PositiveIntegerField()
    budget_usd = models.DecimalField(
        max_digits=20, decimal_places=9, null=True, blank=True
    )
    rounds = models.PositiveIntegerField(default=0)
    # What the core made of the outcomes when it last looked.
    standing = models.JSONField(default=dict, blank=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "evaluation studies"
        constraints = [
            models.CheckConstraint(
                condition=Q(allocation__in=Allocation.values)
                & Q(floor_kind__in=QualityFloorKind.values),
                name="study_words_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    samples__range=(1, 64),
                    temperature__range=(0.0, 2.0),
                    confidence__gt=0.0,
                    confidence__lt=1.0,
                    budget_calls__gte=1,
                ),
                name="study_figures_in_range",
            ),
            models.CheckConstraint(
                condition=Q(floor_kind="none", floor_value__isnull=True)
                | ~Q(floor_kind="none") & Q(floor_value__range=(0.0, 1.0)),
                name="study_floor_has_a_value",
            ),
            models.CheckConstraint(
                condition=Q(budget_usd__gt=0) | Q(budget_usd__isnull=True),
                name="study_budget_positive",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="study_history"),
            models.Index(
                fields=["created_at"],
                condition=Q(closed_at__isnull=True),
                name="study_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allocation} study {self.pk}"
