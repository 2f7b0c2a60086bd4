"""Chances when samples are drawn from those that were kept, exactly, without formula
of independence: the multivariate hypergeometric distribution over classes of answers.

Drawing k of the n samples of an item, every k-subset is equally likely. Subsets are not
listed but counted, by generating functions: the coefficient of z^k in the product over
classes of sum_x C(size, x) z^x is how many k-subsets there are, and leaving terms out
of a factor bounds how often its class may occur.
"""

from collections.abc import Sequence
from math import comb

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.strategies.stages import Plan
from advisor.decision.strategies.tallies import Hands

_BLOCK = 256


def choices(largest: int, most: int) -> Floats:
    """Return C(n, k) as (n, k), n to `largest` and k to `most`."""
    table = [[comb(n, k) for k in range(most + 1)] for n in range(largest + 1)]
    return np.array(table, dtype=np.float64)


def winning(hands: Hands, voted: Sequence[Plan]) -> Floats:
    """Return P(one given class of a size wins and is accepted): (hands, size, plans).

    Of classes tied for the most votes each wins equally often. The chance that t others
    tie enters by 1/(t+1) = integral of y^t over 0 to 1; Gauss-Legendre is exact here,
    t being below the number of samples. NaN where fewer samples are kept than drawn.
    """
    most = max(plan.samples for plan in voted)
    choose = choices(int(hands.kept.max(initial=0)), most)
    owner, size, rest = _leaders(hands)
    nodes, shares = np.polynomial.legendre.leggauss(most // 2 + 1)
    ways = np.zeros((most + 1, len(owner), most))
    for node, share in zip(nodes, shares, strict=True):
        tied = _ways(rest, hands.abstain[owner], choose, tie=(node + 1) / 2)
        ways += share / 2 * tied
    chances = np.stack(
        [_wins(ways, size, hands.kept[owner], choose, plan) for plan in voted],
        axis=1,
    )
    table = np.full((*_table_shape(hands), len(voted)), np.nan)
    table[owner, size] = chances
    return table


def _wins(ways: Floats, size: Ints, kept: Ints, choose: Floats, plan: Plan) -> Floats:
    """Return P(a class of `size` leads with enough votes) for one plan."""
    drawn = plan.samples
    subsets = sum(
        choose[size, votes] * ways[drawn - votes, :, votes - 1]
        for votes in range(plan.accept or 1, drawn + 1)
    )
    with np.errstate(invalid="ignore"):
        chance: Floats = subsets / choose[kept, drawn]
    return chance


def abstaining(hands: Hands, counts: tuple[int, ...]) -> Floats:
    """Return P(none of the samples drawn can be parsed): (hands, counts)."""
    choose = choices(int(hands.kept.max(initial=0)), max(counts))
    drawn = np.array(counts)
    with np.errstate(invalid="ignore"):
        chance: Floats = choose[hands.abstain][:, drawn] / choose[hands.kept][:, drawn]
    return chance


def undecided_calls(hands: Hands, voted: Sequence[Plan]) -> Floats:
    """Return the sum over i of P(nothing is decided by the first i samples).

    (hands, plans); i runs from 0 to the number of samples less one, so for the hand
    of an item this is the expected number of calls when samples are drawn in random
    order until the outcome is decided. It is decided once one class cannot be caught up
    with and has the votes to be accepted, or none can still be accepted.
    """
    most = max(plan.samples for plan in voted)
    kept = hands.kept
    choose = choices(int(kept.max(initial=0)), most)
    owner, size, rest = _leaders(hands)
    below = _ways(rest, hands.abstain[owner], choose, tie=0.0)
    every = _ways(hands.sizes, hands.abstain, choose, tie=0.0)
    many = _members(hands, owner, size)
    columns = []
    for plan in voted:
        total = np.zeros(len(kept))
        for drawn in range(plan.samples):
            left = plan.samples - drawn
            by_leader = many * _settled(below, size, choose, plan, drawn)
            settled = _sums(owner, by_leader, len(kept))
            level = (plan.accept or 0) - left
            if level >= 1:
                settled += every[drawn, :, level - 1]
            with np.errstate(invalid="ignore"):
                total += 1 - settled / choose[kept, drawn]
        columns.append(total)
    return np.stack(columns, axis=1)


def _settled(
    below: Floats, size: Ints, choose: Floats, plan: Plan, drawn: int
) -> Floats:
    """Count the subsets of `drawn` in which a class of `size` has won for good."""
    left = plan.samples - drawn
    total = np.zeros(len(size))
    # All others stay below votes - left, so that what is left cannot catch up.
    for votes in range(max(plan.accept or 1, left + 1), drawn + 1):
        total += choose[size, votes] * below[drawn - votes, :, votes - left - 1]
    return total


def _sums(owner: Ints, parts: Floats, owners: int) -> Floats:
    # Of nothing at all, numpy counts in whole numbers.
    counted = np.bincount(owner, weights=parts, minlength=owners)
    return counted.astype(np.float64)


def _leaders(hands: Hands) -> tuple[Ints, Ints, Ints]:
    """Return (hand, size, the other classes) for each different size of a hand."""
    new = hands.sizes > 0
    new[:, 1:] &= hands.sizes[:, 1:] != hands.sizes[:, :-1]
    owner, column = np.nonzero(new)
    rest = hands.sizes[owner].copy()
    rest[np.arange(len(owner)), column] = 0
    return owner, hands.sizes[owner, column], rest


def _members(hands: Hands, owner: Ints, size: Ints) -> Ints:
    """Return how many classes of the size the hand has."""
    many: Ints = (hands.sizes[owner] == size[:, None]).sum(axis=1)
    return many


def _table_shape(hands: Hands) -> tuple[int, int]:
    return len(hands.abstain), int(hands.sizes.max(initial=0)) + 1


def _ways(sizes: Ints, abstain: Ints, choose: Floats, tie: float) -> Floats:
    """Count subsets in which no class occurs more than `bound` times.

    (samples drawn, rows, bound - 1). A class that occurs exactly `bound` times
    multiplies the count by `tie`; with 0, all stay below the bound.
    """
    most = choose.shape[1] - 1
    occurs = np.arange(most + 1)[:, None, None]
    bounds = np.arange(1, most + 1)
    allowed = np.where(occurs < bounds, 1.0, np.where(occurs == bounds, tie, 0.0))
    factors = choose.T[..., None] * allowed
    ways = np.repeat(choose[abstain].T[..., None], most, axis=2)
    # A block at a time, so that the processor's cache holds it.
    for start in range(0, len(sizes), _BLOCK):
        block = slice(start, start + _BLOCK)
        for size in sizes[block].T:
            some = start + np.flatnonzero(size)
            ways[:, some] = _times(ways[:, some], factors[:, size[size > 0]])
    return ways


def _times(left: Floats, right: Floats) -> Floats:
    """Multiply polynomials in the first axis, dropping what is beyond its length."""
    length = len(left)
    product: Floats = left * right[0]
    for power in range(1, length):
        product[power:] += left[: length - power] * right[power]
    return product
