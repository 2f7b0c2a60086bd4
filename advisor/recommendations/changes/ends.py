"""The two ends of a comparison as worlds, both over the catalogue as it is now."""

from dataclasses import dataclass, replace
from uuid import UUID

from advisor.decision.question import Question
from advisor.decision.traffic import month_starts
from advisor.decision.view import view
from advisor.decision.worlds import World
from advisor.recommendations import services
from advisor.recommendations.catalogue import Newest, current_history, newest_changes
from advisor.recommendations.evaluations.seen import evaluations_seen
from advisor.recommendations.measurements import measurements_seen
from advisor.recommendations.models import Recommendation
from advisor.recommendations.questions import question_of


@dataclass(frozen=True, kw_only=True)
class Ends:
    """An older and a newer answer, and the newer question asked at the older moment."""

    before: World
    edited: World
    after: World


def ends_of(before: Recommendation, after: Recommendation) -> Ends:
    """Compute both answers again, and what the edits alone would have come to."""
    newest = newest_changes()
    old, new = _world(before, newest), _world(after, newest)
    return Ends(
        before=old, edited=_edited(old, new.question, after.workload_id), after=new
    )


def _world(recommendation: Recommendation, newest: Newest) -> World:
    question = question_of(
        recommendation.revision,
        as_of=recommendation.as_of,
        previous_pick=services.pick_of(recommendation.previous),
    )
    seen = view(
        current_history(newest.catalogue),
        as_of=recommendation.as_of,
        known_at=min(recommendation.known_at, newest.known_at),
        organization=str(recommendation.organization_id),
        horizon_end=month_starts(recommendation.as_of)[-1],
    )
    evaluations = evaluations_seen(seen)
    return World(
        question=question,
        seen=seen,
        quality=services.quality_for(question.task_family, seen, evaluations),
        measurements=measurements_seen(seen, newest.measurements),
        evaluations=evaluations.of_workload(
            recommendation.workload_id, question.task_family
        ),
    )


def _edited(before: World, question: Question, workload_id: UUID) -> World:
    asked_then = replace(
        question,
        as_of=before.question.as_of,
        previous_pick=before.question.previous_pick,
    )
    if asked_then == before.question:
        return before
    family = question.task_family
    if family == before.question.task_family:
        return replace(before, question=asked_then)
    evaluations = evaluations_seen(before.seen)
    return replace(
        before,
        question=asked_then,
        quality=services.quality_for(family, before.seen, evaluations),
        evaluations=evaluations.of_workload(workload_id, family),
    )
