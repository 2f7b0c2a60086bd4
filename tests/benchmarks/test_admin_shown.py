from decimal import Decimal

import pytest

from benchmarks.admin import shown
from benchmarks.admin.charts import MAX_POINTS, request_charts
from benchmarks.harness.samples import ErrorKind, Sample, SampleTable


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (None, "-"),
        (0.0, "0.00 ms"),
        (0.126, "0.13 ms"),
        (9.874, "9.87 ms"),
        (20.04, "20.0 ms"),
        (411.6, "412 ms"),
        (12_345.6, "12,346 ms"),
    ],
)
def test_a_latency_has_three_digits_that_count(figure, words):
    assert shown.milliseconds(figure) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "-"), (0.0, "0 %"), (1 / 60, "1.7 %"), (0.05, "5 %"), (1.0, "100 %")],
)
def test_a_share_is_a_percentage(share, words):
    assert shown.percent(share) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, "-"),
        ("0", "0.00 USD"),
        ("20", "20.00 USD"),
        ("1234.5", "1234.50 USD"),
        ("0.25", "0.25 USD"),
        ("0.01586", "0.016 USD"),
        ("0.000123", "0.00012 USD"),
    ],
)
def test_a_small_amount_keeps_two_digits_that_count(amount, words):
    assert shown.usd(None if amount is None else Decimal(amount)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "-"), (8.14, "8.1 s"), (60.0, "1 min 0 s"), (125.4, "2 min 5 s")],
)
def test_a_span_is_in_seconds_or_minutes(seconds, words):
    assert shown.duration(seconds) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (45, "every 45 min"),
        (90, "every 90 min"),
        (180, "every 3 h"),
        (1_440, "every day"),
        (10_080, "every 7 days"),
    ],
)
def test_a_cadence_is_in_its_largest_whole_unit(minutes, words):
    assert shown.cadence(minutes) == words


def test_a_long_run_is_thinned_but_for_its_failures():
    fine = [
        Sample(intended_s=float(index), ttft_ms=200.0, tpot_ms=20.0)
        for index in range(2 * MAX_POINTS)
    ]
    failed = [
        Sample(intended_s=index + 0.5, error=ErrorKind.TIMEOUT) for index in range(7)
    ]

    ttft, _ = request_charts(SampleTable.of([*fine, *failed]))

    points = ttft.data.count('{"x"')
    assert points <= MAX_POINTS + len(failed)
    assert ttft.data.count('"y": 0.0}') == len(failed)


def test_a_run_without_requests_has_no_charts():
    assert request_charts(SampleTable.of([])) == ()
