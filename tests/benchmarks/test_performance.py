"""What runs say together, without a database."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.harness.goodput import Limits
from benchmarks.harness.load import Lengths
from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.measured_runs import (
    Arrival,
    Condition,
    EndpointName,
    MeasuredRun,
    WorkloadLengths,
)
from benchmarks.performance import (
    Question,
    figures,
    parallel_calls,
    performance,
    throughput,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINGLE = Arrival(profile="single")
PARIS = EndpointName(id="1", name="Paris")
OSLO = EndpointName(id="2", name="Oslo")


def condition(**changes):
    usual = {
        "service_tier": "standard",
        "token_class": "short",
        "workload": None,
        "lengths": None,
        "basis": "benchmarked",
        "arrival": SINGLE,
    }
    return Condition(**{**usual, **changes})


def run(samples, *, finished_at=NOON, endpoint=PARIS, of=None, **fields):
    return MeasuredRun(
        condition=of or condition(),
        endpoint=endpoint,
        finished_at=finished_at,
        table=SampleTable.of(samples),
        **fields,
    )


def answers(*ttft_ms, **figures):
    """One answer a second, each of 300 tokens in one second."""
    usual = {"request_ms": 1_000.0, "output_tokens": 300, "late_ms": 0.0}
    return [
        Sample(intended_s=float(index), ttft_ms=ttft, **{**usual, **figures})
        for index, ttft in enumerate(ttft_ms)
    ]


def failures(kind, count):
    return [Sample(intended_s=float(index), error=kind) for index in range(count)]


def ttft(runs):
    return figures(runs).metrics.latencies["ttft_ms"]


def test_a_percentile_is_that_of_all_requests_and_no_average_of_percentiles():
    fast = run(answers(*range(1, 31)))  # 1 to 30 ms, median 15
    slow = run(answers(*range(101, 131)))  # 101 to 130 ms, median 115

    found = ttft([fast, slow])

    # Of 60: the 30th is the slowest fast one, the 54th and 57th are 124 and 127.
    assert found.n == 60
    assert found.p50.value == 30
    assert found.p90.value == 124
    assert found.p95.value == 127
    # 0.95**60 = 0.046, so the maximum bounds p95; with the 59th it would be 0.19.
    assert found.p95.upper == 130


def test_requests_of_several_runs_carry_a_percentile_that_none_carries_alone():
    half, other = run(answers(*[200.0] * 30)), run(answers(*[200.0] * 29))

    alone, together = ttft([half]), ttft([half, other])

    assert (alone.p95.value, alone.p95.upper, alone.p95.needs) == (None, None, 29)
    assert (together.p95.value, together.p95.needs) == (200, 0)
    assert (together.p99.value, together.p99.needs) == (None, 299 - 59)


REQUESTS_OF_RUNS = st.lists(st.integers(1, 90), min_size=1, max_size=4)


@settings(deadline=None)  # it measures no speed
@given(first=REQUESTS_OF_RUNS, second=REQUESTS_OF_RUNS, seed=st.integers(0, 2**32 - 1))
def test_runs_of_two_windows_have_the_percentiles_of_all_their_samples(
    first, second, seed
):
    drawn = np.random.default_rng(seed)
    samples = [
        drawn.lognormal(5.0, 0.7, requests).astype(np.float32)
        for requests in (*first, *second)
    ]
    runs = [run(answers(*values.tolist())) for values in samples]

    found = ttft(runs)

    together = np.concatenate(samples)
    assert found.n == len(together)
    not_above = (together[np.newaxis, :] <= together[:, np.newaxis]).sum(axis=1)
    for name, percent in (("p50", 50), ("p90", 90), ("p95", 95)):
        percentile = getattr(found, name)
        if percentile.value is None:
            assert percentile.needs > 0
        else:
            # The least of them that so many percent of all do not exceed.
            enough = not_above * 100 >= percent * len(together)
            assert percentile.value == together[enough].min()


def test_warm_up_and_requests_outside_the_window_do_not_count():
    warm_up = Sample(intended_s=0.0, phase=-1, ttft_ms=9_000.0)
    samples = [warm_up, *answers(*[200.0] * 10)]  # at 0 to 9 s

    found = figures([run(samples, window_s=(2.0, 7.5), cut_off=2)])

    assert found.metrics.requests == 6  # at 2, 3, 4, 5, 6 and 7 s
    assert found.metrics.latencies["ttft_ms"].p50.value == 200
    assert found.cut_off == 2


def test_throughput_is_over_the_seconds_of_all_runs():
    long = run(answers(*[200.0] * 10), window_s=(0.0, 20.0))
    brief = run(answers(*[200.0] * 5, output_tokens=100), window_s=(0.0, 5.0))

    found = throughput([long, brief])

    assert found.requests_per_second == 15 / 25
    assert found.output_tokens_per_second == (3_000 + 500) / 25


def test_a_run_with_unknown_tokens_is_out_of_their_rate_alone():
    counted = run(answers(*[200.0] * 10), window_s=(0.0, 20.0))
    uncounted = run(
        answers(*[200.0] * 5, output_tokens=float("nan")), window_s=(0.0, 5.0)
    )

    found = throughput([counted, uncounted])

    assert found.requests_per_second == 15 / 25
    assert found.output_tokens_per_second == 3_000 / 20


def test_without_any_window_there_is_no_rate():
    instant = run(answers(200.0), window_s=(0.0, 0.0))

    found = throughput([instant])

    assert found.requests_per_second is None
    assert found.output_tokens_per_second is None


def test_requests_of_unknown_starts_count_but_in_no_rate_and_no_parallel_calls():
    known = run(answers(*[200.0] * 10), window_s=(0.0, 20.0))
    unknown = [Sample(intended_s=float("nan"), request_ms=1_000.0) for _ in range(3)]

    found = figures([known, run(unknown)])

    assert found.metrics.requests == 13
    assert found.throughput.requests_per_second == 10 / 20
    assert parallel_calls([run(unknown)], 2).withheld == "none_overlapped"


def test_a_run_without_a_window_has_the_one_from_first_start_to_last_end():
    found = throughput([run(answers(*[200.0] * 10))])

    assert found.requests_per_second == 10 / 10  # the last starts at 9 s and takes 1 s


def test_errors_have_a_wilson_interval_in_all_and_by_kind():
    samples = [
        *answers(*[200.0] * 95),
        *failures("timeout", 2),
        *failures("http_5xx", 3),
    ]

    found = figures([run(samples)])

    # Wilson, z = 1.959964, 5 of 100: z^2/n = 0.0384146, centre 0.0692073,
    # half 1.959964 * sqrt(0.05 * 0.95 / 100 + 0.0384146 / 400) = 0.0468361;
    # (0.0692073 -+ 0.0468361) / 1.0384146.
    errors = found.metrics.errors
    assert (errors.count, errors.n, errors.share) == (5, 100, 0.05)
    assert errors.low == pytest.approx(0.0215437, abs=1e-6)
    assert errors.high == pytest.approx(0.1117505, abs=1e-6)
    kinds = {kind: share.count for kind, share in found.errors_by_kind.items()}
    assert kinds == {"http_5xx": 3, "timeout": 2}
    assert found.errors_by_kind["timeout"].share == 0.02


def test_an_answer_of_another_length_is_no_error():
    found = figures([run(answers(200.0, 200.0, error="length_mismatch"))])

    assert found.metrics.errors.count == 0
    assert found.metrics.length_mismatches == 2


def test_runs_in_which_everything_failed_have_errors_and_no_latency():
    found = figures([run(failures("connect", 3))])

    assert found.metrics.errors.share == 1
    latency = found.metrics.latencies["ttft_ms"]
    assert (latency.n, latency.p50.value) == (0, None)


def test_goodput_counts_late_failed_and_throttled_requests_as_misses():
    good, late = run(answers(200.0)), run(answers(400.0))
    waited = run(answers(200.0, throttled_ms=500.0))  # felt as 700 ms
    failed = run(failures("rate_limited", 1), cut_off=7)
    question = Question(limits=Limits(ttft_ms=300))

    (found,) = performance([good, late, waited, failed], question)

    assert (found.goodput.good.count, found.goodput.good.n) == (1, 4)
    assert (found.goodput.late, found.goodput.failed) == (2, 1)
    assert found.goodput.cut_off == 7


def test_without_limits_there_is_neither_goodput_nor_verdict():
    (found,) = performance([run(answers(200.0))])

    assert found.goodput is None
    assert found.verdicts == ()


@pytest.mark.parametrize(
    ("count", "limit_ms", "expected"),
    [
        (60, 60, "met"),  # of 1 to 60 ms the bound is the maximum, 60
        (60, 58, "unproven"),  # p95 is the 57th, 57 ms, its bound 60
        (60, 56, "missed"),
        (58, 10_000, "unproven"),  # 59 are needed
    ],
)
def test_a_limit_is_tested_against_the_bound(count, limit_ms, expected):
    runs = [run(answers(*range(1, count + 1)))]
    question = Question(limits=Limits(ttft_ms=limit_ms))

    ((verdict,),) = (found.verdicts for found in performance(runs, question))

    assert (verdict.figure, verdict.limit_ms) == ("ttft_ms", limit_ms)
    assert verdict.verdict == expected


def at_once(*request_ms, start_s=0.0):
    return [
        Sample(
            intended_s=start_s,
            late_ms=0.0,
            ttft_ms=1.0,
            request_ms=float(each),
            output_tokens=1,
        )
        for each in request_ms
    ]


def test_parallel_calls_take_the_slowest_of_requests_that_ran_together():
    # Two bursts of three, ten seconds apart: no group reaches over the gap.
    samples = [
        *at_once(1_000, 2_000, 3_000),
        *at_once(4_000, 5_000, 6_000, start_s=10.0),
    ]

    found = parallel_calls([run(samples)], 3)

    assert found.withheld is None
    assert found.request_ms.n == 2
    assert found.request_ms.p50.value == 3_000  # of 3,000 and 6,000 ms
    assert found.request_ms.p50.needs == 3  # the median's bound needs five


def test_a_request_counts_in_one_group_of_parallel_calls_only():
    found = parallel_calls([run(at_once(*range(1_000, 1_007)))], 3)

    # Seven at once: the first three, the next three, and one that is left over.
    assert found.request_ms.n == 2


def test_requests_of_different_runs_never_ran_together():
    runs = [run(at_once(1_000, 2_000)), run(at_once(3_000))]

    found = parallel_calls(runs, 3)

    assert found.request_ms is None
    assert found.withheld == "none_overlapped"


def test_the_trend_is_by_utc_day():
    in_india = timezone(timedelta(hours=5, minutes=30))
    runs = [
        run(answers(100.0), finished_at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC)),
        run(answers(300.0), finished_at=datetime(2026, 3, 2, 0, 0, tzinfo=UTC)),
        # 2026-03-01 22:30 in UTC.
        run(answers(120.0), finished_at=datetime(2026, 3, 2, 4, 0, tzinfo=in_india)),
        run(
            [*answers(500.0), *failures("timeout", 1)],
            finished_at=datetime(2026, 3, 4, tzinfo=UTC),
        ),
    ]

    (found,) = performance(runs)

    first, second, fourth = found.by_day
    assert (first.date, first.runs, first.requests) == (date(2026, 3, 1), 2, 2)
    assert first.ttft_ms_p50 == 100  # the lower of two
    assert (second.date, second.ttft_ms_p50) == (date(2026, 3, 2), 300)
    assert second.tpot_ms_p50 is None  # never measured
    assert second.request_ms_p50 == 1_000
    assert (fourth.date, fourth.errors.share) == (date(2026, 3, 4), 0.5)
    assert found.figures.first_finished_at == runs[2].finished_at
    assert found.figures.last_finished_at == runs[3].finished_at


def test_several_endpoints_stand_beside_each_other_by_name():
    runs = [
        run(answers(100.0), endpoint=PARIS),
        run(answers(300.0), endpoint=OSLO),
        run(answers(120.0), endpoint=PARIS),
    ]

    (found,) = performance(runs)

    assert found.figures.runs == 3
    oslo, paris = found.by_endpoint
    assert (oslo.endpoint, oslo.figures.runs) == (OSLO, 1)
    assert (paris.endpoint, paris.figures.runs) == (PARIS, 2)
    assert paris.figures.metrics.latencies["ttft_ms"].p50.value == 100


def test_a_single_endpoint_needs_no_table_of_its_own():
    (found,) = performance([run(answers(100.0)), run(answers(120.0))])

    assert found.by_endpoint == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"service_tier": "priority"},
        {"token_class": "long"},
        {"workload": WorkloadLengths(id="w", revision=2)},
        {"lengths": Lengths(input_tokens=550, output_tokens=150)},
        {"basis": "imported"},
        {"arrival": None},
        {"arrival": Arrival(profile="concurrent", concurrency=8)},
        {"arrival": Arrival(profile="poisson", requests_per_second=2.0)},
    ],
)
def test_what_was_measured_under_other_conditions_is_condensed_apart(changes):
    other = condition(**changes)

    found = performance([run(answers(100.0)), run(answers(900.0), of=other)])

    medians = {
        group.condition: group.figures.metrics.latencies["ttft_ms"].p50.value
        for group in found
    }
    assert medians == {condition(): 100, other: 900}


def test_groups_come_in_the_order_of_their_conditions():
    arrivals = [
        Arrival(profile="concurrent", concurrency=16),
        SINGLE,
        Arrival(profile="concurrent", concurrency=2),
    ]

    found = performance(
        [run(answers(100.0), of=condition(arrival=each)) for each in arrivals]
    )

    assert [group.condition.arrival for group in found] == [
        arrivals[2],
        arrivals[0],
        SINGLE,
    ]


def test_no_runs_say_nothing():
    assert performance([]) == ()
