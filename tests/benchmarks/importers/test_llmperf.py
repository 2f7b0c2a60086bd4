"""LLMPerf's two files, as samples."""

import json
from datetime import UTC, datetime

import pytest

from benchmarks.harness.load import Lengths, Profile
from benchmarks.harness.metrics import metrics
from benchmarks.importers import PARSERS, Unreadable

parse = PARSERS["llmperf"]


def summary(**changes):
    fields = {
        "version": "2023-08-31",
        "model": "acme/small",
        "mean_input_tokens": 550,
        "stddev_input_tokens": 0,
        "mean_output_tokens": 100,
        "stddev_output_tokens": 0,
        "num_concurrent_requests": 5,
        "timestamp": 1700000000,
        "results_ttft_s_quantiles_p50": 0.3,
    }
    return json.dumps({**fields, **changes})


def response(**changes):
    fields = {
        "error_code": None,
        "error_msg": "",
        # 101 gaps of 0.02 s, the first token's wait among them: 2.02 s to the last.
        "inter_token_latency_s": 0.02,
        "ttft_s": 0.32,
        "end_to_end_latency_s": 2.1,
        "number_output_tokens": 101,
        "number_input_tokens": 550,
    }
    return {**fields, **changes}


def test_a_summary_and_its_responses_are_one_run():
    responses = [response(), response(ttft_s=0.42)]

    (run,) = parse([summary(), json.dumps(responses)])

    assert (run.tool, run.tool_version, run.model) == (
        "llmperf",
        "2023-08-31",
        "acme/small",
    )
    assert run.started_at is None
    assert run.finished_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (run.profile, run.concurrency) == (Profile.CONCURRENT, 5)
    assert run.lengths == Lengths(input_tokens=550, output_tokens=100)
    assert run.token_class == "workload"
    assert len(run.samples) == 2


def test_times_become_milliseconds_and_tpot_leaves_the_first_token_out():
    (run,) = parse([json.dumps([response()]), summary()])

    samples = run.samples
    assert samples["ttft_ms"] == pytest.approx([320])
    assert samples["answer_ttft_ms"] == pytest.approx([320])
    assert samples["request_ms"] == pytest.approx([2100])
    # (0.02 * 101 - 0.32) s over 100 gaps
    assert samples["tpot_ms"] == pytest.approx([17])
    assert samples["output_tokens"] == pytest.approx([101])
    assert samples["asked_output_tokens"] == pytest.approx([100])
    assert samples.words["error"] == ("",)


def test_latencies_can_be_condensed_though_no_start_is_known():
    (run,) = parse([json.dumps([response()] * 3), summary()])

    found = metrics(run.samples)

    assert found.requests == 3
    assert found.latencies["ttft_ms"].p50.value == pytest.approx(320)
    assert found.requests_per_second is None


def test_lengths_that_were_drawn_are_not_known_of_a_request():
    (run,) = parse([json.dumps([response()]), summary(stddev_output_tokens=10)])

    assert run.samples["asked_output_tokens"] != run.samples["asked_output_tokens"]
    assert run.samples["asked_input_tokens"] == pytest.approx([550])


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (429, "", "rate_limited"),
        (404, "no such model", "http_4xx"),
        (503, "overloaded", "http_5xx"),
        (-1, "", "truncated"),
        (-1, "Read timed out.", "timeout"),
        (-1, "SSL: CERTIFICATE_VERIFY_FAILED", "tls"),
        (-1, "Connection refused", "connect"),
        ("odd", "JSONDecodeError", "malformed_stream"),
    ],
)
def test_a_failure_has_a_kind_and_no_figures(code, message, kind):
    failed = response(error_code=code, error_msg=message, ttft_s=0)

    (run,) = parse([json.dumps([failed]), summary()])

    assert run.samples.words["error"] == (kind,)
    assert run.samples.words["error_detail"][0]
    assert run.samples.failed.tolist() == [True]
    assert str(run.samples["ttft_ms"][0]) == "nan"


def test_a_short_answer_is_measured_and_marked_and_its_gaps_are_not_believed():
    # Such a record holds the sum of the gaps, not their mean.
    short = response(
        error_code=-100,
        error_msg="Output too few tokens 40",
        number_output_tokens=40,
        inter_token_latency_s=1.9,
    )

    (run,) = parse([json.dumps([short]), summary()])

    assert run.samples.words["error"] == ("length_mismatch",)
    assert run.samples.failed.tolist() == [False]
    assert run.samples["request_ms"] == pytest.approx([2100])
    assert str(run.samples["tpot_ms"][0]) == "nan"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([summary()], "quantiles cannot be turned into samples"),
        ([json.dumps([response()])], "summary file is needed too"),
        ([summary(), summary(), json.dumps([response()])], "at a time"),
        ([summary(model=None), json.dumps([response()])], "has no model"),
        ([summary(), "[]"], "individual responses is empty"),
        ([summary(), "[1]"], "Response 1 is no record"),
        ([summary(), '[{"ttft_s": 1}]'], "Response 1 has no end_to_end_latency_s"),
        (["{", "[]"], "not JSON"),
        (["[" * 100_000, "[]"], "nested too deeply"),
        (
            [summary(), json.dumps([response(), response(ttft_s=-1)])],
            "Response 2 has the ttft_ms -1000, which cannot be",
        ),
        (
            [summary(), json.dumps([response(end_to_end_latency_s=None)])],
            "Response 1 has no latency",
        ),
    ],
)
def test_what_is_missing_or_absurd_is_named(files, said):
    with pytest.raises(Unreadable, match=said):
        parse(files)


def test_a_number_beyond_all_bounds_is_unknown():
    text = json.dumps([response()]).replace("101", "1" + "0" * 400)

    (run,) = parse([summary(), text])

    assert str(run.samples["output_tokens"][0]) == "nan"
