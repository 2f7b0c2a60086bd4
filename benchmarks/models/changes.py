from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOrPublic
from benchmarks.models.endpoints import Endpoint
from benchmarks.models.plans import PlanTokenClass
from benchmarks.models.runs import BenchmarkRun


class PerformanceChange(TenantOrPublic):
    """A lasting change of a figure at an endpoint, as it was found: never rewritten.

    `before` and `after` are levels of `figure` in its own unit, `effective_from` the
    start of the first run after the change, `received_at` when it was found out.
    """

    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="changes")
    token_class = models.CharField(max_length=12, choices=PlanTokenClass)
    figure = models.CharField(max_length=24)
    before = models.FloatField()
    after = models.FloatField()
    significance = models.FloatField(help_text="Score, in units of its threshold.")
    began_run = models.ForeignKey(BenchmarkRun, models.PROTECT, related_name="+")
    detected_run = models.ForeignKey(
        BenchmarkRun, models.PROTECT, related_name="changes"
    )
    effective_from = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detected_run", "figure"], name="performance_change_once"
            ),
            models.CheckConstraint(
                condition=Q(before__gte=0, after__gte=0, significance__gte=1)
                & ~Q(before=F("after")),
                name="performance_change_is_one",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="performance_changes_known"),
            # The changes of an endpoint, newest first, page by page.
            models.Index(
                fields=["endpoint", "-received_at"], name="performance_changes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} of {self.endpoint_id}: {self.before} to {self.after}"
