"""Means of item scores with intervals, worked out by hand."""

from math import sqrt

import numpy as np
import pytest

from benchmarks.mean_scores import mean_score

Z = 1.644854


def of(scores, weights=None, clusters=None):
    count = len(scores)
    return mean_score(
        np.array(scores, dtype=float),
        np.array(weights or [1.0] * count),
        np.array(clusters or range(count)),
    )


def wilson(p, n):
    """Wilson (1927): (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)."""
    half = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    centre, whole = p + Z**2 / (2 * n), 1 + Z**2 / n
    return (centre - half) / whole, (centre + half) / whole


def test_no_item_has_no_mean():
    assert of([]) is None


def test_right_and_wrong_answers_count_as_one_fewer():
    # Variance of the mean of 8 of 10: 0.16 / 10 * 10 / 9; 0.16 over it is 9.
    found = of([1] * 8 + [0] * 2)

    assert found.mean == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx(wilson(0.8, 9))


def test_all_right_is_not_sure_to_be_perfect():
    found = of([1] * 20)

    assert found.mean == found.high == 1
    assert found.low == pytest.approx(20 / (20 + Z**2))


def test_all_wrong_is_not_sure_to_be_hopeless():
    found = of([0] * 20)

    assert found.mean == found.low == 0
    assert found.high == pytest.approx(Z**2 / (20 + Z**2))


def test_one_item_tells_little():
    assert of([1]).low == pytest.approx(1 / (1 + Z**2))


def test_weights_count():
    assert of([1, 0], weights=[3.0, 1.0]).mean == pytest.approx(0.75)


def test_items_of_one_cluster_are_one_piece_of_evidence():
    # Four pairs, three right: sums of deviations 2 * (1/4) thrice and 2 * (-3/4) once,
    # so the variance is (3 * 0.25 + 2.25) / 64 * 4 / 3 = 1/16; 3/16 over it is 3.
    found = of([1, 1, 1, 1, 1, 1, 0, 0], clusters=[0, 0, 1, 1, 2, 2, 3, 3])

    assert (found.low, found.high) == pytest.approx(wilson(0.75, 3))
    assert of([1, 1], clusters=[5, 5]).low == pytest.approx(1 / (1 + Z**2))


def test_scores_between_say_more_than_right_and_wrong():
    # Deviations of 0.1: variance 0.01 / 10 * 10 / 9 = 1/900; 0.25 over it is 225.
    found = of([0.4, 0.6] * 5)

    assert (found.low, found.high) == pytest.approx(wilson(0.5, 225))


def test_scores_all_alike_count_as_so_many_items():
    found = of([0.5] * 10)

    assert (found.low, found.high) == pytest.approx(wilson(0.5, 10))
