"""The slowest of several calls that were really under way together."""

import pytest

from benchmarks.harness.parallel_calls import parallel_ms
from tests.benchmarks.harness.builders import failure, sample, table


def test_maxima_slide_over_requests_under_way_together():
    rows = table(
        sample(0.0, request_ms=1_000.0),
        sample(0.1, request_ms=700.0),
        sample(0.2, request_ms=900.0),
        sample(0.3, request_ms=800.0),
    )

    assert parallel_ms(rows, 2).tolist() == [1_000, 900, 900]
    assert parallel_ms(rows, 3).tolist() == [1_000, 900]
    assert parallel_ms(rows, 4).tolist() == [1_000]
    assert parallel_ms(rows, 5).tolist() == []


def test_requests_one_after_another_are_no_group():
    rows = table(sample(0.0, request_ms=500.0), sample(0.5), sample(1.0))

    assert parallel_ms(rows, 2).tolist() == []
    assert parallel_ms(rows, 1).tolist() == [500, 190, 190]


def test_group_ends_where_its_first_request_does():
    rows = table(
        sample(0.0, request_ms=150.0),
        sample(0.1, request_ms=300.0),
        sample(0.2, request_ms=100.0),
    )

    # the first had ended at 0.15 s, before the third began: 1 with 2, 2 with 3 only
    assert parallel_ms(rows, 2).tolist() == [300, 300]
    assert parallel_ms(rows, 3).tolist() == []


def test_request_that_waited_for_a_429_is_under_way_meanwhile():
    rows = table(sample(0.0, throttled_ms=2_000.0), sample(1.0))

    assert len(parallel_ms(rows, 2)) == 1


def test_late_request_is_under_way_from_its_actual_start():
    rows = table(sample(0.0), sample(0.1, late_ms=100.0))

    assert parallel_ms(rows, 2).tolist() == []


def test_other_figures_failures_phases_and_warmup():
    rows = table(
        sample(0.00, phase=-1, ttft_ms=999.0),
        sample(0.01, ttft_ms=50.0),
        failure(0.02, ttft_ms=888.0, request_ms=500.0),
        sample(0.03, ttft_ms=float("nan")),
        sample(0.04, ttft_ms=70.0),
        sample(0.05, phase=1, ttft_ms=60.0),
    )

    assert parallel_ms(rows, 2, "ttft_ms").tolist() == [70]


def test_group_of_none_is_refused():
    with pytest.raises(ValueError, match="one request at least"):
        parallel_ms(table(sample(0)), 0)
