"""Takes recommendations from state to state, one step at a time.

Every writer locks the workload first, so that steps of one workload follow one
another and it never has two active recommendations.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.audit import NOBODY, Author, record_for
from advisor.recommendations.models import (
    Recommendation,
    RecommendationLife,
    State,
    Transition,
)
from workloads.models import Workload

# What a buyer may do; what is missing here is final.
STEPS: dict[str, tuple[State, ...]] = {
    State.ACTIVE: (State.ACCEPTED, State.DISMISSED),
    State.ACCEPTED: (
        State.IN_PROGRESS,
        State.SUCCEEDED,
        State.FAILED,
        State.DISMISSED,
    ),
    State.IN_PROGRESS: (State.SUCCEEDED, State.FAILED),
    State.DISMISSED: (State.ACTIVE,),
}
# What newer advice supersedes: nobody has decided to follow it.
_SUPERSEDED = (State.ACTIVE, State.DISMISSED)


class StaleVersion(Exception):
    """The recommendation has moved on since the caller read it."""

    def __init__(self, version: int) -> None:
        super().__init__(f"The recommendation is at version {version} by now.")
        self.version = version


class TransitionNotAllowed(Exception):
    """The state of the recommendation has no such step; `allowed` are its steps."""

    def __init__(self, from_state: str, to_state: str) -> None:
        self.from_state = from_state
        self.to_state = to_state
        self.allowed = [state.value for state in STEPS.get(from_state, ())]
        super().__init__(f"No step leads from {from_state} to {to_state}.")


class AnotherIsActive(TransitionNotAllowed):
    """Another recommendation of the workload is active: this cannot be as well."""

    def __init__(self, from_state: str, to_state: str, active: UUID) -> None:
        super().__init__(from_state, to_state)
        self.active = active


def lock_workload(workload_id: UUID) -> None:
    """Let nobody else change lives of the workload until the transaction ends."""
    # Rows that merely refer to the workload can still be added.
    Workload.objects.select_for_update(no_key=True).only("pk").get(pk=workload_id)


def change_state(
    *,
    recommendation: Recommendation,
    to_state: str,
    expected_version: int | None,
    author: Author | None,
    at: datetime,
    reason: str = "",
    note: str = "",
) -> RecommendationLife:
    """Take a step that a buyer asks for, and record who asked.

    `expected_version` is the one that the caller read, None for whichever it is.
    Raises StaleVersion, or TransitionNotAllowed (AnotherIsActive where newer advice
    stands in the way of its return).
    """
    with transaction.atomic():
        lock_workload(recommendation.workload_id)
        life = RecommendationLife.objects.get(pk=recommendation.pk)
        if expected_version not in (None, life.version):
            raise StaleVersion(life.version)
        _check_step(life, to_state)
        step = _take(life, to_state, author=author, at=at, reason=reason, note=note)
        step.save(force_insert=True)
        detail = {"from": step.from_state, "to": to_state, "version": step.version}
        record_for(
            author,
            action=f"recommendation.{to_state}",
            target=recommendation,
            at=step.at,
            detail=detail | {"reason": reason, "note": note},
        )
    return life


def _check_step(life: RecommendationLife, to_state: str) -> None:
    if to_state not in STEPS.get(life.state, ()):
        raise TransitionNotAllowed(life.state, to_state)
    if to_state != State.ACTIVE:
        return
    active = RecommendationLife.objects.filter(
        workload_id=life.workload_id, state=State.ACTIVE
    ).first()
    if active is not None:
        raise AnotherIsActive(life.state, to_state, active.pk)


def _take(
    life: RecommendationLife,
    to_state: str,
    *,
    author: Author | None,
    at: datetime,
    reason: str = "",
    note: str = "",
) -> Transition:
    """Move a locked life on, and return the step, not saved yet."""
    step = Transition(
        organization_id=life.organization_id,
        recommendation_id=life.pk,
        version=life.version + 1,
        from_state=life.state,
        to_state=to_state,
        # Whoever waited for the lock read the clock before the step it waited for.
        at=max(at, life.changed_at),
        reason=reason,
        note=note,
        **_by(author),
    )
    life.state, life.version, life.changed_at = to_state, step.version, step.at
    life.save(update_fields=["state", "version", "changed_at"])
    return step


def _by(author: Author | None) -> dict[str, object]:
    author = author or NOBODY
    return {"user": author.user, "api_key": author.api_key}


def supersede_open(workload: Workload, *, at: datetime) -> list[Transition]:
    """Supersede what nobody follows; return the steps, for `begin` to save.

    Call it under the workload's lock.
    """
    lives = list(
        RecommendationLife.objects.filter(workload=workload, state__in=_SUPERSEDED)
    )
    return [_take(life, State.SUPERSEDED, author=None, at=at) for life in lives]


def begin(
    recommendation: Recommendation,
    *,
    author: Author | None,
    at: datetime,
    superseded: list[Transition],
    state: State = State.ACTIVE,
) -> RecommendationLife:
    """Give new advice a life of its own, active from now on unless told otherwise."""
    life = RecommendationLife(
        organization_id=recommendation.organization_id,
        recommendation=recommendation,
        workload_id=recommendation.workload_id,
        state=state,
        changed_at=at,
    )
    life.save(force_insert=True)
    first = Transition(
        organization_id=life.organization_id,
        recommendation=recommendation,
        version=life.version,
        to_state=life.state,
        at=at,
        **_by(author),
    )
    Transition.objects.bulk_create([*superseded, first])
    return life


def expire(workload_id: UUID, *, at: datetime, unchanged_since: datetime) -> bool:
    """Let the active advice of a workload lapse; return whether there was any.

    Advice that came after `unchanged_since` stays.
    """
    with transaction.atomic():
        lock_workload(workload_id)
        life = (
            RecommendationLife.objects.filter(
                workload_id=workload_id,
                state=State.ACTIVE,
                changed_at__lte=unchanged_since,
            )
            .select_related("organization")
            .first()
        )
        if life is None:
            return False
        step = _take(life, State.EXPIRED, author=None, at=at)
        step.save(force_insert=True)
        record_for(
            None,
            action="recommendation.expired",
            target=life.recommendation,
            at=step.at,
            detail={"from": step.from_state, "to": step.to_state},
        )
    return True
