"""The floor, held against what was measured on the buyer's own items."""

import numpy as np

from advisor.decision.normal import logit
from advisor.decision.own_quality import Moved, OwnQuality
from advisor.decision.quality import Threshold
from advisor.decision.question import FloorKind, Question
from advisor.decision.reasons import Reason
from advisor.decision.screening import Screening, number

_LEAST = 1e-3


def hold_own_floor(
    screening: Screening, question: Question, own: OwnQuality, moved: Moved
) -> None:
    """Refuse what is below the floor, and what is not sure enough to be above it.

    Only what was asked may pass, and only with the confidence that the buyer wants.
    What was not asked keeps the probability that its published quality gives it.
    """
    floor = question.floor
    if floor.kind == FloorKind.NONE:
        return
    if np.isnan(own.threshold):
        everything = np.ones(len(own.met), dtype=bool)
        screening.refuse(Reason.QUALITY_UNPROVEN, everything, limit=floor.value)
        return
    estimate = np.where(own.known, own.estimate, moved.estimate())
    met = np.where(
        own.known, own.met, moved.probability_met(own.threshold, own.threshold_sd)
    )
    screening.threshold = _threshold(own)
    screening.quality_met = met
    passes = own.known & (met >= floor.confidence)
    below = estimate < own.threshold
    screening.refuse(
        Reason.QUALITY_UNPROVEN,
        ~passes & ~below,
        limit=own.threshold,
        value=number(estimate),
    )
    screening.refuse(
        Reason.BELOW_FLOOR,
        ~passes & below,
        limit=own.threshold,
        value=number(estimate),
    )


def _threshold(own: OwnQuality) -> Threshold:
    inside = min(max(own.threshold, _LEAST), 1 - _LEAST)
    return Threshold(
        log_odds=float(logit(np.array([inside]))[0]),
        ln_sd=own.threshold_sd / (inside * (1 - inside)),
        share=own.threshold,
        reference=own.reference,
    )
