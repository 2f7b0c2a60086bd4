from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTransform

from accounts.models import Organization
from advisor.recommendations.models import Recommendation, State, Transition
from advisor.recommendations.picks import PICK_FIELDS
from workloads.models import Workload


def latest_recommendation(workload: Workload) -> Recommendation | None:
    """Return the newest advice for a workload as of when it was given."""
    return standing(workload).only(*PICK_FIELDS).first()


def latest_with_life(workload: Workload) -> Recommendation | None:
    """Return the newest advice given for a workload, whole and with its state."""
    return standing(workload).select_related("life").first()


def history(workload: Workload) -> QuerySet[Recommendation]:
    """Return all advice given for a workload, newest first."""
    return Recommendation.objects.filter(workload=workload).order_by(
        "-created_at", "-id"
    )


def standing(workload: Workload) -> QuerySet[Recommendation]:
    """Return the advice that was once active, newest first.

    What was asked about another moment is superseded from its first version on.
    """
    return history(workload).exclude(life__state=State.SUPERSEDED, life__version=1)


def active_recommendation(workload: Workload) -> Recommendation | None:
    """Return the advice that is active for a workload, None if none is."""
    rows = Recommendation.objects.filter(workload=workload, life__state=State.ACTIVE)
    return rows.select_related("life").first()


def states_at(organization: Organization, at: datetime) -> dict[UUID, str]:
    """Return the state that each recommendation was in at a moment, by its id.

    What was not given by then is not in it.
    """
    steps = Transition.objects.visible_to(organization).filter(at__lte=at)
    newest = steps.order_by("recommendation_id", "-version").distinct(
        "recommendation_id"
    )
    return dict(newest.values_list("recommendation_id", "to_state"))


def life_of(recommendation: Recommendation) -> "QuerySet[Transition]":
    """Return the steps that a recommendation took, oldest first."""
    steps = recommendation.transitions.order_by("version")
    return steps.select_related("user", "api_key")


def summarised(rows: QuerySet[Recommendation]) -> QuerySet[Recommendation, Any]:
    """Return the rows with their first option alone, not their whole answer."""
    return rows.values(
        "id",
        "workload_id",
        "revision__number",
        "as_of",
        "known_at",
        "created_at",
        "engine_version",
        "finding",
        "provisional",
        status=F("life__state"),
        best=KeyTransform("0", KeyTransform("options", "answer")),
    )
