"""Steps in the error rate, by hand."""

import dataclasses
import math
from statistics import NormalDist

import pytest

from benchmarks.detection.detect import detect
from benchmarks.detection.error_rates import capped, dispersion, evidence
from benchmarks.detection.runs import Direction
from tests.benchmarks.detection.series import failing


def test_errors_that_come_and_stay_are_a_change():
    (change,) = detect(failing(*[0] * 20, *[10] * 3))

    assert change.figure == "error_rate"
    assert change.direction is Direction.UP
    assert (change.began_index, change.detected_index) == (20, 22)
    assert (change.before, change.after) == (0, 0.1)
    assert change.ratio is None


def test_errors_that_end_are_a_change_too():
    (change,) = detect(failing(*[10] * 20, *[0] * 5))

    assert change.direction is Direction.DOWN
    assert change.before == pytest.approx(0.1)
    assert (change.after, change.ratio) == (0, 0)


@pytest.mark.parametrize("incident", [[100], [100, 100]])
def test_an_incident_of_one_or_two_runs_is_no_change(incident):
    assert detect(failing(*[0] * 20, *incident, *[0] * 20)) == ()


def test_less_than_one_request_in_a_hundred_is_no_change_however_sure():
    # 0.1 % to 0.9 % of ten thousand requests a run.
    runs = failing(*[10] * 20, *[90] * 10, requests=10_000)

    assert detect(runs) == ()


def test_a_few_errors_are_no_change():
    # 3 of 300 against 0 of 2,000: (300 / 2300) ** 3 = 0.0022 by chance.
    assert detect(failing(*[0] * 20, 1, 1, 1)) == ()


def test_runs_without_requests_are_passed_over():
    runs = failing(*[0] * 20, *[10] * 3)
    runs[21] = dataclasses.replace(runs[21], requests=0, errors=0)

    assert detect(runs) == ()
    assert detect([*runs, dataclasses.replace(runs[22], at=23)]) != ()


def test_rates_that_always_scatter_must_step_further():
    steady = failing(*[5] * 40, *[14] * 4)
    scattered = failing(*[0, 10] * 20, *[14] * 4)

    assert [change.began_index for change in detect(steady)] == [40]
    assert detect(scattered) == ()


def test_evidence_is_the_exact_binomial_tail():
    # All 4 errors in the window, which has a third of the requests: 1 / 81.
    up = evidence((4, 100), (0, 200))
    # None of 4 in a window with half of them: 1 / 16.
    down = evidence((0, 100), (4, 100))

    assert up == pytest.approx(-NormalDist().inv_cdf(1 / 81))
    assert down == pytest.approx(-NormalDist().inv_cdf(1 / 16))


def test_evidence_beyond_what_floats_hold_stays_finite():
    assert 30 < evidence((9_000, 9_000), (0, 9_000)) < math.inf


def test_the_worst_runs_count_as_the_next_worst():
    counts = [(1, 100), (50, 100), (3, 100), (20, 50)]

    # 3 % of 100 is 3, of 50 it is one whole error.
    assert capped(counts, 2) == [(1, 100), (3, 100), (3, 100), (1, 50)]
    assert capped(counts, 2, least=5) == [(1, 100), (5, 100), (3, 100), (5, 50)]


def test_dispersion_is_pearsons():
    # Common rate 0.1, variance 100 * 0.1 * 0.9 = 9 each: (100 + 100) / 9 over 1.
    assert dispersion([(0, 100), (20, 100)]) == pytest.approx(200 / 9)


@pytest.mark.parametrize(
    "counts", [[(5, 100)], [(0, 100)] * 5, [(7, 7)] * 5, [(10, 100)] * 5]
)
def test_dispersion_is_one_where_nothing_more_is_seen(counts):
    assert dispersion(counts) == 1
