"""The best of several answers by a verifier, against all subsets of the samples."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decision.strategies.kinds import Gap, Kind
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.strategies.tables import tables
from tests.advisor.decision.strategies.samples import costs, outcomes

quickly = settings(max_examples=60, deadline=None, database=None)
marks = st.sampled_from([0.0, 0.5, 0.9])


def verified(found, samples):
    """Return the expected score of each item."""
    number = next(
        number
        for number, plan in enumerate(found.plans)
        if (plan.kind, plan.samples) == (Kind.VERIFIED, samples)
    )
    return found.figures.score[number, 0]


@quickly
@given(st.lists(st.tuples(st.sampled_from([0, 0.5, 1]), marks), min_size=1, max_size=6))
def test_every_pick_is_the_mean_over_all_subsets(kept):
    scores, scored = zip(*kept, strict=True)
    found = tables(
        outcomes([[["-"] * len(kept)]], scores=[[scores]], verifier=[[scored]]),
        samples=(2, 3, 4, 5, 6),
    )

    for samples in range(2, len(kept) + 1):
        subsets = list(combinations(kept, samples))
        total = 0.0
        for subset in subsets:
            best = max(mark for _, mark in subset)
            total += np.mean([score for score, mark in subset if mark == best])
        assert verified(found, samples)[0] == pytest.approx(total / len(subsets))


def test_best_of_three_by_hand():
    # By mark: wrong 0.1, wrong 0.2, right 0.3, wrong 0.4.
    found = tables(
        outcomes(
            [[["-"] * 4]],
            scores=[[[0, 0, 1, 0]]],
            verifier=[[[0.1, 0.2, 0.3, 0.4]]],
        )
    )

    # Of four triples the right one is the best of one: that without the last.
    assert verified(found, 3)[0] == pytest.approx(1 / 4)


def test_items_where_a_mark_is_missing_are_not_told():
    nan = float("nan")
    found = tables(
        outcomes([[[0, 0, 1], [0, 0, 1]]], verifier=[[[1, 2, nan], [1, 2, 3]]])
    )

    assert np.isnan(verified(found, 3)[0])
    assert verified(found, 3)[1] == 0


def test_verified_costs_all_answers_and_their_marks():
    kept = outcomes([[[0, 0, 1]]], verifier=[[[1, 2, 3]]])
    found = evaluated_strategies(
        tables(kept), costs([1], verifier_usd=0.1), samples=(1, 3)
    )

    at = [each.kind for each in found.strategies].index(Kind.VERIFIED)
    assert found.usd[at] == pytest.approx(3 * (1 + 0.1))
    assert found.calls[at] == pytest.approx([3, 0])


def test_verifier_of_unknown_cost_leaves_its_picks_unproven():
    kept = outcomes([[[0, 0, 1]]], verifier=[[[1, 2, 3]]])
    found = evaluated_strategies(tables(kept), costs([1]), samples=(1, 3))

    assert Kind.VERIFIED not in {each.kind for each in found.strategies}
    assert [(gap.kind, gap.reason) for gap in found.unproven] == [
        (Kind.VERIFIED, Gap.VERIFIER_UNPRICED)
    ]
