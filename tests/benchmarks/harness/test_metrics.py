"""What the requests of a run say together, by hand."""

import pytest

from benchmarks.harness.metrics import (
    Percentile,
    Verdict,
    measured,
    metrics,
    percentiles,
    verdict,
    window_of,
)
from benchmarks.harness.samples import ErrorKind
from tests.benchmarks.harness.builders import failure, sample, table


def test_percentile_is_a_value_that_was_measured():
    found = percentiles(range(1, 101))

    # of 1 … 100: the 50th, 90th and 95th value
    assert (found.p50.value, found.p90.value, found.p95.value) == (50, 90, 95)
    assert found.n == 100


def test_percentile_is_withheld_until_n_carries_its_bound():
    found = percentiles(range(1, 29))

    assert found.p90 == Percentile(value=None, upper=None, needs=1)
    assert found.p95 == Percentile(value=None, upper=None, needs=31)
    assert found.p99 == Percentile(value=None, upper=None, needs=271)


def test_bound_is_the_maximum_at_the_least_n():
    # 0.9 * 29 = 26.1: the 27th value
    assert percentiles(range(1, 30)).p90 == Percentile(value=27, upper=29, needs=0)
    # 0.95 * 59 = 56.05: the 57th value
    assert percentiles(range(1, 60)).p95 == Percentile(value=57, upper=59, needs=0)
    # 0.99 * 299 = 296.01: the 297th value
    assert percentiles(range(1, 300)).p99 == Percentile(value=297, upper=299, needs=0)


def test_median_is_given_from_the_first_request_on():
    assert percentiles([3.0]).p50 == Percentile(value=3, upper=None, needs=4)
    assert percentiles([]).p50 == Percentile(value=None, upper=None, needs=5)


def test_unknown_values_are_not_counted():
    found = percentiles([1.0, float("nan"), 3.0])

    assert found.n == 2
    assert found.p50.value == 1  # the first of two is at least half of them


@pytest.mark.parametrize(
    ("limit_ms", "expected"),
    [
        (59, Verdict.MET),  # the bound itself
        (58.9, Verdict.UNPROVEN),
        (57, Verdict.UNPROVEN),  # the percentile itself
        (56.9, Verdict.MISSED),
    ],
)
def test_limit_is_tested_against_the_bound(limit_ms, expected):
    assert verdict(percentiles(range(1, 60)).p95, limit_ms) is expected


def test_limit_is_unproven_when_the_percentile_is_withheld():
    few = percentiles(range(1, 59))

    assert verdict(few.p95, 1) is Verdict.UNPROVEN
    assert verdict(few.p95, 1000) is Verdict.UNPROVEN
    assert verdict(percentiles([1.0]).p50, 1000) is Verdict.UNPROVEN


def test_warmup_is_in_no_figure():
    slow = sample(0.0, phase=-1, ttft_ms=9_000, output_tokens=900, throttled_ms=50)

    with_warmup = metrics(table(slow, failure(0.5, phase=-1), sample(1), sample(2)))

    assert with_warmup == metrics(table(sample(1), sample(2)))
    assert with_warmup.requests == 2


def test_throughput_is_over_the_window():
    found = metrics(table(sample(1.0), sample(1.5), failure(2.0)), (1.0, 3.0))

    # 2 answers of 10 tokens in 2 s
    assert found.requests_per_second == 1
    assert found.output_tokens_per_second == 10


def test_window_of_a_table_ends_with_its_last_request():
    rows = table(
        sample(1.0, request_ms=5_000, throttled_ms=500), sample(2.0), failure(3.0)
    )

    assert window_of(rows) == (1.0, 6.5)
    assert window_of(table()) == (0.0, 0.0)
    assert window_of(table(failure(3.0))) == (3.0, 3.0)


def test_throughput_without_usage_or_time_is_unknown():
    uncounted = metrics(table(sample(0.0), sample(1.0, output_tokens=float("nan"))))
    instant = metrics(table(failure(1.0)))

    assert uncounted.output_tokens_per_second is None
    # 2 in 1.19 s
    assert uncounted.requests_per_second == pytest.approx(2 / 1.19)
    assert instant.requests_per_second is None


def test_only_requests_meant_to_start_in_the_window_count():
    rows = table(sample(0.9), sample(1.1), sample(2.9), sample(3.1))

    assert measured(rows, (1.0, 3.0))["intended_s"].tolist() == pytest.approx(
        [1.1, 2.9]
    )


def test_request_at_the_very_start_of_the_window_counts():
    # 1.1 is 1.10000002384 in the precision of the column
    assert len(measured(table(sample(1.1)), (1.1, 1.1))) == 1


def test_failures_are_counted_by_kind_and_stay_out_of_latencies():
    found = metrics(
        table(
            sample(0),
            failure(1, ErrorKind.TIMEOUT, ttft_ms=60_000),
            failure(2, ErrorKind.TIMEOUT),
            failure(3, ErrorKind.RATE_LIMITED, throttled_ms=1_000),
        )
    )

    assert found.errors_by_kind == {"timeout": 2, "rate_limited": 1}
    assert (found.errors.count, found.errors.n, found.errors.share) == (3, 4, 0.75)
    # p = 0.75, n = 4: (0.75 + 0.480182 -+ 1.959964 sqrt(0.046875 + 0.0600228))
    # / 1.960365
    assert found.errors.low == pytest.approx(0.300642, abs=1e-5)
    assert found.errors.high == pytest.approx(0.954413, abs=1e-5)
    assert found.latencies["ttft_ms"].n == 1


def test_answer_of_another_length_is_counted_apart():
    found = metrics(
        table(
            sample(0, error=ErrorKind.LENGTH_MISMATCH, output_tokens=4.0),
            failure(1, ErrorKind.LENGTH_MISMATCH, output_tokens=0.0),
        )
    )

    assert found.length_mismatches == 1
    assert found.errors_by_kind == {"length_mismatch": 1}  # the empty one
    assert found.latencies["ttft_ms"].n == 1


def test_waits_for_429s_stand_apart():
    found = metrics(
        table(sample(0), sample(1, throttled_ms=2_000), sample(2, throttled_ms=1_000))
    )

    assert (found.throttled.count, found.throttled.n) == (2, 3)
    assert found.throttled_mean_ms == 1_500
    assert found.latencies["ttft_ms"].p50.value == 100


def test_nobody_waited():
    assert metrics(table(sample(0))).throttled_mean_ms is None


def test_tokens_are_means_of_what_is_known():
    found = metrics(
        table(sample(0, input_tokens=100.0), sample(1, input_tokens=200.0), sample(2))
    )

    assert found.tokens["input_tokens"] == 150
    assert found.tokens["output_tokens"] == 10
    assert found.tokens["reasoning_tokens"] is None


def test_models_that_answered_are_named():
    found = metrics(
        table(sample(0, served_model="a-1"), sample(1, served_model="a-2"), sample(2))
    )

    assert found.served_models == {"a-1": 1, "a-2": 1}


def test_nothing_measured_is_no_figure():
    found = metrics(table(sample(0, phase=-1)))

    assert found.requests == 0
    assert found.errors.share is None
    assert found.latencies["ttft_ms"].p50.value is None
    assert found.requests_per_second is None


def test_rows_without_a_known_start_count_and_have_no_rate():
    rows = table(*(sample(float("nan"), ttft_ms=200.0) for _ in range(3)))

    found = metrics(rows)

    assert found.requests == 3
    assert found.latencies["ttft_ms"].p50.value == 200
    assert found.window_s == (0.0, 0.0)
    assert found.requests_per_second is None
