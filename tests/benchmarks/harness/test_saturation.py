"""When a sweep has gone far enough."""

from benchmarks.harness.saturation import Saturation, Sign, phases, saturation
from tests.benchmarks.harness.builders import failure, sample, table


def step(phase, *, seconds, latency_ms, requests=10, failing=0):
    """Return a step's samples: `requests` that end within so many seconds."""
    gap = (seconds - latency_ms / 1000) / (requests - 1)
    return [
        failure(phase * 100 + gap * index, phase=phase, request_ms=latency_ms)
        if index < failing
        else sample(phase * 100 + gap * index, phase=phase, request_ms=latency_ms)
        for index in range(requests)
    ]


def test_sweep_whose_throughput_grows_is_not_saturated():
    # 10 in 10 s, then 10 in 5 s at twice the latency
    rows = step(0, seconds=10, latency_ms=1_000) + step(1, seconds=5, latency_ms=2_000)

    assert saturation(table(*rows)) is None


def test_latency_that_grows_without_throughput_is_saturation():
    rows = [
        *step(0, seconds=10, latency_ms=1_000),
        *step(1, seconds=5, latency_ms=1_000),  # twice the throughput
        *step(2, seconds=4.8, latency_ms=1_900),  # 4 % more, at 1.9 times the latency
    ]

    assert saturation(table(*rows)) == Saturation(
        phase=2, sign=Sign.THROUGHPUT, last_good_phase=1
    )


def test_throughput_that_stays_while_latency_stays_is_not_saturation():
    # 1.5 times the latency itself is not yet a sign
    rows = step(0, seconds=5, latency_ms=1_000) + step(1, seconds=5, latency_ms=1_500)

    assert saturation(table(*rows)) is None


def test_waits_for_429s_count_as_latency():
    slow = step(1, seconds=5, latency_ms=1_000)
    for row in slow:
        row.throttled_ms = 1_000

    rows = table(*step(0, seconds=5, latency_ms=1_000), *slow)

    assert saturation(rows).sign is Sign.THROUGHPUT


def test_errors_end_a_sweep_at_its_first_step_too():
    rows = step(0, seconds=5, latency_ms=100, requests=20, failing=2)

    assert saturation(table(*rows)) == Saturation(
        phase=0, sign=Sign.ERRORS, last_good_phase=None
    )


def test_single_error_may_be_chance():
    rows = step(0, seconds=5, latency_ms=100, requests=8, failing=1)

    assert saturation(table(*rows)) is None


def test_step_with_an_unknown_time_shows_nothing():
    rows = [sample(phase, phase=phase, request_ms=float("nan")) for phase in (0, 1)]

    assert saturation(table(*rows)) is None


def test_warmup_is_no_phase():
    assert phases(table(sample(0, phase=-1))) == 0
    assert saturation(table(sample(0, phase=-1))) is None
    assert saturation(table()) is None
