import json

import pytest

from benchmarks.admin.run_tables import tables_of
from benchmarks.harness.goodput import Limits
from benchmarks.harness.load import Lengths, Load, Profile
from benchmarks.harness.samples import ErrorKind, Sample, SampleTable
from benchmarks.harness.summary import summary
from benchmarks.models import BenchmarkRun
from benchmarks.progress import progress_of
from tests.factories.benchmarks import steady


def tables(samples=(), *, client_health=None, asked=None, **options):
    brief = summary(SampleTable.of(samples), **options).as_json()
    run = BenchmarkRun(
        summary=json.loads(json.dumps(brief)),
        asked=asked or {},
        client_health=client_health or {},
    )
    return {table.title: table for table in tables_of(run)}


def words_of(table):
    return {row[0]: row[1:] for row in table.rows}


def test_a_run_of_which_nothing_is_known_has_no_tables():
    assert tables_of(BenchmarkRun()) == []


def test_a_percentile_is_shown_with_the_bound_that_limits_are_held_against():
    samples = [
        *steady(58, ttft_ms=200.0),
        Sample(intended_s=58.0, ttft_ms=300.0),
    ]

    ttft = words_of(tables(samples)["Latency"])["Time to first token"]

    # Of 59 values the maximum bounds the p95; the p95 itself is the 57th: 200.
    assert ttft == (
        "59",
        "200 ms (\u2264 200 ms)",
        "200 ms (\u2264 200 ms)",
        "200 ms (\u2264 300 ms)",
        "needs 240 more",
    )


def test_a_figure_that_no_request_has_is_left_out():
    latency = tables([Sample(intended_s=0.0, ttft_ms=200.0)])["Latency"]

    assert list(words_of(latency)) == ["Time to first token"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no limits were stated"),
        # 3 of 4 within 250 ms; Wilson: (0.75 + 0.4802 -+ 0.6445) / 1.9604.
        ({"limits": Limits(ttft_ms=250.0)}, "75 % (30.1 % to 95.4 %)"),
        ({"limits": Limits(answer_ttft_ms=1.0)}, "withheld: never measured"),
    ],
)
def test_goodput_is_a_share_with_its_interval_or_says_why_not(options, words):
    samples = [
        Sample(intended_s=float(at), ttft_ms=300.0 if at == 3 else 200.0)
        for at in range(4)
    ]

    rates = words_of(tables(samples, **options)["Throughput and tokens"])

    assert rates["Met every limit"] == (words,)


def test_errors_are_counted_by_kind_the_most_frequent_first():
    samples = [
        *steady(5),
        *(Sample(intended_s=5.0 + n, error=ErrorKind.HTTP_5XX) for n in range(3)),
        *(Sample(intended_s=8.0 + n, error=ErrorKind.TIMEOUT) for n in range(2)),
    ]

    errors = tables(samples)["Errors by kind"]

    assert errors.rows == (
        ("http 5xx", "3", "30 %"),
        ("timeout", "2", "20 %"),
    )


def test_a_sweep_says_where_it_was_too_much():
    load = Load(
        profile=Profile.SWEEP,
        requests=60,
        lengths=(Lengths(input_tokens=100, output_tokens=300),),
        seed=1,
    )
    failed = [
        Sample(intended_s=100.0 + n, phase=1, error=ErrorKind.HTTP_5XX)
        for n in range(4)
    ]

    steps = tables([*steady(4), *failed], load=load)["Steps of the sweep"]

    assert [row[:3] for row in steps.rows] == [("1", "1", "4"), ("2", "2", "4")]
    assert steps.rows[1][-1] == "100 %"
    assert steps.note == "Saturated at step 2, as its errors showed."


def test_what_was_asked_comes_in_a_readers_order():
    asked = {
        "seed": 7,
        "novel_setting": True,
        "lengths": [[100, 300], [1_000, 1_000]],
        "body_extra": {},
        "patience": {"connect_s": 10.0},
        "header_names": ["Authorization", "x-team"],
        "token_class": "short",
    }

    assert tables(asked=asked)["What was asked"].rows == (
        ("Token class", "short"),
        ("Tokens of a request", "100 in, 300 out; 1,000 in, 1,000 out"),
        ("Headers", "Authorization, x-team"),
        ("Further fields", "-"),
        ("Patience", "connect_s 10.0"),
        ("Seed", "7"),
        ("Novel setting", "yes"),
    )


@pytest.mark.parametrize(
    ("health", "words"),
    [
        ({"client_limited": False, "reason": ""}, "No."),
        ({"client_limited": True, "reason": "It was late."}, "Yes. It was late."),
    ],
)
def test_our_own_client_says_whether_it_was_the_bottleneck(health, words):
    client = words_of(tables(client_health=health)["Our own client"])

    assert client["Was it the bottleneck?"] == (words,)


def test_progress_counts_what_failed_and_what_was_cut_off():
    run = BenchmarkRun(
        status="partial",
        requests_total=60,
        requests_done=45,
        requests_failed=2,
        cut_off=3,
    )

    told = progress_of(run)

    assert told["words"] == "45 of 60 requests, 2 failed, 3 cut off"
    assert told["percent"] == 75  # 45 of 60


@pytest.mark.parametrize(("status", "percent"), [("queued", 0), ("failed", 100)])
def test_a_run_of_nothing_is_done_when_it_is_over(status, percent):
    assert progress_of(BenchmarkRun(status=status))["percent"] == percent
