"""What one organization knows of quality on its own items, workload by workload."""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from threading import Lock
from uuid import UUID

import numpy as np

from advisor.decision.arrays import NONE, Bools, Ints
from advisor.decision.evaluations import Evaluations
from advisor.decision.evidence.estimates import posterior
from advisor.decision.history import CatalogueHistory
from advisor.decision.quality import SuiteScore
from advisor.decision.strategies.tables import VoteTables, tables
from advisor.decision.view import View
from advisor.recommendations.evaluations.marks import (
    RunMark,
    own_marks,
    run_marks,
    suite_marks,
)
from advisor.recommendations.evaluations.tensors import Gathered, Key, gather

# Of twenty offerings on 400 items with 8 samples each takes some 12 MB.
GATHERED_KEPT = 16

_lock = Lock()
_gathered: OrderedDict[tuple[UUID, ...], tuple[Gathered, VoteTables]] = OrderedDict()


@dataclass(frozen=True, kw_only=True)
class EvaluationsSeen:
    """The runs that an organization may use at a view's moments."""

    seen: View
    marks: Sequence[RunMark]

    def of_workload(
        self, workload_id: UUID | None, task_family: str
    ) -> Evaluations | None:
        """Return what was measured on a workload's items; None for nothing."""
        marks = own_marks(self.marks, workload_id=workload_id, task_family=task_family)
        found = _gathered_once(marks) if marks else None
        if found is None:
            return None
        return evaluations_of(*found, self.seen)

    def suite_scores(self, task_family: str) -> tuple[SuiteScore, ...]:
        """Return what models achieved on the ready suite's kinds for a task family.

        A model that was asked at several sellers counts with the mean of them.
        """
        marks = suite_marks(self.marks, task_family=task_family)
        kinds = sorted({mark.suite for mark in marks})
        return tuple(
            score
            for kind in kinds
            for score in _suite_scores(
                kind, [mark for mark in marks if mark.suite == kind]
            )
        )


def _suite_scores(kind: str, marks: Sequence[RunMark]) -> list[SuiteScore]:
    """Return the mean share of right answers of each model on one kind."""
    newest = max(mark.version for mark in marks)
    found = _gathered_once([mark for mark in marks if mark.version == newest])
    if found is None:
        return []
    outcomes = found[0].outcomes
    known = posterior(outcomes.mean_scores(), outcomes.weights, outcomes.clusters)
    means: defaultdict[str, list[float]] = defaultdict(list)
    runs: defaultdict[str, set[str]] = defaultdict(set)
    for (_, _, model), mean, ids in zip(
        found[0].keys, known.mean.tolist(), found[0].runs, strict=True
    ):
        means[model].append(mean)
        runs[model] |= {*ids}
    return [
        SuiteScore(
            model=model,
            kind=kind,
            score=fmean(means[model]),
            runs=tuple(sorted(runs[model])),
        )
        for model in sorted(means)
    ]


def evaluations_seen(seen: View) -> EvaluationsSeen:
    """Read which runs a view's organization may use at its moments; one query."""
    marks = run_marks(seen.organization, as_of=seen.as_of, known_at=seen.known_at)
    return EvaluationsSeen(seen=seen, marks=marks)


def _gathered_once(marks: Sequence[RunMark]) -> tuple[Gathered, VoteTables] | None:
    """Gather outcomes and count their votes, once per set of runs."""
    key = tuple(mark.run_id for mark in marks)
    with _lock:
        kept = _gathered.get(key)
        if kept is not None:
            _gathered.move_to_end(key)
    if kept is None:
        found = gather(marks)
        if found is None:
            return None
        kept = found, tables(found.outcomes)
        with _lock:
            _gathered[key] = kept
            while len(_gathered) > GATHERED_KEPT:
                _gathered.popitem(last=False)
    return kept


def evaluations_of(found: Gathered, votes: VoteTables, seen: View) -> Evaluations:
    """Say which slots the outcomes speak for, over a view's history."""
    subject, exact = _slots(found.keys, seen.history)
    return Evaluations(
        outcomes=found.outcomes,
        tables=votes,
        subject_of_slot=subject,
        exact=exact,
        runs=found.runs,
        prompt_once=np.array(found.prompt_once, dtype=bool),
    )


def _slots(keys: Sequence[Key], history: CatalogueHistory) -> tuple[Ints, Bools]:
    """Return the subject of each slot, and whether it is just that slot's.

    Its own tier's measurement comes first, then another tier's of the same offering,
    then one of its model as such; these count as its own. What another seller of the
    model achieved comes last; among several of those, the first by name.
    """
    subject = np.full(len(history.slot_tier), NONE, dtype=np.int64)
    exact = np.zeros(len(subject), dtype=bool)
    numbers = list(enumerate(keys))
    models = {name: index for index, name in enumerate(history.models)}
    offerings = {name: index for index, name in enumerate(history.offerings)}
    # Written from the last in order to the first, so that the first one stays.
    for number, (offering, _, model) in reversed(numbers):
        if offering is not None:
            subject[history.slot_model == models.get(model, NONE)] = number
    for number, (offering, _, model) in reversed(numbers):
        if offering is None:
            of_model = history.slot_model == models.get(model, NONE)
            subject[of_model], exact[of_model] = number, True
    for number, (offering, _, _) in reversed(numbers):
        same = history.slot_offering == offerings.get(str(offering), NONE)
        subject[same], exact[same] = number, True
    for number, (offering, tier, _) in reversed(numbers):
        slot = history.slot_index.get((str(offering), tier))
        if slot is not None:
            subject[slot], exact[slot] = number, True
    return subject, exact
