"""How long strategies take, from the measured latency of each sample.

Every item's samples are put into a few random orders, the same in every answer. In each
order a stage is run as it would be: a vote asks at once for as many samples as could
decide it, and for more, again no more than could, while it is undecided; so it makes no
call that stopping after each single one would save. Where one call holds all samples it
lasts as long as the longest. A cascade joins the order of its first stage with one of
its second on the same item, and adds the second's time where the first disagrees.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.percentiles import (
    SHARES,
    Milliseconds,
    percentiles,
)
from advisor.decision.strategies.spent_tokens import tokens
from advisor.decision.strategies.stages import Plan
from advisor.decision.strategies.tallies import Tallies

# So many runs put a 95th percentile within a percent; few items take several turns.
RUNS = 800
MOST_ORDERS = 8
SEED = 20_221_122


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Milliseconds by plan, subject, item and order; NaN where the stage is not told.

    `apart` is with a call for each sample, `together` with one for all of them, which
    differs only where a stage knows its samples from the start. `passed` is where a
    stage that asks for agreement finds none. `apart_ms` and `together_ms` are the
    percentiles SHARES of a stage by itself, by plan and subject. All NaN where no
    latency was measured.
    """

    apart: Milliseconds
    together: Milliseconds
    passed: Bools
    apart_ms: Floats
    together_ms: Floats


def waits(outcomes: Outcomes, tallied: Tallies, plans: tuple[Plan, ...]) -> Waits:
    """Run every plan in every order."""
    most = min(max(plan.samples for plan in plans), outcomes.scores.shape[2])
    shape = (len(plans), *tallied.kept.shape, orders_of(tallied.kept.shape[1]))
    apart = np.full(shape, np.nan, dtype=np.float32)
    together = np.full(shape, np.nan, dtype=np.float32)
    passed = np.zeros(shape, dtype=bool)
    if tallied.kept.any():
        drawn = _drawn(outcomes, tallied, most)
        for number, plan in enumerate(plans):
            votable = tallied.votable | (plan.kind in (Kind.SINGLE, Kind.VERIFIED))
            told = (votable & (tallied.kept >= plan.samples))[..., None]
            if told.any():
                apart[number] = np.where(told, _apart(drawn, plan), np.nan)
                together[number] = np.where(told, _together(drawn, plan), np.nan)
                passed[number] = _passed(drawn, plan)
    return Waits(
        apart=apart,
        together=together,
        passed=passed,
        apart_ms=_percentiles(apart, outcomes.weights),
        together_ms=_percentiles(together, outcomes.weights),
    )


def _percentiles(ms: Milliseconds, weights: Floats) -> Floats:
    found = np.full((*ms.shape[:2], len(SHARES)), np.nan)
    for number in range(len(ms)):
        found[number] = percentiles(ms[number], weights)
    return found


class _Drawn(NamedTuple):
    """Samples in their orders, by place and then by subject, item and order.

    `ms` and `longest` (so far) are of the sample at a place. `top` and `second` are the
    votes of the two largest classes after so many samples, `parsed` how many voted.
    """

    ms: Milliseconds
    longest: Milliseconds
    top: Ints
    second: Ints
    parsed: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """Subjects, items, orders."""
        return self.ms.shape[1:]


def orders_of(items: int) -> int:
    """Return into how many orders each item's samples are put."""
    return min(MOST_ORDERS, ceil(RUNS / max(items, 1)))


def _drawn(outcomes: Outcomes, tallied: Tallies, most: int) -> _Drawn:
    asked = outcomes.asked
    orders = _orders(asked, most)
    latency = tokens(outcomes.latency_ms, asked)
    known = np.where(latency.known[:, None, None], latency.by_sample, np.nan)
    ms = _in_order(known.astype(np.float32), orders)
    answers = np.where(tallied.voting, outcomes.answers, -1)
    top, second, parsed = _running(_in_order(answers, orders))
    return _Drawn(
        ms=ms,
        longest=np.maximum.accumulate(ms, axis=0),
        top=top,
        second=second,
        parsed=parsed,
    )


def _orders(asked: Bools, most: int) -> Ints:
    """Return which sample is at each place: (subjects, items, orders, places).

    Every sample starts about as many orders as any other, so that a single call, of
    which only the first counts, is measured evenly. Samples not kept come last.
    """
    subjects, items, samples = asked.shape
    orders = orders_of(items)
    draw = np.random.default_rng(SEED)
    keys = draw.random((subjects, items, orders, samples), dtype=np.float32)
    keys[~np.broadcast_to(asked[:, :, None], keys.shape)] = 2.0
    starts = np.argsort(keys[:, :, 0], axis=-1)
    turn = np.arange(orders) % np.maximum(asked.sum(axis=2), 1)[..., None]
    first = np.take_along_axis(starts, turn, axis=-1)[..., None]
    np.put_along_axis(keys, first, -1.0, axis=-1)
    return np.argsort(keys, axis=-1)[..., :most]


def _in_order(by_sample: npt.NDArray[Any], orders: Ints) -> npt.NDArray[Any]:
    """Return (places, subjects, items, orders) of what is by sample."""
    placed = np.take_along_axis(by_sample[:, :, None, :], orders, axis=-1)
    return np.ascontiguousarray(np.moveaxis(placed, -1, 0))


def _running(answers: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the votes of the two largest classes, and of all, after each draw."""
    places, *shape = answers.shape
    top, second, parsed = (
        np.zeros((places + 1, *shape), dtype=np.int64) for _ in range(3)
    )
    leader = np.full(shape, -1)
    for place, answer in enumerate(answers):
        votes = ((answers[: place + 1] == answer) & (answer >= 0)).sum(axis=0)
        before, ahead = second[place], top[place]
        again = answer == leader
        overtakes = ~again & (votes > ahead)
        top[place + 1] = np.maximum(ahead, votes)
        follows = np.where(overtakes, ahead, np.maximum(before, votes))
        second[place + 1] = np.where(again, before, follows)
        leader = np.where(overtakes, answer, leader)
        parsed[place + 1] = parsed[place] + (answer >= 0)
    return top, second, parsed


def _apart(drawn: _Drawn, plan: Plan) -> Milliseconds:
    """Return how long a stage takes with a call for each sample."""
    if plan.kind is Kind.RETRY:
        failed = drawn.parsed[: plan.samples] == 0
        made = np.where(failed, drawn.ms[: plan.samples], 0)
        total: Milliseconds = made.sum(axis=0)
        return total
    if plan.kind is Kind.VERIFIED:
        return _longest(drawn, plan)
    return _in_waves(drawn, plan)


def _together(drawn: _Drawn, plan: Plan) -> Milliseconds:
    """Return how long a stage takes with one call for all samples, if it can be."""
    if plan.kind is Kind.RETRY:
        return _apart(drawn, plan)
    return _longest(drawn, plan)


def _longest(drawn: _Drawn, plan: Plan) -> Milliseconds:
    longest: Milliseconds = drawn.longest[plan.samples - 1]
    return longest


def _passed(drawn: _Drawn, plan: Plan) -> Bools:
    """Return where too few samples agree."""
    passed: Bools = drawn.top[plan.samples] < (plan.accept or 0)
    return passed


def _in_waves(drawn: _Drawn, plan: Plan) -> Milliseconds:
    """Sum up the longest of each wave, a wave being what could decide at the least."""
    total = np.zeros(drawn.shape, dtype=np.float32)
    wave = np.zeros(drawn.shape, dtype=np.float32)
    due = np.zeros(drawn.shape, dtype=np.int64)
    asking = np.ones(drawn.shape, dtype=bool)
    for place in range(plan.samples):
        ended = asking & (due == place)
        more = _least_more(drawn.top[place], drawn.second[place], plan, place)
        total += np.where(ended, wave, 0)
        wave = np.where(ended, 0, wave)
        due = np.where(ended, place + more, due)
        asking &= ~(ended & (more == 0))
        wave = np.where(asking, np.maximum(wave, drawn.ms[place]), wave)
    total += np.where(asking, wave, 0)
    return total


def _least_more(top: Ints, second: Ints, plan: Plan, made: int) -> Ints:
    """Return how many further samples could decide, at the least; 0 where it is."""
    left = plan.samples - made
    level = plan.accept or 1
    lead = top - second
    more = np.maximum((left - lead) // 2 + 1, level - top)
    won = (lead > left) & (top >= level)
    if plan.accept is not None:
        # Or so many that differ that no class can reach the level any more.
        more = np.minimum(more, top + left - level + 1)
        won |= top + left < level
    least: Ints = np.where(won, 0, np.clip(more, 1, left))
    return least
