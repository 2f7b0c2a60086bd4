"""Modest simulations; `bench/changes.py` has the figures proper.

Bounds leave room for the few series: each is about four standard errors from what the
bench measures with many.
"""

import numpy as np

from benchmarks.detection.detect import detect
from benchmarks.detection.runs import Direction
from tests.benchmarks.detection.series import noisy


def _stepped(ratio, history=30, after=5):
    return np.repeat([0.0, np.log(ratio)], (history, after))


def _found(seed, ratio, direction):
    changes = detect(noisy(seed, 35, shift=_stepped(ratio)))
    return any(
        change.figure == "ttft_ms_p50"
        and change.direction is direction
        and change.detected_index >= 30
        for change in changes
    )


def test_most_steps_of_a_fifth_are_found_within_five_runs():
    up = [_found(seed, 1.2, Direction.UP) for seed in range(150)]
    down = [_found(seed, 0.8, Direction.DOWN) for seed in range(150)]

    assert np.mean(up) > 0.84
    assert np.mean(down) > 0.93


def test_endpoints_at_rest_raise_hardly_an_alarm():
    alarms = sum(len(detect(noisy(seed, 200))) for seed in range(40))

    # 8,000 runs: eight are expected at one in a thousand.
    assert alarms <= 18


def test_a_spike_among_noise_is_no_change():
    spike = np.zeros(40)
    spike[30] = np.log(3)

    reported = sum(bool(detect(noisy(seed, 40, shift=spike))) for seed in range(150))

    assert reported <= 12


def test_a_drift_is_reported_in_the_end():
    drift = np.log(1.01) * np.maximum(0, np.arange(90) - 30)

    delays = [
        next(
            change.detected_index - 30
            for change in detect(noisy(seed, 90, shift=drift))
            if change.direction is Direction.UP and change.detected_index > 35
        )
        for seed in range(30)
    ]

    assert np.median(delays) < 35  # by then TTFT is 1.01 ** 35 = 1.42 times as long


def test_a_step_far_above_the_noise_is_dated_and_sized():
    shift = _stepped(2.0, after=10)

    firsts = [
        next(
            change
            for change in detect(noisy(seed, 40, shift=shift))
            if change.figure == "ttft_ms_p50" and change.detected_index >= 30
        )
        for seed in range(30)
    ]

    assert [change.began_index for change in firsts].count(30) >= 27
    # Three runs of log deviation 0.08: a standard error of 0.046, or 5 %.
    assert abs(np.median([change.ratio for change in firsts]) - 2) < 0.1
