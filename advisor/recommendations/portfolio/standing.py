"""Which advice stands for each workload at a moment, by the steps of its life."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Organization
from advisor.decision.question import OptionKey
from advisor.recommendations.models import State, Transition
from advisor.recommendations.picks import PICK_FIELDS, pick_key

# Advice that a buyer follows already, but that is not in use yet.
UNDER_WAY = (State.ACCEPTED, State.IN_PROGRESS)
STANDING = (State.ACTIVE, *UNDER_WAY, State.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A recommendation in the state that it was in at a moment."""

    id: UUID
    state: str
    version: int
    since: datetime
    created_at: datetime
    finding: str
    provisional: bool
    pick: OptionKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The advice of one workload: open, being followed, and followed."""

    active: Advice | None = None
    under_way: Advice | None = None
    succeeded: Advice | None = None

    @property
    def shown(self) -> Advice | None:
        """The one to show: what is open comes before what is decided."""
        return self.active or self.under_way or self.succeeded


def standing_advice(
    organization: Organization, *, at: datetime
) -> dict[UUID, Standing]:
    """Return the advice that stood at a moment by workload, by one query."""
    by_workload: defaultdict[UUID, list[Advice]] = defaultdict(list)
    for row in _last_steps(organization, at).values_list(
        *("recommendation__workload_id", "recommendation_id"),
        *("to_state", "version", "at"),
        *("recommendation__created_at", "recommendation__finding"),
        "recommendation__provisional",
        *(f"recommendation__{name}" for name in PICK_FIELDS),
    ):
        by_workload[row[0]].append(_advice(*row[1:]))
    return {key: _standing(advice) for key, advice in by_workload.items()}


def _last_steps(
    organization: Organization, at: datetime
) -> "QuerySet[Transition, Transition]":
    steps = Transition.objects.visible_to(organization).filter(at__lte=at)
    later = steps.filter(
        recommendation=OuterRef("recommendation"), version__gt=OuterRef("version")
    )
    return steps.filter(~Exists(later), to_state__in=STANDING).order_by("at", "id")


def _advice(
    recommendation_id: UUID,
    state: str,
    version: int,
    since: datetime,
    created_at: datetime,
    finding: str,
    provisional: bool,
    *pick: Any,
) -> Advice:
    return Advice(
        id=recommendation_id,
        state=state,
        version=version,
        since=since,
        created_at=created_at,
        finding=finding,
        provisional=provisional,
        pick=pick_key(*pick),
    )


def _standing(advice: list[Advice]) -> Standing:
    """Return the newest of each kind; the given ones are oldest first."""
    newest = {each.state in UNDER_WAY or each.state: each for each in advice}
    return Standing(
        active=newest.get(State.ACTIVE.value),
        under_way=newest.get(True),
        succeeded=newest.get(State.SUCCEEDED.value),
    )
