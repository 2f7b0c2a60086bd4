"""Votes: the plurality of several answers, with or without a level of agreement.

An answer that cannot be parsed abstains. Classes tied for the most votes win equally
often. If all abstain the outcome is an unparsable answer, or, where agreement is asked
for, the item goes to the next stage.
"""

from collections.abc import Sequence

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.draws import (
    abstaining,
    undecided_calls,
    winning,
)
from advisor.decision.strategies.spent_tokens import Tokens, mean_of
from advisor.decision.strategies.stages import Plan, StageFigures
from advisor.decision.strategies.tallies import Tallies, without_one


def votes(
    outcomes: Outcomes,
    tallied: Tallies,
    plans: Sequence[Plan],
    spent: tuple[Tokens, Tokens],
) -> StageFigures:
    """Return what each plan gives, over all subsets of the samples and all orders.

    Samples are asked for until the outcome is decided, and each call bills its prompt.
    """
    score, escalated = _results(outcomes, tallied, plans)
    calls, input_tokens, output_tokens = _spent(outcomes, tallied, plans, spent)
    return StageFigures(
        score=score,
        escalated=escalated,
        calls=calls,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )


def _results(
    outcomes: Outcomes, tallied: Tallies, plans: Sequence[Plan]
) -> tuple[Floats, Floats]:
    """Return (score of what is accepted, P(escalated)), each (plans, subjects, …)."""
    chances = winning(tallied.hands, plans)
    scores = np.nan_to_num(outcomes.scores)
    shape = (len(plans), *tallied.kept.shape)
    score, accepted = np.zeros(shape), np.zeros(shape)
    for subject, hand in enumerate(tallied.hand):
        size = tallied.size[subject]
        # A class wins as one: each of its samples carries its share of the chance.
        share = tallied.voting[subject] / np.maximum(size, 1)
        by_sample = np.nan_to_num(chances[hand[:, None], size]) * share[..., None]
        accepted[:, subject] = by_sample.sum(axis=1).T
        score[:, subject] = np.einsum("isb,is->bi", by_sample, scores[subject])
    unparsable = np.nan_to_num(mean_of(scores, tallied.abstaining))
    none_parsed = abstaining(tallied.hands, tuple(plan.samples for plan in plans))
    for number, plan in enumerate(plans):
        impossible = ~tallied.votable | (tallied.kept < plan.samples)
        if plan.accept is None:
            score[number] += none_parsed[tallied.hand, number] * unparsable
            accepted[number] = 1.0
        score[number][impossible] = np.nan
        accepted[number][impossible] = np.nan
    return score, np.clip(1 - accepted, 0.0, 1.0)


def _spent(
    outcomes: Outcomes,
    tallied: Tallies,
    plans: Sequence[Plan],
    spent: tuple[Tokens, Tokens],
) -> tuple[Floats, Floats, Floats]:
    """Return the expected calls, prompt tokens and answer tokens of each plan.

    A sample is asked for next while those before it decide nothing, which depends on
    the hand without it. So long answers that come with disagreement are charged.
    """
    smaller, place = without_one(tallied.hands)
    # No hand is left, -1, where a sample has no part: the last row.
    expected = np.pad(undecided_calls(smaller, plans), ((0, 1), (0, 0)))
    asked = outcomes.asked & tallied.votable[..., None]
    shape = (len(plans), *tallied.kept.shape)
    sums = (np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for subject, hand in enumerate(tallied.hand):
        left = place[hand[:, None], tallied.size[subject]]
        chance = expected[left] / np.maximum(tallied.kept[subject], 1)[:, None, None]
        chance = np.where(asked[subject][..., None], chance, 0.0)
        sums[0][:, subject] = chance.sum(axis=1).T
        for total, direction in zip(sums[1:], spent, strict=True):
            total[:, subject] = np.einsum(
                "isb,is->bi", chance, direction.by_sample[subject]
            )
    for number, plan in enumerate(plans):
        impossible = ~tallied.votable | (tallied.kept < plan.samples)
        for total in sums:
            total[number][impossible] = np.nan
    return sums
