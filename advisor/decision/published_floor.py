"""The floor, held against what was published: a ranking that proves nothing."""

import numpy as np

from advisor.decision.quality import PUBLISHED, Quality, threshold
from advisor.decision.question import FloorKind, Question
from advisor.decision.reasons import Group, Reason, bits
from advisor.decision.screening import Screening, number
from advisor.decision.view import View

# Among what a floor's reference is sought; the next where nothing passes this one.
_REFERENCE_PASSES = (
    bits(Group.HARD, Group.LATENCY, Group.MARKET),
    bits(Group.HARD, Group.MARKET),
    bits(Group.MARKET),
)


def hold_published_floor(
    screening: Screening, question: Question, view: View, quality: Quality
) -> None:
    """Refuse what is below the floor by what was published; a guess proves nothing.

    The reference is the best among what passes everything but the budget. Where a
    limit lets nothing pass, it is sought without that limit: the floor stays a floor.
    """
    if question.floor.kind == FloorKind.NONE:
        return
    model = view.history.slot_model
    floor = None
    for unfit in _REFERENCE_PASSES:
        fit = (screening.masks & unfit == 0) & view.visible
        floor = floor or threshold(
            question.floor,
            quality,
            eligible=model[fit],
            models=view.history.models,
        )
    unproven = quality.basis[model] < PUBLISHED
    if floor is None:
        screening.refuse(
            Reason.QUALITY_UNPROVEN,
            np.ones(len(model), dtype=bool),
            limit=question.floor.value,
        )
        return
    estimate = quality.estimate[model]
    screening.threshold = floor
    screening.quality_met = floor.probability_met(quality)[model]
    screening.refuse(Reason.QUALITY_UNPROVEN, unproven, limit=floor.share)
    screening.refuse(
        Reason.BELOW_FLOOR,
        ~unproven & (quality.log_odds[model] < floor.log_odds),
        limit=floor.share,
        value=number(estimate),
    )
