"""What the answer comes to: a finding about today's option, or what blocks any."""

from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.assumptions import SAVING_SHARE
from advisor.decision.question import Question
from advisor.decision.ranking import Ranking
from advisor.decision.reasons import (
    BIT,
    REASONS,
    Group,
    Reason,
    bits,
    reasons_in,
)
from advisor.decision.screening import Screening
from advisor.decision.spend import Spend
from advisor.decision.view import View
from advisor.decision.weighing import Weighed

_NORMAL = NormalDist()


class Finding(StrEnum):
    """How the option in use today compares."""

    OVER_PROVISIONED = "over_provisioned"
    UNDER_PROVISIONED = "under_provisioned"
    OPTIMIZED = "optimized"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """The cheapest way out when nothing fits.

    `reasons` are the limits in the way of `slot`, the cheapest option that only they
    refuse; `blocked` counts the options that they alone refuse.
    """

    slot: int
    reasons: tuple[Reason, ...]
    blocked: int


def finding(
    question: Question,
    view: View,
    *,
    today: Weighed,
    spend: Spend,
    ranking: Ranking,
) -> Finding | None:
    """Say how today's option compares; None when the workload names none.

    Failing a limit at the confidence asked comes first. What neither fails at that
    confidence nor meets the limits by its estimate cannot be compared. `today` is with
    today's option run as it is today, `spend` with all options run as they should be.
    """
    slot = view.slot_of(question.current)
    if question.current is None:
        return None
    if slot is None or np.isnan(today.spend.total[slot]):
        return Finding.NOT_COMPARABLE
    if _fails_surely(question, today.screening, slot):
        return Finding.UNDER_PROVISIONED
    if today.screening.masks[slot] != 0:
        return Finding.NOT_COMPARABLE
    if len(ranking.order):
        then = float(spend.total[ranking.order[0]])
        if _saves_enough(question, float(today.spend.total[slot]), then):
            return Finding.OVER_PROVISIONED
    return Finding.OPTIMIZED


_UNSURE = bits(Group.LATENCY, Group.QUALITY) | sum(
    BIT[reason]
    for reason in REASONS
    if reason.code.endswith("_unknown") or reason is Reason.UNDISCLOSED
)


def _fails_surely(question: Question, screening: Screening, slot: int) -> bool:
    if int(screening.masks[slot]) & ~_UNSURE:
        return True
    doubt = 1 - question.floor.confidence
    quality, latency = screening.quality_met, screening.latency_margin
    if quality is not None and quality[slot] <= doubt:  # never so for an unknown one
        return True
    return latency is not None and bool(latency[slot] <= _NORMAL.inv_cdf(doubt))


def _saves_enough(question: Question, today: float, then: float) -> bool:
    saving = today - then
    least = max(today * SAVING_SHARE, float(question.minimum_saving_usd))
    return saving > 0 and saving >= least


def relaxation(near: Ints, screening: Screening) -> Relaxation | None:
    """Return the cheapest relaxation of the buyer's limits, fewest reasons first.

    `near` holds the refused slots in that order. Only limits that the buyer can move
    count; an unpriced or retired option stays out.
    """
    masks = screening.masks[near]
    movable = masks & bits(Group.MARKET) == 0
    if not movable.any():
        return None
    first = int(np.argmax(movable))
    return Relaxation(
        slot=int(near[first]),
        reasons=reasons_in(int(masks[first])),
        blocked=int((masks == masks[first]).sum()),
    )


def counts_by_reason(view: View, screening: Screening) -> dict[str, int]:
    """Return how many visible options each reason refuses, most first."""
    masks = screening.masks[view.visible]
    counts = {
        reason.code: int(np.count_nonzero(masks & BIT[reason]))
        for reason in screening.refusals
    }
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {code: count for code, count in ordered if count}


def performance_risk(probability: float) -> int:
    """Return 0 (none) to 4 for the probability that all limits are met."""
    return int(np.searchsorted([-0.99, -0.95, -0.8, -0.5], -probability, side="left"))


def met_together(*probabilities: Floats | None) -> Floats | None:
    """Return the least of the stated probabilities, None if none is stated."""
    stated = [values for values in probabilities if values is not None]
    return np.minimum.reduce(stated) if stated else None
