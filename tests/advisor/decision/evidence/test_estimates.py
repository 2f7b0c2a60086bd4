"""The joint posterior of qualities, by hand and by what must hold."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from advisor.decision.evidence.estimates import posterior

scores = st.sampled_from([0.0, 0.25, 0.5, 1.0, nan])
exams = arrays.arrays(
    float, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=scores
)
quickly = settings(max_examples=60, deadline=None, database=None)


def estimated(values, weights=None, clusters=None):
    values = np.array(values, float)
    items = values.shape[1]
    return posterior(
        values,
        np.ones(items) if weights is None else np.array(weights, float),
        np.arange(items) if clusters is None else np.array(clusters),
    )


def test_right_and_wrong_answers_spread_as_a_share_does():
    found = estimated([[1, 1, 0, 1]])

    # (3 + 0.5) / (4 + 1) = 0.7; 0.7 * 0.3 / 5 = 0.042, and (1.5 / 6)**2 = 0.0625
    assert found.mean == pytest.approx([0.7])
    assert found.covariance == pytest.approx(np.array([[0.042 + 0.0625]]))
    assert found.observed == pytest.approx([0.75])
    assert found.pieces == pytest.approx([4])


def test_options_that_answered_the_same_items_err_together():
    found = estimated([[1, 1, 0, 1], [1, 0, 0, 1]])

    # Means 0.7 and 0.5. Items: 0.3*0.5 - 0.3*0.5 + 0.7*0.5 + 0.3*0.5 = 0.5; the assumed
    # item: (0.3*0.5 + 0.7*0.5) / 2 = 0.25; together over 5 * 5: 0.03
    assert found.covariance[0, 1] == pytest.approx(0.03)


def test_only_shared_items_tie_options_of_different_length():
    found = estimated([[1, 1, 0, 1], [1, 0, nan, nan]])

    # Means 0.7 and (1 + 0.5) / 3 = 0.5. Shared: 0.3*0.5 - 0.3*0.5 = 0; the assumed item
    # 0.25; over 5 * 3
    assert found.mean == pytest.approx([0.7, 0.5])
    assert found.covariance[0, 1] == pytest.approx(0.25 / 15)


def test_partial_scores_spread_less_than_right_and_wrong():
    partial = estimated([[0.5, 1.0, 0.5, 1.0]])

    # Mean 0.7 as above: 2 * 0.2**2 + 2 * 0.3**2 = 0.26, the assumed item
    # (0.3**2 + 0.7**2) / 2 = 0.29: 0.55 / 25 = 0.022
    assert partial.covariance == pytest.approx(np.array([[0.022 + 0.0625]]))


def test_weights_count_and_uneven_ones_tell_less():
    found = estimated([[1, 0]], weights=[3, 1])

    # 4**2 / (9 + 1) = 1.6 pieces; (0.75 * 1.6 + 0.5) / 2.6
    assert found.observed == pytest.approx([0.75])
    assert found.pieces == pytest.approx([1.6])
    assert found.mean == pytest.approx([1.7 / 2.6])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_alike_answers_are_no_proof(share):
    once = estimated([[share]])
    often = estimated([[share] * 50])

    # One item: 0.75 * 0.25 / 2 + (1.5 / 3)**2 = 0.34375 (0.5863 squared)
    assert once.sd == pytest.approx([0.5863], abs=1e-4)
    assert 0.01 < often.sd[0] < 0.05
    assert abs(share - often.mean[0]) == pytest.approx(0.5 / 51)


def test_options_that_always_agreed_may_still_differ():
    answers = [1, 1, 0, 1] * 4
    found = estimated([answers, answers])

    difference = np.array([1, -1])
    sd = np.sqrt(difference @ found.covariance @ difference)

    # one and a half each way in 16 + 2: sqrt(2) * 1.5 / 18
    assert sd == pytest.approx(0.11785, abs=1e-5)


def test_no_items_tell_nothing():
    unasked = estimated([[nan, nan], [1, 0]])
    empty = estimated(np.empty((2, 0)))

    assert np.isnan(unasked.observed[0])
    assert unasked.mean[0] == 0.5
    assert unasked.sd[0] > 0.5
    assert list(empty.mean) == [0.5, 0.5]
    assert list(empty.pieces) == [0, 0]


@quickly
@given(exams, st.integers(2, 4))
def test_repeating_items_within_their_cluster_makes_nothing_surer(values, times):
    items = values.shape[1]
    clusters = list(range(items))

    once = estimated(values, clusters=clusters)
    repeated = estimated(np.tile(values, times), clusters=clusters * times)

    assert repeated.mean == pytest.approx(once.mean)
    assert repeated.covariance == pytest.approx(once.covariance)


@quickly
@given(exams, st.randoms(use_true_random=False))
def test_order_of_items_does_not_matter(values, shuffler):
    order = list(range(values.shape[1]))
    shuffler.shuffle(order)

    found = estimated(values)
    shuffled = estimated(values[:, order])

    assert shuffled.mean == pytest.approx(found.mean)
    assert shuffled.covariance == pytest.approx(found.covariance)


@quickly
@given(exams)
def test_covariance_is_one_and_means_are_shares(values):
    found = estimated(values)

    assert np.linalg.eigvalsh(found.covariance).min() > 0
    assert ((found.mean >= 0) & (found.mean <= 1)).all()
    assert found.sd**2 == pytest.approx(np.diag(found.covariance))


@pytest.mark.parametrize("options", [3, 60])
def test_draws_have_the_posterior_s_moments_by_either_way(options):
    rng = np.random.default_rng(3)
    found = estimated(rng.random((options, 40)) * 0.2 + 0.4)

    draws = found.draws(40_000, seed=1)

    assert draws.shape == (40_000, options)
    assert draws.mean(axis=0) == pytest.approx(found.mean, abs=1e-6)
    assert np.cov(draws.T) == pytest.approx(found.covariance, abs=2e-4)


def test_draws_are_qualities_and_repeat_with_their_seed():
    found = estimated([[1, 1, 1], [0, 0, 0]])

    draws = found.draws(501, seed=5)

    assert draws.shape == (501, 2)
    assert draws.min() == 0
    assert draws.max() == 1
    assert (draws == found.draws(501, seed=5)).all()
    assert (draws != found.draws(501, seed=6)).any()
