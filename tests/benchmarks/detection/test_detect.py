"""Changes by hand: what counts as one, what it says, what is refused."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.detection.detect import Monitor, detect
from benchmarks.detection.runs import Direction, RunFigures
from tests.benchmarks.detection.series import exact, failing, noisy


def test_a_step_is_confirmed_by_its_third_run_and_dated_to_its_first():
    runs = exact(*[400] * 10, *[800] * 3)

    (change,) = detect(runs)

    assert change.figure == "ttft_ms_p50"
    assert change.direction is Direction.UP
    assert (change.began_index, change.detected_index) == (10, 12)
    assert change.rests_on_before == tuple(range(10))
    assert change.rests_on_after == (10, 11, 12)
    assert (change.before, change.after) == pytest.approx((400, 800))
    assert change.score > change.threshold


def test_two_runs_are_no_change_yet():
    assert detect(exact(*[400] * 10, *[800] * 2)) == ()


def test_a_step_down_is_a_change_too():
    runs = exact(*[400] * 30, *[300] * 5)

    (change,) = detect(runs)

    # All runs of a side are alike: their geometric means are 400 and 300.
    assert change.direction is Direction.DOWN
    assert change.before == pytest.approx(400)
    assert change.after == pytest.approx(300)
    assert change.ratio == pytest.approx(0.75)
    assert change.began_index == 30


@pytest.mark.parametrize("factor", [1.09, 1 / 1.09])
def test_a_step_under_ten_percent_is_no_change_however_sure(factor):
    assert detect(exact(*[400] * 100, *[400 * factor] * 100)) == ()


@pytest.mark.parametrize("factor", [1.12, 1 / 1.12])
def test_a_step_over_ten_percent_is_a_change_once_it_is_sure(factor):
    (change,) = detect(exact(*[400] * 100, *[400 * factor] * 100))

    assert change.began_index == 100
    assert change.ratio == pytest.approx(factor)


def test_a_spike_of_one_run_is_no_change():
    assert detect(exact(*[400] * 30, 4_000, *[400] * 30)) == ()


def test_spikes_now_and_then_are_no_change():
    assert detect(exact(*([400] * 7 + [1_200]) * 10)) == ()


def test_a_step_and_the_way_back_are_two_changes():
    changes = detect(exact(*[400] * 30, *[800] * 10, *[400] * 10))

    assert [(each.direction, each.began_index) for each in changes] == [
        (Direction.UP, 30),
        (Direction.DOWN, 40),
    ]


def test_figures_change_apart_and_are_told_by_name():
    runs = [
        RunFigures(
            at=at,
            figures={"ttft_ms_p50": 400 + 400 * (at >= 20), "tpot_ms_p50": 20},
        )
        for at in range(30)
    ]

    assert [change.figure for change in detect(runs)] == ["ttft_ms_p50"]


def test_changes_of_one_run_come_by_name_and_errors_last():
    runs = [
        RunFigures(
            at=at,
            figures={"ttft_ms_p50": 400 * factor, "tpot_ms_p50": 20 * factor},
            requests=100,
            errors=50 * (factor - 1),
        )
        for at, factor in enumerate([1] * 20 + [2] * 3)
    ]

    changes = detect(runs)

    assert [change.figure for change in changes] == [
        "tpot_ms_p50",
        "ttft_ms_p50",
        "error_rate",
    ]


@pytest.mark.parametrize("missing", [{}, {"ttft_ms_p50": math.nan}])
def test_a_run_without_the_figure_is_passed_over(missing):
    runs = exact(*[400] * 10, *[800] * 4)
    runs[11] = dataclasses.replace(runs[11], figures=missing)

    (change,) = detect(runs)

    assert change.rests_on_after == (10, 12, 13)
    assert change.detected_index == 13


def test_moments_are_those_of_the_runs():
    start = datetime(2026, 11, 1, tzinfo=UTC)
    runs = [
        dataclasses.replace(run, at=start + timedelta(hours=6) * run.at)
        for run in exact(*[400] * 10, *[800] * 3)
    ]

    (change,) = detect(runs)

    assert change.began_at == start + timedelta(hours=60)
    assert change.detected_at == start + timedelta(hours=72)


def test_five_runs_before_are_too_few_to_judge_by():
    assert detect(exact(*[400] * 5, *[800] * 3)) == ()


def test_runs_at_the_same_moment_are_accepted():
    twice = [dataclasses.replace(run, at=1) for run in exact(400, 400)]

    assert detect(twice) == ()


def test_runs_out_of_order_are_refused():
    first, second = exact(400, 400)

    with pytest.raises(ValueError, match="run at 0 comes after one at 1"):
        detect([second, first])


def test_a_moment_that_is_no_number_is_refused():
    first, second = exact(400, 400)

    with pytest.raises(ValueError, match="run at nan"):
        detect([first, dataclasses.replace(second, at=math.nan)])


@pytest.mark.parametrize("value", [0, -1.0, math.inf])
def test_a_time_that_cannot_be_is_refused(value):
    with pytest.raises(ValueError, match="ttft_ms_p50 must be positive and finite"):
        exact(value)


@pytest.mark.parametrize(("errors", "requests"), [(-1, 10), (11, 10), (1, 0)])
def test_error_counts_that_cannot_be_are_refused(errors, requests):
    with pytest.raises(ValueError, match=f"{errors} errors in {requests} requests"):
        failing(errors, requests=requests)


def test_the_error_rate_is_not_taken_as_a_figure():
    with pytest.raises(ValueError, match="comes from errors and requests"):
        RunFigures(at=0, figures={"error_rate": 0.5})


@given(
    seed=st.integers(0, 10_000),
    step_at=st.integers(5, 60),
    log_step=st.floats(-1, 1),
    cut=st.integers(0, 70),
)
@settings(max_examples=60, deadline=None)
def test_more_runs_never_rewrite_what_was_detected(seed, step_at, log_step, cut):
    shift = [log_step * (at >= step_at) for at in range(70)]
    runs = noisy(seed, 70, shift=shift)

    whole, part = detect(runs), detect(runs[:cut])

    assert part == tuple(change for change in whole if change.detected_index < cut)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.001, 0.25, 64.0]))
@settings(max_examples=30, deadline=None)
def test_the_unit_of_a_figure_changes_nothing_but_the_levels(seed, scale):
    shift = [0.5 * (at >= 30) for at in range(40)]
    runs = noisy(seed, 40, shift=shift)
    scaled = [
        dataclasses.replace(
            run, figures={name: ms * scale for name, ms in run.figures.items()}
        )
        for run in runs
    ]

    plain, other = detect(runs), detect(scaled)

    assert [(c.figure, c.began_index, c.detected_index) for c in plain] == [
        (c.figure, c.began_index, c.detected_index) for c in other
    ]


def test_run_by_run_and_at_once_agree():
    runs = noisy(7, 60, shift=[0.4 * (at >= 30) for at in range(60)])
    monitor = Monitor()

    one_by_one = [change for run in runs for change in monitor.observe(run)]

    assert tuple(one_by_one) == detect(runs) != ()
