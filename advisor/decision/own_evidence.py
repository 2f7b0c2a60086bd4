"""Judges what was measured on the buyer's own items against the buyer's floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from advisor.decision.arrays import NONE, Bools, Ints
from advisor.decision.evaluations import Evaluations
from advisor.decision.evidence.estimates import Posterior, posterior
from advisor.decision.evidence.floor import Standing, standing
from advisor.decision.own_quality import Judged, widened
from advisor.decision.question import FloorKind, Question
from advisor.decision.reasons import Group, bits
from advisor.decision.screening import Screening
from advisor.decision.spend import Spend
from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.pruning import Goal
from advisor.decision.strategies.table import StrategyTable, evaluated_strategies
from advisor.decision.subject_costs import subject_costs
from advisor.decision.view import View
from advisor.decision.way_in_use import quality_in_use
from advisor.decision.ways import Way

# Advice is reproducible: the same evidence is always judged by the same draws.
SEED = 20_260_101
_UNFIT = bits(Group.HARD, Group.LATENCY, Group.MARKET)
# Among what a relative floor's best is sought; the next where nothing passes this one.
_REFERENCE_PASSES = (_UNFIT, bits(Group.HARD, Group.MARKET), bits(Group.MARKET), 0)


@dataclass(frozen=True, kw_only=True)
class OwnEvidence:
    """What the buyer's own items say: of each subject, then of each strategy.

    The options of `known` and `stood` are the subjects, each asked once, and after
    them `strategies`, places in `table`: those of more than one call that can be
    bought; last the way that is in use. `leads` is the slot at which each subject is
    bought for them, NONE for none. `stood` is None where no floor is stated, or none
    could be held.
    """

    evaluations: Evaluations
    leads: Ints
    table: StrategyTable | None
    strategies: Ints
    known: Posterior
    stood: Standing | None
    reference: int  # the model most likely the best, NONE for an absolute floor
    in_use: int | None = None  # the option that is today's way, None if unknown

    @property
    def subjects(self) -> int:
        """How many subjects were asked."""
        return len(self.evaluations.outcomes.subjects)

    def judged(self, option: int, slots: Sequence[int]) -> Judged:
        """Return what is known of an option when its stages are bought at `slots`."""
        stood, evaluations = self.stood, self.evaluations
        subject = int(evaluations.subject_of_slot[slots[0]])
        measured = Judged(
            mean=float(self.known.mean[option]),
            sd=float(self.known.sd[option]),
            met=np.nan if stood is None else float(stood.met[option]),
            lead=np.nan if stood is None else float(stood.lead[option]),
            lead_sd=np.nan if stood is None else float(stood.lead_sd[option]),
            items=int(evaluations.items[subject]),
        )
        exact = bool(evaluations.exact[list(slots)].all())
        return measured if exact else widened(measured)

    def means_by_model(self, view: View) -> dict[int, float]:
        """Return what each model that can be seen achieved by a single call."""
        subject = self.evaluations.subject_of_slot
        found: dict[int, dict[int, float]] = {}
        for slot in np.flatnonzero((subject != NONE) & view.visible).tolist():
            asked = found.setdefault(int(view.history.slot_model[slot]), {})
            asked[int(subject[slot])] = float(self.known.mean[subject[slot]])
        return {model: fmean(means.values()) for model, means in found.items()}

    def singles(self) -> dict[int, Judged]:
        """Return what is known of one call of every slot that was asked."""
        subject = self.evaluations.subject_of_slot
        return {
            slot: self.judged(int(subject[slot]), [slot])
            for slot in np.flatnonzero(subject != NONE).tolist()
        }


def judge(
    question: Question,
    view: View,
    screening: Screening,
    spend: Spend,
    evaluations: Evaluations,
    *,
    today: Way | None = None,
) -> OwnEvidence:
    """Judge every subject, every strategy that could be bought, and today's way.

    `screening` holds all limits but quality and budget, `spend` is of one call.
    """
    leads = leads_of(view, screening, spend, evaluations)
    outcomes = evaluations.outcomes
    values = outcomes.mean_scores()
    references = _references(question, view, screening, evaluations)
    table, strategies = _strategies(
        question, view, spend, evaluations, leads=leads, references=references
    )
    if table is not None and len(strategies):
        values = np.concatenate([values, table.quality[strategies]])
    in_use = quality_in_use(evaluations, today)
    values = np.concatenate([values, in_use])
    known = posterior(values, outcomes.weights, outcomes.clusters)
    stood = _stood(question, known, references)
    return OwnEvidence(
        evaluations=evaluations,
        leads=leads,
        table=table,
        strategies=strategies,
        known=known,
        stood=stood,
        reference=_reference(question, view, evaluations, stood),
        in_use=len(values) - 1 if len(in_use) else None,
    )


def leads_of(
    view: View, screening: Screening, spend: Spend, evaluations: Evaluations
) -> Ints:
    """Return by subject the slot at which it is bought, NONE where it cannot be.

    The measured offering itself comes first: another seller's quality is less sure.
    """
    subject = evaluations.subject_of_slot
    fit = np.flatnonzero(
        view.visible & (screening.masks & _UNFIT == 0) & (subject != NONE)
    )
    place = view.history.slot_order[fit]
    order = fit[np.lexsort((place, spend.total[fit], ~evaluations.exact[fit]))]
    leads = np.full(len(evaluations.outcomes.subjects), NONE, dtype=np.int64)
    # Written from the last to the first, so that the first one stays.
    leads[subject[order[::-1]]] = order[::-1]
    return leads


def _strategies(
    question: Question,
    view: View,
    spend: Spend,
    evaluations: Evaluations,
    *,
    leads: Ints,
    references: Bools,
) -> tuple[StrategyTable | None, Ints]:
    """Return all strategies, and the places of those of more than one call.

    Without a floor the cheapest single call is what to buy, and nothing else is asked.
    """
    if question.floor.kind == FloorKind.NONE or not (leads != NONE).any():
        return None, np.zeros(0, dtype=np.int64)
    table = evaluated_strategies(
        evaluations.tables,
        subject_costs(view, spend, evaluations, leads),
        goal=_goal(question, evaluations, leads=leads, references=references),
    )
    several = [
        place
        for place, strategy in enumerate(table.strategies)
        if strategy.kind is not Kind.SINGLE
    ]
    return table, np.array(several, dtype=np.int64)


def _goal(
    question: Question, evaluations: Evaluations, *, leads: Ints, references: Bools
) -> Goal | None:
    """Return what strategies are pruned for; None where no floor can be held."""
    floor = question.floor
    if floor.kind == FloorKind.RELATIVE and not references.any():
        return None
    return Goal(
        kind=floor.kind.value,
        value=floor.value,
        confidence=floor.confidence,
        references=references,
        # Another seller's quality is less sure than the measured one.
        eligible=(leads != NONE) & evaluations.exact[leads],
    )


def _references(
    question: Question, view: View, screening: Screening, evaluations: Evaluations
) -> Bools:
    """Return the subjects among which a relative floor's best is sought.

    The one that the buyer names, else those that pass everything but the budget; where
    a limit lets nothing pass they are sought without it: the floor stays a floor.
    """
    subject = evaluations.subject_of_slot
    found = np.zeros(len(evaluations.outcomes.subjects), dtype=bool)
    named = question.floor.reference
    if named:
        of_model = np.array([name == named for name in view.history.models], dtype=bool)
        slots = of_model[view.history.slot_model] & (subject != NONE)
        found[subject[slots]] = True
        return found
    for unfit in _REFERENCE_PASSES:
        slots = (screening.masks & unfit == 0) & view.visible & (subject != NONE)
        if slots.any():
            found[subject[slots]] = True
            return found
    return found


def _stood(question: Question, known: Posterior, references: Bools) -> Standing | None:
    floor = question.floor
    if floor.kind == FloorKind.NONE:
        return None
    if floor.kind == FloorKind.RELATIVE and not references.any():
        return None
    among = np.zeros(len(known.mean), dtype=bool)
    among[: len(references)] = references
    return standing(
        known, kind=floor.kind.value, value=floor.value, references=among, seed=SEED
    )


def _reference(
    question: Question,
    view: View,
    evaluations: Evaluations,
    stood: Standing | None,
) -> int:
    if stood is None or question.floor.kind != FloorKind.RELATIVE:
        return NONE
    subjects = len(evaluations.outcomes.subjects)
    best = int(np.argmax(stood.best[:subjects]))
    slots = np.flatnonzero(evaluations.subject_of_slot == best)
    return int(view.history.slot_model[slots[0]]) if len(slots) else NONE
