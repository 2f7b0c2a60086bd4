"""Reports of GuideLLM, old and new, as samples."""

import json
from datetime import UTC, datetime

import pytest

from benchmarks.harness.load import Lengths, Profile
from benchmarks.importers import PARSERS, Unreadable

parse = PARSERS["guidellm"]

T0 = 1_700_000_000.0  # 14 November 2023, 22:13:20 UTC


def request(*, start=T0, error=None, **timings):
    """A request of version 0.8: 21 tokens, the first after 0.2 s, 0.4 s in all."""
    return {
        "info": {
            "error": error,
            "timings": {
                "targeted_start": start - 0.05,
                "request_start": start,
                "first_token_iteration": start + 0.2,
                "first_output_token_iteration": start + 0.25,
                "last_token_iteration": start + 0.4,
                "request_end": start + 0.5,
                **timings,
            },
        },
        "input_metrics": {"text_tokens": 100, "cached_tokens": 8},
        "output_metrics": {"text_tokens": 21},
        # As the tool computes it, with the first token's wait: not to be used.
        "time_per_output_token_ms": 19.05,
    }


def old_request(*, start=T0, **changes):
    """The same request as version 0.3 writes it."""
    return {
        "start_time": start,
        "first_token_time": start + 0.2,
        "last_token_time": start + 0.4,
        "end_time": start + 0.5,
        "prompt_tokens": 100,
        "output_tokens": 21,
        "scheduler_info": {"targeted_start_time": start - 0.05},
        **changes,
    }


def benchmark(successful, *, errored=(), incomplete=(), strategy=None, **changes):
    return {
        "config": {
            "strategy": strategy or {"type_": "concurrent", "streams": 4},
            "backend": {"kind": "openai_http", "model": "acme/small"},
        },
        "requests": {
            "successful": list(successful),
            "errored": list(errored),
            "incomplete": list(incomplete),
        },
        **changes,
    }


def report(*benchmarks, **changes):
    data = [{"kind": "synthetic_text", "prompt_tokens": 100, "output_tokens": 300}]
    return json.dumps(
        {
            "metadata": {"guidellm_version": "0.8.1"},
            "config": {"spec": {"data": data}},
            "benchmarks": benchmarks,
            **changes,
        }
    )


def old_report(*requests, **changes):
    return json.dumps(
        {
            "benchmarks": [
                {
                    "args": {"strategy": {"type_": "synchronous"}},
                    "worker": {"backend_model": "acme/small"},
                    "request_loader": {"data": "prompt_tokens=256,output_tokens=128"},
                    "requests": {
                        "successful": list(requests),
                        "errored": [],
                        "incomplete": [],
                    },
                    **changes,
                }
            ]
        }
    )


def test_each_benchmark_of_a_report_is_a_run():
    first = benchmark([request(), request(start=T0 + 1)], incomplete=[request()])
    second = benchmark([request()], strategy={"type_": "synchronous"})

    runs = parse([report(first, second)])

    assert [len(run.samples) for run in runs] == [2, 1]
    assert [run.cut_off for run in runs] == [1, 0]
    assert [run.concurrency for run in runs] == [4, 1]
    assert [run.profile for run in runs] == [Profile.CONCURRENT, Profile.SINGLE]
    assert {(run.tool, run.tool_version, run.model) for run in runs} == {
        ("guidellm", "0.8.1", "acme/small")
    }
    assert runs[0].started_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    # The second request starts a second later and takes half a one.
    assert runs[0].finished_at == datetime(2023, 11, 14, 22, 13, 21, 500_000, UTC)
    assert runs[0].lengths == Lengths(input_tokens=100, output_tokens=300)
    assert runs[0].token_class == "short"


@pytest.mark.parametrize(
    "text", [report(benchmark([request()])), old_report(old_request())]
)
def test_times_run_from_the_start_and_tpot_leaves_the_first_token_out(text):
    (run,) = parse([text])

    samples = run.samples
    assert samples["intended_s"] == pytest.approx([0])
    assert samples["ttft_ms"] == pytest.approx([200], abs=0.01)
    assert samples["request_ms"] == pytest.approx([500], abs=0.01)
    # (0.4 - 0.2) s over 20 gaps
    assert samples["tpot_ms"] == pytest.approx([10], abs=0.01)
    assert samples["input_tokens"] == pytest.approx([100])
    assert samples["output_tokens"] == pytest.approx([21])


def test_the_first_token_after_reasoning_is_told_where_the_report_does():
    (new,) = parse([report(benchmark([request()]))])
    (old,) = parse([old_report(old_request())])

    assert new.samples["answer_ttft_ms"] == pytest.approx([250], abs=0.01)
    assert old.samples["answer_ttft_ms"] == pytest.approx([200], abs=0.01)


def test_a_load_at_a_rate_is_timed_from_the_planned_starts():
    strategy = {"type_": "poisson", "rate": 2.5}
    late = benchmark([request(), request(start=T0 + 1)], strategy=strategy)

    (run,) = parse([report(late)])

    assert (run.profile, run.requests_per_second) == (Profile.POISSON, 2.5)
    assert run.concurrency is None
    # Both were sent 0.05 s after their targets.
    assert run.samples["late_ms"] == pytest.approx([50, 50], abs=0.01)
    assert run.samples["ttft_ms"] == pytest.approx([250, 250], abs=0.01)
    assert run.samples["intended_s"] == pytest.approx([0, 1], abs=1e-5)


def test_an_errored_request_is_a_failure_with_its_kind():
    errored = request(error="HTTP 503: overloaded", first_token_iteration=None)

    (run,) = parse([report(benchmark([request()], errored=[errored]))])

    assert sorted(run.samples.words["error"]) == ["", "http_5xx"]
    assert run.samples.failed.sum() == 1


def test_a_model_that_was_looked_up_is_read_from_what_was_sent():
    sent = request() | {"request_args": '{"body": {"model": "acme/found"}}'}
    unnamed = benchmark([sent]) | {"config": {"strategy": {"type_": "synchronous"}}}

    (run,) = parse([report(unnamed)])

    assert run.model == "acme/found"


def test_lengths_of_an_old_report_are_read_from_its_words():
    (run,) = parse([old_report(old_request())])

    assert run.lengths == Lengths(input_tokens=256, output_tokens=128)
    assert run.tool_version == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "no report of guidellm"),
        ("[]", "no report of guidellm"),
        (report(), "no report of guidellm"),
        (report(benchmark([])), "Benchmark 1 keeps no requests"),
        (report({"requests": {"successful": 3}}), "no list of its successful"),
        (
            report(
                benchmark([request()], metrics={"request_totals": {"successful": 40}})
            ),
            "keeps 1 of its 40 successful requests, and quantiles cannot",
        ),
        (
            report(benchmark([request()]) | {"config": {}}),
            "Benchmark 1 names no model",
        ),
        (
            report(benchmark([request(), request(request_end=None)])),
            "Benchmark 1, request 2 has no latency",
        ),
        (
            report(benchmark([request(first_token_iteration=T0 - 1)])),
            "request 1 has the ttft_ms -1000, which cannot be",
        ),
    ],
)
def test_what_is_missing_or_absurd_is_named(text, said):
    with pytest.raises(Unreadable, match=said):
        parse([text])
