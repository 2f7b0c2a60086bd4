"""Whom to ask next, so that few calls decide which option is the cheapest.

Racing by expected value of information: all options start alike; then the calls go to
the option whose verdict is most worth knowing and to the references it is held
against, until nothing is worth a call, or the calls are used.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.evidence.contest import Contest
from advisor.decision.evidence.floor import Standing
from advisor.decision.evidence.worth import proof_calls, prospect, rivals

FIRST_ITEMS = 16
BATCH_ITEMS = 8
# A turn of a verdict that is worth less, in multiples of the option's cost, is not
# bought.
LEAST_GAIN = 0.02


class Stop(StrEnum):
    """Why nobody is asked any more."""

    NOTHING_TO_GAIN = "nothing_to_gain"
    CALLS_USED = "calls_used"
    ITEMS_USED = "items_used"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask an option so many further items, in the common order."""

    option: int
    items: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do next, and what is known by now.

    Either `asks` or `stop` is given. `pick` is the cheapest option that meets the floor
    at the confidence asked. `cheapest_if_proven` is the cheapest one below it that more
    likely than not would, else, without a pick, the likeliest; `proof_calls` is what
    its proof would take if it keeps its lead, None if that cannot be told. `worth`, by
    option, is what asking on may save, in the unit of the costs.
    """

    asks: tuple[Ask, ...]
    stop: Stop | None
    standing: Standing
    pick: int | None
    cheapest_if_proven: int | None
    proof_calls: int | None
    worth: Floats


def next_step(contest: Contest) -> Step:
    """Return whom to ask next, or why to stop, and the verdict by now."""
    outlook = prospect(contest)
    candidate = _candidate(contest)
    asks, stop = _start(contest), None
    if not asks:
        asks, stop = _race(contest, outlook.gain)
    return Step(
        asks=asks,
        stop=stop,
        standing=contest.standing,
        pick=contest.pick,
        cheapest_if_proven=candidate,
        proof_calls=None if candidate is None else proof_calls(contest, candidate),
        worth=outlook.worth,
    )


def _start(contest: Contest) -> tuple[Ask, ...]:
    """Bring all options to the same few items."""
    options = len(contest.costs)
    first = first_items(contest.asks_left, options, contest.items)
    if contest.positions.any():
        first = min(first, contest.asks_left // (2 * options))
    return _asks(np.maximum(first - contest.positions, 0))


def first_items(asks: int, options: int, items: int) -> int:
    """Return how many items everybody starts with; fewer if calls are scarce."""
    affordable = asks // (2 * options) or asks // options
    return min(FIRST_ITEMS, affordable, items)


def _race(contest: Contest, gain: Floats) -> tuple[tuple[Ask, ...], Stop | None]:
    """Ask about what is most worth knowing."""
    option = int(gain.argmax())
    if gain[option] <= LEAST_GAIN:
        return (), Stop.NOTHING_TO_GAIN if contest.asks_left else Stop.CALLS_USED
    parties = rivals(contest)
    parties[option] = True
    further = _further(contest, np.flatnonzero(parties))
    if further.any():
        return _asks(further), None
    return (), Stop.ITEMS_USED if contest.asks_left else Stop.CALLS_USED


def _further(contest: Contest, involved: Ints) -> Ints:
    """Return how many more items each option is asked.

    Those behind catch up first; what is known of a difference hangs on the shorter.
    """
    further = np.zeros(len(contest.costs), np.int64)
    behind = contest.positions[involved].max() - contest.positions[involved]
    wanted = np.minimum(behind, 2 * BATCH_ITEMS)
    if not wanted.any():
        left = contest.items - contest.positions[involved].max()
        wanted = np.full(len(involved), min(BATCH_ITEMS, left))
    if wanted.sum() > contest.asks_left:
        wanted = wanted * contest.asks_left // wanted.sum()
    further[involved] = wanted
    return further


def _asks(further: Ints) -> tuple[Ask, ...]:
    return tuple(
        Ask(option, int(items)) for option, items in enumerate(further) if items > 0
    )


def _candidate(contest: Contest) -> int | None:
    """Return the unproven option whose proof would help most."""
    cheaper = ~contest.proven
    if contest.pick is not None:
        cheaper &= contest.costs < contest.costs[contest.pick]
    likely = np.flatnonzero(cheaper & (contest.standing.lead > 0))
    if len(likely):
        return int(likely[contest.costs[likely].argmin()])
    if contest.pick is None and cheaper.any():
        return int(contest.standing.met.argmax())
    return None
