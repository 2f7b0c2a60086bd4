"""Which option to recommend, what it is tied with, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.assumptions import SPEND_Z, TIE_SHARE
from advisor.decision.latency import Latency
from advisor.decision.question import OptionKey
from advisor.decision.screening import Screening
from advisor.decision.spend import Spend
from advisor.decision.view import View

SMALL, MEDIUM, LARGE, UNDISCLOSED = range(4)
BANDS = ("small", "medium", "large", "undisclosed")
MEDIUM_FROM_B = 13.0
LARGE_FROM_B = 100.0


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Feasible slots, best first, and which of them are tied with the first."""

    order: Ints
    tied: Ints


@dataclass(frozen=True, kw_only=True)
class Rung:
    """The best of a size band: feasible, or the nearest miss; None if there is none."""

    band: str
    slot: int | None
    feasible: bool


def rank(
    view: View,
    *,
    spend: Spend,
    screening: Screening,
    log_odds: Floats,
    previous: OptionKey | None,
) -> Ranking:
    """Order the feasible slots by expected spend; settle a tie for the first place.

    Tied with the cheapest is what differs by under 2 %, or whose interval of the
    difference in spend includes zero. Among the tied, quality (`log_odds` by slot)
    decides, then staying with the previous pick, then spend. The rest follow by spend.
    """
    feasible = np.flatnonzero(view.visible & (screening.masks == 0))
    if not len(feasible):
        return Ranking(order=feasible, tied=feasible)
    total = spend.total[feasible]
    place = view.history.slot_order[feasible]
    order = feasible[np.lexsort((place, total))]
    tied = _tied_with(order[0], order, view, spend)
    best = _settle(tied, view, log_odds, previous)
    others = tied[tied != best]
    return Ranking(order=np.append([best], order[order != best]), tied=others)


def _tied_with(cheapest: int, order: Ints, view: View, spend: Spend) -> Ints:
    """Return the slots tied with the cheapest, itself first.

    Growth is common to both, so the sign of a difference depends on the ratio of the
    two alone. Its logarithm carries both tokenizers, which err apart, and the hidden
    tokens of both, which err together: how long models think depends first on the
    task, and that is the same. Options of one model share all of it.
    """
    total = spend.total
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(total[order] / total[cheapest])
    model = view.history.slot_model
    same = model[order] == model[cheapest]
    apart = np.hypot(spend.tokenizer_ln_sd[order], spend.tokenizer_ln_sd[cheapest])
    together = spend.hidden_ln_sd[order] - spend.hidden_ln_sd[cheapest]
    spread = np.where(same, 0.0, np.hypot(apart, together))
    close = total[order] <= total[cheapest] * (1 + TIE_SHARE)
    # Free against free has no ratio, and is covered by the share above. A spread for
    # want of facts ties nothing: unknown must not win by being unknown.
    sure = spend.tokens_known[order] & spend.tokens_known[cheapest]
    tied: Ints = order[close | (sure & (gap <= SPEND_Z * spread))]
    return tied


def _settle(
    tied: Ints, view: View, log_odds: Floats, previous: OptionKey | None
) -> int:
    found = np.where(np.isnan(log_odds[tied]), -np.inf, log_odds[tied])
    finest = tied[found == found.max()]
    if previous is not None:
        last = view.slot_of(previous)
        if last is not None and last in finest:
            return last
    return int(finest[0])


def size_bands(view: View) -> Ints:
    """Return the size band of each slot, by total parameters."""
    total = view.model_facts["total_parameters_b"]
    band = np.searchsorted([MEDIUM_FROM_B, LARGE_FROM_B], total, side="right")
    by_model: Ints = np.where(np.isnan(total), UNDISCLOSED, band)
    return by_model[view.history.slot_model]


def size_ladder(
    ranking: Ranking, bands: Ints, *, view: View, spend: Spend, screening: Screening
) -> tuple[Rung, ...]:
    """Return the four rungs: the first in rank of each band, else its nearest miss."""
    ranked = bands[ranking.order]
    rungs = []
    for index, name in enumerate(BANDS):
        fits = ranking.order[ranked == index]
        if len(fits):
            rungs.append(Rung(band=name, slot=int(fits[0]), feasible=True))
            continue
        misses = nearest_misses(view, spend, screening, among=bands == index)
        slot = int(misses[0]) if len(misses) else None
        rungs.append(Rung(band=name, slot=slot, feasible=False))
    return tuple(rungs)


def nearest_misses(
    view: View, spend: Spend, screening: Screening, among: Bools | None = None
) -> Ints:
    """Return all refused slots: those with the fewest reasons first, then cheapest."""
    refusals = view.visible & (screening.masks != 0)
    refused = np.flatnonzero(refusals if among is None else refusals & among)
    reasons = bit_counts(screening.masks[refused])
    total = spend.total[refused]
    place = view.history.slot_order[refused]
    return refused[np.lexsort((place, total, np.isnan(total), reasons))]


def bit_counts(masks: Ints) -> Ints:
    """Return how many reasons each mask holds."""
    counts: Ints = np.bitwise_count(masks).astype(np.int64)
    return counts


def frontier(order: Ints, *, spend: Spend, log_odds: Floats, latency: Latency) -> Ints:
    """Return the slots that no other beats in spend, quality and latency at once.

    `order` is ascending by spend but for the recommended first; the result is too.
    Each round keeps the cheapest remaining and drops what it dominates, so the cost
    is the size of the frontier times the number of options.
    """
    spent = spend.total[order]
    found = log_odds[order]
    worse = -np.where(np.isnan(found), -np.inf, found)
    slower = latency.request_ms_p95[order]
    ascending = np.lexsort((slower, worse, spent))
    slots, worse, slower = order[ascending], worse[ascending], slower[ascending]
    kept: list[int] = []
    while len(slots):
        kept.append(int(slots[0]))
        # What follows costs as much or more, so these two decide.
        stands = (worse < worse[0]) | (slower < slower[0])
        slots, worse, slower = slots[stands], worse[stands], slower[stands]
    return np.array(kept, dtype=np.int64)


def positions(slots: Sequence[int] | Ints, order: Ints) -> dict[int, int]:
    """Return the rank, from 1, of each of the given slots that is ranked."""
    wanted = np.asarray(slots, dtype=np.int64)
    places = np.flatnonzero(np.isin(order, wanted))
    return {int(order[place]): int(place) + 1 for place in places}
