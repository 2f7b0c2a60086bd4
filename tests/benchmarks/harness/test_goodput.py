"""Goodput: who is in the denominator, and what is a miss."""

import pytest

from benchmarks.harness.goodput import Limits, Withheld, goodput
from benchmarks.harness.samples import ErrorKind
from tests.benchmarks.harness.builders import failure, sample, table

LIMITS = Limits(ttft_ms=200, tpot_ms=20)


def test_requests_that_meet_every_limit_are_good():
    rows = table(
        sample(0),
        sample(1, ttft_ms=200.0),  # the limit itself
        sample(2, ttft_ms=201.0),
        sample(3, tpot_ms=21.0),
        sample(4, ttft_ms=201.0, tpot_ms=21.0),
    )

    found = goodput(rows, LIMITS)

    assert (found.good.count, found.good.n, found.good.share) == (2, 5, 0.4)
    assert found.late == 3
    # p = 0.4, n = 5: (0.4 + 0.3841459 -+ 1.959964 sqrt(0.048 + 0.03841459)) / 1.7682918
    assert found.good.low == pytest.approx(0.117622, abs=1e-5)
    assert found.good.high == pytest.approx(0.769277, abs=1e-5)


@pytest.mark.parametrize(
    "kind", [ErrorKind.RATE_LIMITED, ErrorKind.TIMEOUT, ErrorKind.HTTP_5XX]
)
def test_failure_is_a_miss_however_fast(kind):
    found = goodput(table(sample(0), failure(1, kind, ttft_ms=1, tpot_ms=1)), LIMITS)

    assert found.good.share == 0.5
    assert (found.failed, found.late, found.unknown) == (1, 0, 0)


def test_retried_429_counts_with_its_wait():
    rows = table(
        sample(0, throttled_ms=100.0),  # 100 + 100 = 200 ms: in time
        sample(1, throttled_ms=101.0),
    )

    assert goodput(rows, LIMITS).good.count == 1
    # 190 + 100 = 290 ms
    assert goodput(rows, Limits(request_ms=290)).good.count == 1
    assert goodput(rows, Limits(answer_ttft_ms=200)).good.count == 1
    # time between tokens has no wait in it
    assert goodput(rows, Limits(itl_p95_ms=10)).good.count == 2


def test_requests_cut_off_are_left_out_and_counted():
    found = goodput(table(sample(0)), LIMITS, cut_off=3)

    assert found.good.n == 1
    assert found.cut_off == 3


def test_only_requests_meant_to_start_in_the_window_are_in_the_denominator():
    rows = table(failure(0.5), sample(1.5), sample(2.5, phase=-1), failure(3.5))

    assert goodput(rows, LIMITS, window_s=(1.0, 3.0)).good.n == 1


def test_answer_of_one_token_has_no_time_between_tokens_to_miss():
    single = sample(0, output_tokens=1.0, tpot_ms=float("nan"))

    assert goodput(table(single), LIMITS).good.share == 1


def test_unknown_time_is_a_miss_and_counted_apart():
    uncounted = sample(1, output_tokens=float("nan"), tpot_ms=float("nan"))

    found = goodput(table(sample(0), uncounted), LIMITS)

    assert found.good.share == 0.5
    assert (found.late, found.unknown) == (0, 1)


def test_limit_on_a_figure_that_no_answer_shows_yields_none():
    uncounted = sample(1, output_tokens=float("nan"), tpot_ms=float("nan"))

    found = goodput(table(uncounted, failure(2)), LIMITS)

    assert found.good is None
    assert found.withheld is Withheld.NEVER_MEASURED
    # the other limit alone can be judged
    assert goodput(table(uncounted), Limits(ttft_ms=200)).good.share == 1


def test_failures_alone_are_a_goodput_of_nought():
    assert goodput(table(failure(0), failure(1)), LIMITS).good.share == 0


def test_without_limits_every_answer_is_good():
    assert goodput(table(sample(0), failure(1)), Limits()).good.share == 0.5


def test_run_limited_by_the_client_yields_none():
    found = goodput(table(sample(0)), LIMITS, client_limited=True)

    assert (found.good, found.withheld) == (None, Withheld.CLIENT_LIMITED)


def test_run_without_requests_yields_none():
    found = goodput(table(), LIMITS)

    assert (found.good, found.withheld) == (None, Withheld.NO_REQUESTS)
