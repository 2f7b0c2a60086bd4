"""Asks the core for advice, and keeps it."""

from collections import OrderedDict
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any

from django.db import transaction

from accounts.audit import Author
from accounts.models import Organization
from advisor.decision.decide import ENGINE_VERSION, Decision, decide
from advisor.decision.quality import Quality, TaskBenchmarks, view_quality
from advisor.decision.question import OptionKey
from advisor.decision.traffic import month_starts
from advisor.decision.view import View, view
from advisor.recommendations import selectors
from advisor.recommendations.answer import answer_of
from advisor.recommendations.catalogue import current_history, newest_changes
from advisor.recommendations.evaluations.inline import inline_evaluations
from advisor.recommendations.evaluations.seen import (
    EvaluationsSeen,
    evaluations_seen,
)
from advisor.recommendations.measurements import measurements_seen
from advisor.recommendations.models import Cause, Recommendation, State
from advisor.recommendations.picks import PICK_FIELDS, key_of, pick_columns, pick_key
from advisor.recommendations.questions import question_of
from advisor.recommendations.services import life
from benchmarks.importers.sent import SentOutcomes
from catalog.published import own_task_benchmarks
from workloads.models import Workload, WorkloadRevision
from workloads.selectors import current_revision

# A question this close to the moment of asking is about now, whatever the clocks say.
_OF_NOW = timedelta(hours=1)
_QUALITIES_KEPT = 64
_qualities: OrderedDict[tuple[Any, ...], Quality] = OrderedDict()
_lock = Lock()


class UnknownTaskFamily(ValueError):
    """No benchmarks are mapped to the task family."""


@transaction.atomic
def recommend(
    *,
    workload: Workload,
    as_of: datetime,
    known_at: datetime | None = None,
    at: datetime,
    author: Author | None = None,
    cause: str = Cause.ASKED,
) -> Recommendation:
    """Answer the workload's current revision and keep the answer, active from now on.

    `as_of` is the moment that prices and facts are taken from, `known_at` what may be
    known (the newest by default), `at` the moment of asking. What was active or
    dismissed is superseded; what a buyer follows, or followed, stays as it is. An
    answer about another moment than now is kept beside them, and replaces nothing.
    """
    # Two at once answer one after the other: the second knows of the first's pick.
    life.lock_workload(workload.pk)
    revision = current_revision(workload)
    last = selectors.latest_recommendation(workload)
    decision = decide_on(
        revision,
        organization=workload.organization,
        as_of=as_of,
        # Nothing is known before it is asked for, whichever clock is ahead.
        known_at=at if known_at is None else min(known_at, at),
        previous_pick=pick_of(last),
    )
    return keep(
        decision,
        workload=workload,
        revision=revision,
        last=last,
        at=at,
        author=author,
        cause=cause,
        stands=_is_of_now(as_of, known_at, at),
    )


def _is_of_now(as_of: datetime, known_at: datetime | None, at: datetime) -> bool:
    known = at if known_at is None else known_at
    return abs(as_of - at) <= _OF_NOW and at - known <= _OF_NOW


def keep(
    decision: Decision,
    *,
    workload: Workload,
    revision: WorkloadRevision,
    last: Recommendation | None,
    at: datetime,
    author: Author | None,
    cause: str,
    stands: bool = True,
) -> Recommendation:
    """Keep a decision as the workload's active advice; under the workload's lock.

    One that does not stand is superseded from the start.
    """
    superseded = life.supersede_open(workload, at=at) if stands else []
    best = decision.recommended
    pick = None if best is None else key_of(decision, best)
    recommendation = Recommendation.objects.create(
        organization_id=workload.organization_id,
        workload=workload,
        revision=revision,
        previous=last,
        as_of=decision.question.as_of,
        known_at=decision.view.known_at,
        created_at=at,
        engine_version=ENGINE_VERSION,
        cause=cause,
        finding=decision.finding or "",
        provisional=decision.provisional,
        **pick_columns(pick),
        answer=answer_of(decision),
    )
    state = State.ACTIVE if stands else State.SUPERSEDED
    life.begin(recommendation, author=author, at=at, superseded=superseded, state=state)
    return recommendation


def advise(
    revision: WorkloadRevision,
    *,
    organization: Organization,
    as_of: datetime,
    known_at: datetime | None = None,
    outcomes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Answer a question without keeping anything; the revision is not saved.

    `outcomes` are rows that come with it, as `rows`, `models` and `task`; they stand
    in for all that was measured on own items. Raises as `inline_evaluations` does.
    """
    decision = decide_on(
        revision,
        organization=organization,
        as_of=as_of,
        known_at=known_at,
        previous_pick=None,
        outcomes=outcomes,
    )
    return answer_of(decision)


def decide_again(recommendation: Recommendation) -> Decision:
    """Compute a kept answer's decision again from what it depended on."""
    return decide_on(
        recommendation.revision,
        organization=recommendation.organization,
        as_of=recommendation.as_of,
        known_at=recommendation.known_at,
        previous_pick=pick_of(recommendation.previous),
    )


def decide_on(
    revision: WorkloadRevision,
    *,
    organization: Organization,
    as_of: datetime,
    known_at: datetime | None,
    previous_pick: OptionKey | None,
    outcomes: dict[str, Any] | None = None,
) -> Decision:
    """Ask the core what to buy for a revision, as of and known at two moments.

    What may be known is at most what has been committed, so that the same moments
    give the same answer for ever.
    """
    newest = newest_changes()
    history = current_history(newest.catalogue)
    known = newest.known_at if known_at is None else min(known_at, newest.known_at)
    question = question_of(revision, as_of=as_of, previous_pick=previous_pick)
    seen = view(
        history,
        as_of=as_of,
        known_at=known,
        organization=str(organization.pk),
        horizon_end=month_starts(as_of)[-1],
    )
    evaluations = evaluations_seen(seen)
    if outcomes is None:
        own = evaluations.of_workload(revision.workload_id, question.task_family)
    else:
        sent = SentOutcomes(rows=outcomes["rows"], task=outcomes.get("task", ""))
        own = inline_evaluations(
            sent, outcomes.get("models", {}), organization=organization, seen=seen
        )
    return decide(
        question,
        seen,
        quality_for(question.task_family, seen, evaluations),
        measurements_seen(seen, newest.measurements),
        own,
    )


def quality_for(
    task_family: str, seen: View, evaluations: EvaluationsSeen | None = None
) -> Quality:
    """Return the fitted quality of every model, fitted once per set of scores."""
    task = task_benchmarks().get(task_family)
    if task is None:
        raise UnknownTaskFamily(task_family)
    scores = seen.history.scores.dated.latest(
        as_of=seen.at_microseconds, known_at=seen.known_microseconds
    )
    key = (
        id(seen.history),
        seen.history.known_at,
        task_family,
        scores.tobytes(),
        seen.model_rows.tobytes(),
        suite := () if evaluations is None else evaluations.suite_scores(task_family),
    )
    with _lock:
        kept = _qualities.get(key)
    if kept is None:
        kept = view_quality(seen, task, suite)
        with _lock:
            _qualities[key] = kept
            while len(_qualities) > _QUALITIES_KEPT:
                _qualities.popitem(last=False)
    return kept


@cache
def task_benchmarks() -> dict[str, TaskBenchmarks]:
    """Return the benchmarks that stand for each task family."""
    return {
        family: TaskBenchmarks(
            weights={name: float(weight) for name, weight in task.weights.items()},
            anchor=task.anchor,
        )
        for family, task in own_task_benchmarks().items()
    }


def pick_of(recommendation: Recommendation | None) -> OptionKey | None:
    """Return the option that a recommendation picked, None if it picked none."""
    if recommendation is None:
        return None
    return pick_key(*(getattr(recommendation, name) for name in PICK_FIELDS))
