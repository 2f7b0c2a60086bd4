"""Bounds of percentiles and shares, against facts from elsewhere and brute force."""

from itertools import accumulate
from math import comb

import pytest

from benchmarks.harness.intervals import least_n, upper_rank, wilson


def at_most(n, p):
    """Return P(Bin(n, p) <= k) for k = 0 … n, added up term by term."""
    terms = (comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(n + 1))
    return list(accumulate(terms))


@pytest.mark.parametrize(
    ("percent", "n"),
    [
        (50, 5),  # 0.5 ** 5 = 0.031, 0.5 ** 4 = 0.063
        (90, 29),  # 0.9 ** 29 = 0.0471, 0.9 ** 28 = 0.0523
        (95, 59),  # 0.95 ** 59 = 0.0485, 0.95 ** 58 = 0.0510
        (99, 299),  # 0.99 ** 299 = 0.0495, 0.99 ** 298 = 0.0500303
    ],
)
def test_bound_begins_as_the_maximum_of_the_least_n(percent, n):
    assert least_n(percent) == n
    assert upper_rank(n - 1, percent) is None
    assert upper_rank(n, percent) == n


# The one-sided 95 % tolerance limit of Wilks' second order: 93 for 95 %, 46 for 90 %.
@pytest.mark.parametrize(("percent", "n"), [(95, 93), (90, 46), (99, 473)])
def test_second_largest_is_the_bound_from_wilks_second_order_on(percent, n):
    assert upper_rank(n - 1, percent) == n - 1
    assert upper_rank(n, percent) == n - 1


@pytest.mark.parametrize("percent", [50, 90, 95, 99])
def test_rank_is_the_least_that_covers_95_percent(percent):
    for n in (*range(1, 80), 120, 299, 300, 437):
        below = at_most(n, percent / 100)
        covered = [k for k in range(1, n + 1) if below[k - 1] >= 0.95]

        assert upper_rank(n, percent) == (min(covered) if covered else None)


def test_rank_of_a_million_lies_where_the_normal_distribution_says():
    # n p + 1.645 sqrt(n p (1 - p)) = 950,000 + 1.645 * 217.94 = 950,358.5
    assert upper_rank(1_000_000, 95) == pytest.approx(950_358.5, abs=2)


def test_wilson_interval_of_a_tenth():
    # p = 0.1, n = 100, z^2 = 3.841459: (0.1 + 0.0192073 -+ 1.959964 *
    # sqrt(0.0009 + 0.0000960365)) / 1.0384146 = (0.1192073 -+ 0.0618565) / 1.0384146
    found = wilson(10, 100)

    assert found.share == 0.1
    assert found.low == pytest.approx(0.0552292, abs=1e-6)
    assert found.high == pytest.approx(0.1743656, abs=1e-6)


def test_wilson_interval_stays_within_nought_and_one():
    none, every = wilson(0, 20), wilson(20, 20)

    # z^2 / (n + z^2) = 3.841459 / 23.841459
    assert (none.low, none.high) == (0, pytest.approx(0.161125, abs=1e-6))
    assert (every.low, every.high) == (pytest.approx(0.838875, abs=1e-6), 1)


def test_share_of_nothing_is_unknown():
    found = wilson(0, 0)

    assert (found.share, found.low, found.high) == (None, None, None)
