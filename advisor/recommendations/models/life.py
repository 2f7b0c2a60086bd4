from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.tenancy import TenantOwned
from advisor.recommendations.models.recommendations import Recommendation
from workloads.models import Workload


class State(models.TextChoices):
    """Where a recommendation stands, after Google's Recommender."""

    ACTIVE = "active"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class DismissalReason(models.TextChoices):
    """Why a buyer does not follow advice."""

    QUALITY = "quality"
    MIGRATION_EFFORT = "migration_effort"
    CONTRACT = "contract"
    PROVIDER = "provider"
    RISK = "risk"
    NOT_NOW = "not_now"
    OTHER = "other"


class RecommendationLife(TenantOwned):
    """The state of one recommendation; the only row about it that is rewritten.

    Every change adds one to `version`, which makes the ETag, and adds a `Transition`.
    """

    recommendation = models.OneToOneField(
        Recommendation, models.PROTECT, primary_key=True, related_name="life"
    )
    workload = models.ForeignKey(Workload, models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workload"],
                condition=Q(state="active"),
                name="recommendation_active_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="recommendation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="recommendation_version_from_one"
            ),
        ]
        indexes = [
            # The portfolio asks for what is accepted and in progress.
            models.Index(fields=["organization", "state"], name="lives_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.state} ({self.recommendation_id}, version {self.version})"


class Transition(TenantOwned):
    """One step in the life of a recommendation; rows are only ever added."""

    recommendation = models.ForeignKey(
        Recommendation, models.PROTECT, related_name="transitions"
    )
    version = models.PositiveIntegerField()
    from_state = models.CharField(max_length=12, choices=State, blank=True)
    to_state = models.CharField(max_length=12, choices=State)
    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    api_key = models.ForeignKey(
        "accounts.ApiKey", models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=20, choices=DismissalReason, blank=True)
    note = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recommendation", "version"], name="transition_once"
            ),
            models.CheckConstraint(
                condition=Q(to_state__in=State.values)
                & Q(from_state__in=["", *State.values])
                & ~Q(from_state=F("to_state")),
                name="transition_between_states",
            ),
            models.CheckConstraint(
                condition=(Q(version=1) & Q(from_state=""))
                | (Q(version__gt=1) & ~Q(from_state="")),
                name="transition_starts_from_nothing",
            ),
            # Whoever dismisses says why, and nothing else has such a reason.
            models.CheckConstraint(
                condition=(Q(to_state="dismissed") & ~Q(reason=""))
                | (~Q(to_state="dismissed") & Q(reason="")),
                name="transition_dismissal_has_reason",
            ),
        ]
        indexes = [
            # What state everything was in at a moment of the past.
            models.Index(fields=["organization", "at"], name="transitions_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state} ({self.recommendation_id})"
