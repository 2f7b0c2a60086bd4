"""Outcomes that come with a question and are forgotten with it."""

from collections.abc import Mapping, Sequence
from math import isnan
from uuid import UUID

import numpy as np

from accounts.models import Organization
from advisor.decision.arrays import Floats
from advisor.decision.evaluations import Evaluations
from advisor.decision.strategies.tables import tables
from advisor.decision.view import View
from advisor.recommendations.evaluations.columns import RunColumns, SetItems
from advisor.recommendations.evaluations.seen import evaluations_of
from advisor.recommendations.evaluations.tensors import Gathered, Key, put_together
from benchmarks.importers.alignment import check
from benchmarks.importers.outcome_rows import Outcome
from benchmarks.importers.sent import SentOutcomes
from benchmarks.selectors.known_outcomes import Subject
from benchmarks.services.evaluations.subjects import subjects_named

# They are of no set; any one name will do for it.
_NO_SET = UUID(int=0)


class Unusable(ValueError):
    """The rows can be read, and prove nothing; says why."""


def inline_evaluations(
    sent: SentOutcomes,
    models: Mapping[str, str],
    *,
    organization: Organization,
    seen: View,
) -> Evaluations:
    """Return what was brought along as what was measured on the buyer's own items.

    `models` maps names in the rows to slugs of models or ids of offerings. Raises
    `Unreadable` and `RowsRefused` for what the rows say, `ValidationError` keyed
    "models" for names that nothing is known by, and `Unusable`.
    """
    brought = sent.read()
    _check_scored(brought.outcomes)
    subjects = subjects_named(brought.models, models, organization=organization)
    places = {
        item: place
        for place, item in enumerate(
            dict.fromkeys(each.item for each in brought.outcomes)
        )
    }
    parts = {
        _key(subject): [
            (
                _NO_SET,
                _columns([o for o in brought.outcomes if o.model == name], places),
            )
        ]
        for name, subject in subjects.items()
    }
    no_weights = {_NO_SET: SetItems(weights={}, clusters={})}
    outcomes = put_together(parts, no_weights)
    if check(outcomes.subjects, outcomes.mean_scores()).is_broken:
        raise Unusable(
            "The errors of no two models have anything in common: check that `item`"
            " names the same question for all of them."
        )
    found = Gathered(
        outcomes=outcomes,
        keys=tuple(parts),
        runs=((),) * len(parts),
        prompt_once=(False,) * len(parts),
    )
    return evaluations_of(found, tables(outcomes), seen)


def _check_scored(outcomes: Sequence[Outcome]) -> None:
    """Refuse what would be passed over in silence."""
    blank = [each for each in outcomes if isnan(each.score)]
    if any(each.answer is not None for each in blank):
        raise Unusable(
            "Some rows have an answer and no score, and there is no grader here: give"
            " scores, or bring the answers to an evaluation set, which grades them."
        )
    scored = {each.model for each in outcomes if not isnan(each.score)}
    for each in blank:
        if each.model not in scored:
            raise Unusable(f"{each.model} has no score at all: leave it out.")


def _key(subject: Subject) -> Key:
    offering = subject.offering.pk if subject.offering else None
    return offering, subject.service_tier, subject.model.slug


def _columns(outcomes: Sequence[Outcome], places: Mapping[str, int]) -> RunColumns:
    """Return one model's outcomes; those without a score say nothing."""
    scored = [each for each in outcomes if not isnan(each.score)]

    def column(name: str) -> Floats:
        return np.array([getattr(each, name) for each in scored], dtype=np.float64)

    figures = ("score", "input_tokens", "output_tokens", "latency_ms", "verifier_score")
    return RunColumns(
        item=np.array([places[each.item] for each in scored], dtype=np.int64),
        sample=np.array([each.sample for each in scored], dtype=np.int64),
        figures={name: column(name) for name in figures},
        answers=[each.answer for each in scored],
    )
