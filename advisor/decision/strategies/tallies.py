"""How the kept samples of each item fall into classes of answers.

Whatever a vote depends on is in the sizes of the classes, and few different sets of
sizes occur: the counting is done once for each set, a hand, however many items have it.
"""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Ints
from advisor.decision.evidence.outcomes import NO_ANSWER, UNPARSABLE, Outcomes


@dataclass(frozen=True, kw_only=True)
class Hands:
    """Distinct sets of sizes: `sizes` (hands, classes), descending; `abstain` (hands).

    `abstain` counts the samples that could not be parsed and have no vote.
    """

    sizes: Ints
    abstain: Ints

    @property
    def kept(self) -> Ints:
        """How many samples there are in each."""
        total: Ints = self.sizes.sum(axis=1) + self.abstain
        return total


@dataclass(frozen=True, kw_only=True)
class Tallies:
    """The class of each sample, by its size.

    By subject and item: `kept` (how many samples), `votable` (all of them hold a parsed
    answer or say that there was none), `hand` (an index into `hands`). `size` is by
    sample too: how many samples gave its answer, 0 for an abstention. `voting`,
    `abstaining` are where a kept sample of a votable item votes, or abstains.
    """

    kept: Ints
    votable: Bools
    size: Ints
    voting: Bools
    abstaining: Bools
    hand: Ints
    hands: Hands


def tallies(outcomes: Outcomes) -> Tallies:
    """Sort every item's samples into classes of equal answers."""
    asked = outcomes.asked
    answers = np.where(asked, outcomes.answers, NO_ANSWER)
    votable = asked.any(axis=2) & ~(asked & (answers == NO_ANSWER)).any(axis=2)
    abstaining = (answers == UNPARSABLE) & votable[..., None]
    voting = (answers >= 0) & votable[..., None]
    size, first = _sizes(answers, voting)
    heads = -np.sort(-np.where(first, size, 0), axis=2)
    rows = np.concatenate([heads, abstaining.sum(axis=2)[..., None]], axis=2)
    subjects, items, columns = rows.shape
    hands, hand = distinct(rows.reshape(-1, columns))
    return Tallies(
        kept=outcomes.kept,
        votable=votable,
        size=size,
        voting=voting,
        abstaining=abstaining,
        hand=hand.reshape(subjects, items),
        hands=hands,
    )


def _sizes(answers: Ints, voting: Bools) -> tuple[Ints, Bools]:
    """Return the size of each vote's class, and whether it is the first of it."""
    size = np.zeros(answers.shape, dtype=np.int64)
    earlier = np.zeros(answers.shape, dtype=bool)
    for sample in range(answers.shape[2]):
        same = (answers == answers[..., [sample]]) & voting & voting[..., [sample]]
        size[..., sample] = same.sum(axis=2)
        earlier[..., sample] = same[..., :sample].any(axis=2)
    return size, voting & ~earlier


def distinct(rows: Ints) -> tuple[Hands, Ints]:
    """Return the different rows as hands, and which of them each row is."""
    if not len(rows):
        none = Hands(sizes=rows[:, :-1], abstain=rows[:, -1])
        return none, np.zeros(0, dtype=np.int64)
    unique, place = np.unique(rows, axis=0, return_inverse=True)
    # Classes that no hand has only cost time.
    most = max(1, int((unique[:, :-1] > 0).sum(axis=1).max()))
    hands = Hands(sizes=unique[:, :most], abstain=unique[:, -1])
    return hands, place.reshape(-1)


def without_one(hands: Hands) -> tuple[Hands, Ints]:
    """Return the hands that one sample less leaves, and where they are.

    The indices are (hands, size + 1): which hand is left if a sample of a class of that
    size is taken away, 0 meaning one that abstained; -1 where there is no such sample.
    """
    most = int(hands.sizes.max(initial=0))
    left, owner, column = [], [], []
    for size in range(most + 1):
        rows, less = _less_one(hands, size)
        left.append(less)
        owner.append(rows)
        column.append(np.full(len(rows), size))
    smaller, place = distinct(np.concatenate(left))
    index = np.full((len(hands.abstain), most + 1), -1, dtype=np.int64)
    index[np.concatenate(owner), np.concatenate(column)] = place
    return smaller, index


def _less_one(hands: Hands, size: int) -> tuple[Ints, Ints]:
    """Take one sample out of a class of that size, in every hand that has one."""
    table = np.column_stack([hands.sizes, hands.abstain])
    if size == 0:
        rows = np.flatnonzero(hands.abstain > 0)
        less = table[rows]
        less[:, -1] -= 1
        return rows, less
    matches = hands.sizes == size
    rows = np.flatnonzero(matches.any(axis=1))
    # The last of equal sizes gives one up, so the row stays in descending order.
    last = hands.sizes.shape[1] - 1 - np.argmax(matches[rows, ::-1], axis=1)
    less = table[rows]
    less[np.arange(len(rows)), last] -= 1
    return rows, less
