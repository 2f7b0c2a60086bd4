"""The noise of a baseline, by hand."""

import math

import pytest

from benchmarks.detection.noise import PRIOR_RUNS, PRIOR_SD, Baseline, Noise, fit


def test_without_scatter_the_prior_fades_as_runs_come_in():
    baseline = fit([6.0] * 61, Noise())

    # 40 runs' worth of belief in 0.08, 60 degrees of freedom that say zero.
    assert (PRIOR_RUNS, PRIOR_SD) == (40, 0.08)
    assert baseline.sd == pytest.approx(0.08 * math.sqrt(40 / (40 + 60)))
    assert baseline.centre == pytest.approx(6.0)


def test_the_prior_does_not_talk_a_noisy_endpoint_quiet():
    baseline = fit([6.0, 6.6] * 6, Noise())

    # Twelve gaps of 0.3: 12 * 0.09 / 11 = 0.0982, its root 0.3133; nine tenths of it.
    # The clip at three deviations takes 0.5 % off a normal variance, hence the margin.
    assert baseline.sd == pytest.approx(0.9 * 0.3133, rel=0.01)


def test_one_outlier_moves_the_centre_by_no_more_than_the_clip():
    logs = [6.0] * 20

    baseline = fit([*logs, 9.0], Noise())

    # The scatter is zero over 21 runs, the belief 0.08 over 40: the clip is at
    # 3 * 0.08 * sqrt(40 / 61) = 0.1943, shared by 21 runs.
    assert baseline.centre == pytest.approx(6.0 + 0.1943 / 21, abs=1e-4)


def test_runs_that_follow_each_other_say_less_together():
    independent = Baseline(centre=0, sd=1, correlation=0, runs=30)
    following = Baseline(centre=0, sd=1, correlation=0.5, runs=30)

    assert independent.mean_variance(4) == 0.25
    # 1 + 2 (3/4 * 1/2 + 2/4 * 1/4 + 1/4 * 1/8) = 2.0625
    assert following.mean_variance(4) == pytest.approx(2.0625 / 4)


def test_correlation_counts_only_beyond_its_standard_error():
    # Four runs high, four runs low: of 63 neighbours 48 agree and 15 do not.
    blocks = ([6.1] * 4 + [5.9] * 4) * 8
    alternating = [6.1, 5.9] * 32

    # (48 - 15) / 64 = 0.5156, less 1 / sqrt(64) = 0.125
    assert fit(blocks, Noise()).correlation == pytest.approx(0.5156 - 0.125, abs=1e-4)
    assert fit(alternating, Noise()).correlation == 0


@pytest.mark.parametrize("logs", [[6.1] * 4 + [5.9] * 4, [math.log(400)] * 40])
def test_few_runs_or_runs_without_scatter_show_no_correlation(logs):
    assert fit(logs, Noise()).correlation == 0
