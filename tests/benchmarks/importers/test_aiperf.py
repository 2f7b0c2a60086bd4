"""AIPerf's export and summary, as samples."""

import json
from datetime import UTC, datetime

import pytest

from benchmarks.harness.load import Lengths, Profile
from benchmarks.importers import PARSERS, Unreadable

parse = PARSERS["aiperf"]

T0_NS = 1_700_000_000_000_000_000  # 14 November 2023, 22:13:20 UTC
MS = 1_000_000


def metric(value, unit="ms"):
    return {"value": value, "unit": unit}


def record(*, start_ns=T0_NS, metrics=None, error=None, **metadata):
    """A request of 21 tokens: the first after 200 ms, 10 ms between, 410 in all."""
    figures = {
        "time_to_first_token": metric(200.0),
        "request_latency": metric(410.0),
        "inter_token_latency": metric(10.0),
        "output_sequence_length": metric(21, "tokens"),
        "input_sequence_length": metric(100, "tokens"),
        **(metrics or {}),
    }
    return {
        "metadata": {
            "credit_issued_ns": start_ns - 50 * MS,
            "request_start_ns": start_ns,
            "request_end_ns": start_ns + 410 * MS,
            "benchmark_phase": "profiling",
            "was_cancelled": False,
            **metadata,
        },
        "metrics": figures,
        "error": error,
    }


def export(*records):
    return "".join(f"{json.dumps(one)}\n" for one in records)


def summary(load=None, **config):
    phases = [
        {"name": "warmup", "type": "concurrency", "concurrency": 1},
        {"name": "profiling", **(load or {"type": "concurrency", "concurrency": 8})},
    ]
    return json.dumps(
        {
            "aiperf_version": "0.13.0",
            "request_latency": {"unit": "ms", "p50": 410.0},
            "input_config": {
                "models": {"items": [{"name": "acme/small"}]},
                "phases": phases,
                "datasets": [{"prompts": {"isl": {"mean": 1000}, "osl": 1000}}],
                **config,
            },
        },
        indent=2,
    )


def test_an_export_and_its_summary_are_one_run():
    (run,) = parse([summary(), export(record(), record(start_ns=T0_NS + 1000 * MS))])

    assert (run.tool, run.tool_version, run.model) == (
        "aiperf",
        "0.13.0",
        "acme/small",
    )
    assert (run.profile, run.concurrency) == (Profile.CONCURRENT, 8)
    assert run.lengths == Lengths(input_tokens=1000, output_tokens=1000)
    assert run.token_class == "balanced"
    assert run.started_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert run.finished_at == datetime(2023, 11, 14, 22, 13, 21, 410_000, UTC)
    assert run.samples["intended_s"] == pytest.approx([0, 1])
    assert run.samples["ttft_ms"] == pytest.approx([200, 200])
    assert run.samples["answer_ttft_ms"] == pytest.approx([200, 200])
    assert run.samples["request_ms"] == pytest.approx([410, 410])
    assert run.samples["tpot_ms"] == pytest.approx([10, 10])
    assert run.samples["output_tokens"] == pytest.approx([21, 21])


@pytest.mark.parametrize(
    ("value", "unit"), [(200e6, "ns"), (200e3, "us"), (200, "ms"), (0.2, "sec")]
)
def test_every_unit_of_time_is_understood(value, unit):
    one = record(metrics={"time_to_first_token": metric(value, unit)})

    (run,) = parse([summary(), export(one)])

    assert run.samples["ttft_ms"] == pytest.approx([200])


def test_reasoning_comes_before_the_first_token_of_the_answer():
    told = record(
        metrics={
            "time_to_first_output_token": metric(300.0),
            "reasoning_token_count": metric(12, "tokens"),
        }
    )
    untold = record(metrics={"reasoning_token_count": metric(12, "tokens")})

    (run,) = parse([summary(), export(told, untold)])

    assert run.samples["answer_ttft_ms"][0] == pytest.approx(300)
    assert str(run.samples["answer_ttft_ms"][1]) == "nan"


def test_a_load_at_a_rate_is_timed_from_the_planned_starts():
    load = {"type": "poisson", "rate": 2.5}

    (run,) = parse([summary(load), export(record())])

    assert (run.profile, run.requests_per_second) == (Profile.POISSON, 2.5)
    assert run.samples["late_ms"] == pytest.approx([50], abs=0.001)
    assert run.samples["ttft_ms"] == pytest.approx([250], abs=0.001)


def test_warmup_is_marked_and_cancelled_requests_are_counted_only():
    warm = record(benchmark_phase="warmup")
    cancelled = record(was_cancelled=True, start_ns=T0_NS + 20 * MS)
    measured = record(start_ns=T0_NS + 10 * MS)

    (run,) = parse([summary(), export(warm, measured, cancelled)])

    assert run.samples["phase"].tolist() == [-1, 0]
    assert run.cut_off == 1


def test_an_error_has_its_kind_and_words():
    error = {"code": 429, "type": "Too Many Requests", "message": "slow down"}

    (run,) = parse([summary(), export(record(error=error))])

    assert run.samples.words["error"] == ("rate_limited",)
    assert run.samples.words["error_detail"] == ("Too Many Requests: slow down",)
    assert run.samples["http_status"].tolist() == [429]


def test_the_settings_of_older_versions_are_read():
    older = json.dumps(
        {
            "input_config": {
                "endpoint": {"model_names": ["acme/small"]},
                "loadgen": {"concurrency": 1},
                "input": {
                    "prompt": {
                        "input_tokens": {"mean": 100},
                        "output_tokens": {"mean": 300},
                    }
                },
            }
        }
    )

    (run,) = parse([export(record()), older])

    assert (run.model, run.profile, run.concurrency) == (
        "acme/small",
        Profile.SINGLE,
        1,
    )
    assert run.token_class == "short"
    assert run.tool_version == ""


def test_the_file_of_prompts_may_come_along():
    prompts = json.dumps({"data": [{"session_id": "a", "payloads": []}]})

    (run,) = parse([prompts, summary(), export(record())])

    assert len(run.samples) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([summary()], "quantiles cannot be turned into samples"),
        ([export(record())], "profile_export_aiperf.json is needed too"),
        ([summary(), export(record()), export(record())], "at a time"),
        ([summary(models=None), export(record())], "names no model"),
        ([summary(), export(record()) + '{"a": 1}\n'], "Line 2 is no record"),
        ([summary(), export(record()) + "{\n"], "not JSON"),
        (
            [
                summary(),
                export(record(metrics={"request_latency": metric(1, "weeks")})),
            ],
            "Line 1 has request_latency in 'weeks', which is no known unit",
        ),
        (
            [summary(), export(record(metrics={"request_latency": None}))],
            "Line 1 has no latency",
        ),
        (
            [summary(), export(record(metrics={"inter_token_latency": metric(-1)}))],
            "Line 1 has the tpot_ms -1, which cannot be",
        ),
    ],
)
def test_what_is_missing_or_absurd_is_named(files, said):
    with pytest.raises(Unreadable, match=said):
        parse(files)
