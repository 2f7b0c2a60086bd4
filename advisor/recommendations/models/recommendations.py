import uuid

from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOwned
from advisor.decision.outcome import Finding
from workloads.models import Workload, WorkloadRevision

FINDINGS = [(each.value, each.value.replace("_", " ")) for each in Finding]


class Cause(models.TextChoices):
    """Why advice was given at all."""

    ASKED = "asked"
    SCHEDULE = "schedule"
    WORKLOAD = "workload"
    CATALOGUE = "catalogue"
    MEASUREMENTS = "measurements"


class Recommendation(TenantOwned):
    """One answer to one revision of a workload, kept as it was given.

    `as_of`, `known_at`, the revision, `previous` and the engine's version are all that
    it depends on: computing it again from them gives the same answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workload = models.ForeignKey(
        Workload, models.PROTECT, related_name="recommendations"
    )
    revision = models.ForeignKey(
        WorkloadRevision, models.PROTECT, related_name="recommendations"
    )
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+"
    )
    as_of = models.DateTimeField()
    known_at = models.DateTimeField()
    created_at = models.DateTimeField()
    engine_version = models.CharField(max_length=20)
    cause = models.CharField(max_length=12, choices=Cause, default=Cause.ASKED)
    finding = models.CharField(max_length=20, choices=FINDINGS, blank=True)
    provisional = models.BooleanField()
    picked_offering = models.UUIDField(null=True, blank=True)
    picked_service_tier = models.CharField(max_length=12, blank=True)
    # How the pick is run, as `picks.way_json` writes it; null is by single calls.
    picked_way = models.JSONField(null=True, blank=True)
    answer = models.JSONField()

    class Meta:
        indexes = [
            # The history of a workload, newest first, page by page.
            models.Index(
                fields=["workload", "-created_at", "-id"], name="recommendation_history"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(finding__in=["", *(value for value, _ in FINDINGS)]),
                name="recommendation_finding_known",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=Cause.values), name="recommendation_cause_known"
            ),
            # Nobody can know something before it was asked for.
            models.CheckConstraint(
                condition=Q(known_at__lte=F("created_at")),
                name="recommendation_known_before_created",
            ),
            models.CheckConstraint(
                condition=Q(
                    picked_offering__isnull=True,
                    picked_service_tier="",
                    picked_way__isnull=True,
                )
                | (Q(picked_offering__isnull=False) & ~Q(picked_service_tier="")),
                name="recommendation_pick_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workload_id} as of {self.as_of:%Y-%m-%d} ({self.pk})"
