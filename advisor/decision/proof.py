"""What would make an answer surer, and what that would cost."""

from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

import numpy as np

from advisor.decision.arrays import NONE, Floats
from advisor.decision.evidence.allocation import FIRST_ITEMS
from advisor.decision.quality import PUBLISHED, Quality
from advisor.decision.question import FloorKind, Question
from advisor.decision.reasons import BIT, Reason
from advisor.decision.spend import Spend
from advisor.decision.view import View
from advisor.decision.weighing import Weighed

# More items than this are no answer to a buyer.
MOST_ITEMS = 20_000
_NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """An option that lacks only proof that it meets the floor, and what proof takes.

    `items` further ones, each asked once of the option and of the reference (NONE for
    an absolute floor): if the option is as good as its estimate, it is then proven at
    the confidence asked in half of all cases. None where it is too close to tell.
    `usd` is for all `calls`, None where a price is unknown.
    """

    slot: int
    probability: float
    items: int | None
    calls: int | None
    usd: float | None


def cheapest_if_proven(
    question: Question,
    view: View,
    weighed: Weighed,
    *,
    alone: Spend,
    quality: Quality,
    recommended: int | None,
) -> Proof | None:
    """Return the cheapest option that only its quality is in doubt of.

    Its estimate meets the floor, it is not sure enough or was never asked the buyer's
    items, and it costs less than what is recommended.
    """
    met = weighed.screening.quality_met
    if question.floor.kind == FloorKind.NONE or met is None:
        return None
    slot = _cheapest(question, view, weighed, quality, met, recommended)
    if slot is None:
        return None
    items = _items_needed(question, weighed, slot)
    asked = list(dict.fromkeys([slot, *_reference(weighed, view, alone)]))
    return Proof(
        slot=slot,
        probability=float(met[slot]),
        items=items,
        calls=None if items is None else items * len(asked),
        usd=None if items is None else _usd(alone, asked, items),
    )


def _cheapest(
    question: Question,
    view: View,
    weighed: Weighed,
    quality: Quality,
    met: Floats,
    recommended: int | None,
) -> int | None:
    masks, total = weighed.screening.masks, weighed.spend.total
    doubted = masks & ~BIT[Reason.QUALITY_UNPROVEN] == 0
    unsure = view.visible & doubted & ((masks != 0) | (met < question.floor.confidence))
    # A guess by size would send the buyer after models that nobody ever scored.
    scored = quality.basis[view.history.slot_model] >= PUBLISHED
    known = scored if weighed.own is None else scored | weighed.own.known
    unsure &= known & ~np.isnan(total)
    threshold = weighed.screening.threshold
    if threshold is not None:
        # Proof can only confirm an estimate that meets the floor.
        unsure &= weighed.log_odds >= threshold.log_odds
    if recommended is not None:
        # The pick itself may lack proof; another must be cheaper.
        pick = np.arange(len(total)) == recommended
        unsure &= (total < total[recommended]) | pick
    slots = np.flatnonzero(unsure)
    if not len(slots):
        return None
    place = view.history.slot_order[slots]
    return int(slots[np.lexsort((place, total[slots]))[0]])


def _items_needed(question: Question, weighed: Weighed, slot: int) -> int | None:
    """Return how many items more would prove a slot, None where none would."""
    z = _NORMAL.inv_cdf(question.floor.confidence)
    own, threshold = weighed.own, weighed.screening.threshold
    if threshold is None:
        return None
    if z <= 0:
        # An even chance is had at the estimate itself; only to be asked is lacking.
        return FIRST_ITEMS
    if own is not None and own.known[slot]:
        return _further(own.items[slot], float(own.met[slot]), z)
    share = float(1 / (1 + np.exp(-weighed.log_odds[slot])))
    lead = share - threshold.share
    if lead <= 0:
        return None
    # As if option and reference erred apart, which asks for rather too many items.
    spread = share * (1 - share)
    if threshold.reference != NONE and question.floor.value:
        best = min(threshold.share / question.floor.value, 1.0)
        spread += question.floor.value**2 * best * (1 - best)
    return _bounded(ceil(z * z * spread / lead**2))


def _further(asked: int, met: float, z: float) -> int | None:
    """Return how many more items shrink the error until the lead is worth z of it."""
    now = _NORMAL.inv_cdf(min(max(met, 1e-9), 1 - 1e-9))
    if now <= 0:
        return None
    return _bounded(ceil(asked * ((z / now) ** 2 - 1)))


def _bounded(items: int) -> int | None:
    return max(items, 1) if items <= MOST_ITEMS else None


def _reference(weighed: Weighed, view: View, alone: Spend) -> list[int]:
    """Return the slot at which a single call of the reference is cheapest, if any."""
    threshold = weighed.screening.threshold
    if threshold is None or threshold.reference == NONE:
        return []
    total = alone.total
    slots = np.flatnonzero(
        (view.history.slot_model == threshold.reference)
        & view.visible
        & ~np.isnan(total)
    )
    return [int(slots[np.argmin(total[slots])])] if len(slots) else []


def _usd(alone: Spend, asked: list[int], items: int) -> float | None:
    each = float(sum(alone.per_request[slot, 0] for slot in asked))
    return None if np.isnan(each) else items * each
