"""What a request is measured as, held against what the simulator really sent."""

import asyncio
import math
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.harness.calling import OUTPUT_TOKENS
from benchmarks.harness.client import Client
from benchmarks.harness.load import Lengths
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.target import Outbound, Patience, Target
from tests.benchmarks.harness.asking import ask, ask_often

# What a busy machine may add to a moment, in milliseconds.
SLACK_MS = 150
PATIENT = Patience(throttle_s=5)


def true_ms(record):
    """The moments of the tokens that were sent, after the request was received."""
    return [(moment - record["received"]) * 1e3 for moment in record["token_times"]]


@pytest.mark.parametrize("protocol", ["openai_chat", "anthropic_messages"])
def test_times_and_counts_are_those_of_what_was_sent(endpoint, protocol):
    endpoint.behave(ttft_ms=60, itl_ms=5, reasoning_tokens=4)

    sample = ask(endpoint.target(protocol=protocol), output_tokens=20)

    sent = true_ms(endpoint.records()[0])
    assert sent[0] <= sample.ttft_ms < sent[0] + SLACK_MS
    # The first four are reasoning, so the fifth begins the answer.
    assert sent[4] <= sample.answer_ttft_ms < sent[4] + SLACK_MS
    assert sample.tpot_ms == pytest.approx((sent[-1] - sent[0]) / 19, abs=SLACK_MS / 19)
    assert sample.request_ms >= sent[-1]
    assert (sample.input_tokens, sample.output_tokens) == (5, 20)
    assert (sample.error, sample.attempts, sample.http_status) == (None, 1, 200)
    assert sample.connect_ms > 0


def test_a_late_start_counts_from_when_it_was_meant(endpoint):
    async def late():
        now = asyncio.get_running_loop().time()
        return await Client(endpoint.target()).request(
            prompt="Hi",
            lengths=Lengths(input_tokens=1, output_tokens=2),
            intended=now - 1.0,
            origin=now - 3.0,
            phase=2,
        )

    sample = asyncio.run(late())

    assert (sample.intended_s, sample.phase) == (pytest.approx(2.0), 2)
    assert sample.late_ms == pytest.approx(1_000, abs=SLACK_MS)
    assert sample.ttft_ms > 1_000
    assert sample.throttled_ms == 0


def test_a_refusal_to_be_hurried_is_waited_out_and_kept_apart(endpoint):
    endpoint.behave(fault="rate_limited", fault_first=2, retry_after="0.3")

    sample = ask(endpoint.target(patience=PATIENT))

    assert (sample.error, sample.attempts, sample.http_status) == (None, 3, 200)
    assert sample.throttled_ms >= 600  # twice 0.3 s
    first, _, last = (record["received"] for record in endpoint.records())
    assert sample.throttled_ms == pytest.approx((last - first) * 1e3, abs=SLACK_MS)
    assert sample.ttft_ms < 600


def test_patience_with_refusals_ends_without_waiting_for_what_is_too_long(endpoint):
    endpoint.behave(fault="rate_limited", retry_after="3600")
    begun = time.monotonic()

    sample = ask(endpoint.target(patience=PATIENT))

    assert (sample.error, sample.attempts) == (ErrorKind.RATE_LIMITED, 1)
    assert time.monotonic() - begun < 3


def test_refusals_without_end_are_given_up(endpoint):
    endpoint.behave(fault="rate_limited", retry_after="0.1")

    sample = ask(endpoint.target(patience=Patience(throttle_s=0.5)))

    assert sample.error is ErrorKind.RATE_LIMITED
    assert 1 < sample.attempts <= 5


def test_other_failures_are_not_tried_again(endpoint):
    ask(endpoint.target("server_error"))

    assert len(endpoint.records()) == 1


@pytest.mark.parametrize(
    ("came", "error"),
    # A tenth of 20 is 2.
    [(18, None), (22, None), (17, "length_mismatch"), (23, "length_mismatch")],
)
def test_an_answer_of_another_length_is_marked_and_kept(endpoint, came, error):
    endpoint.behave(output_tokens=came)

    sample = ask(endpoint.target(), output_tokens=20)

    assert (sample.error, sample.failed) == (error, False)
    assert sample.output_tokens == came
    assert sample.request_ms > 0


def test_an_answer_that_was_all_thought_and_no_word_has_failed(endpoint):
    endpoint.behave(reasoning_tokens=20, reasoning_shown=False)

    sample = ask(endpoint.target(), output_tokens=20)

    assert (sample.error, sample.failed) == (ErrorKind.TRUNCATED, True)
    assert sample.output_tokens == 20  # they are billed all the same


def test_hidden_reasoning_makes_no_gap_between_tokens_smaller(endpoint):
    endpoint.behave(itl_ms=10, reasoning_tokens=30, reasoning_shown=False)

    sample = ask(endpoint.target(), output_tokens=40)

    sent = true_ms(endpoint.records()[0])
    # Ten tokens were seen, so nine gaps.
    assert len(sent) == 10
    assert sample.tpot_ms == pytest.approx((sent[-1] - sent[0]) / 9, abs=SLACK_MS / 9)
    assert sample.reasoning_tokens == 30


@pytest.mark.parametrize("fault", ["model", "running_usage"])
def test_several_tokens_a_chunk_share_its_gap(endpoint, fault):
    endpoint.behave(ttft_ms=10, itl_ms=5, tokens_per_chunk=4)

    sample = ask(endpoint.target(fault), output_tokens=40)

    sent = true_ms(endpoint.records()[0])
    gaps = sorted(later - earlier for earlier, later in pairwise(sent))
    assert len(sent) == 10  # 40 / 4
    # Rank ceil(0.95 x 9 gaps) = 9, shared among four.
    assert sample.itl_p95_ms == pytest.approx(gaps[8] / 4, abs=SLACK_MS / 4)
    assert sample.tpot_ms == pytest.approx((sent[-1] - sent[0]) / 39, abs=SLACK_MS / 39)


def test_without_usage_the_length_is_unknown_and_no_error(endpoint):
    sample = ask(endpoint.target("no_usage"))

    assert sample.error is None
    assert math.isnan(sample.output_tokens)
    assert math.isnan(sample.tpot_ms)


@pytest.mark.parametrize("protocol", ["openai_chat", "anthropic_messages"])
def test_a_prompt_that_came_before_is_told_as_cached(endpoint, protocol):
    prompt = " ".join(f"word{number}" for number in range(100))

    samples = [ask(endpoint.target(protocol=protocol), prompt=prompt) for _ in range(2)]

    # Three whole blocks of 32 words.
    assert [sample.cached_tokens for sample in samples] == [0, 96]
    assert [sample.input_tokens for sample in samples] == [100, 100]


def test_the_served_model_is_kept_when_it_is_another(endpoint):
    assert ask(endpoint.target("wrong_model")).served_model == "another-model"


def test_long_or_unprintable_words_of_the_endpoint_are_cut(endpoint):
    endpoint.behave(served_model="x\0y" + "z" * 1_000)

    sample = ask(endpoint.target())

    assert sample.served_model.startswith("x yzzz")
    assert len(sample.served_model) == 200


def test_a_redirect_is_not_followed(endpoint):
    sample = ask(endpoint.target("redirect"))

    assert (sample.error, sample.http_status) == (ErrorKind.BLOCKED, 302)
    assert len(endpoint.records()) == 1


@pytest.mark.parametrize(
    "base_url", ["https://127.0.0.1/v1", "http://example.com/v1", "nonsense"]
)
def test_what_the_guard_forbids_is_blocked_and_says_why(endpoint, base_url):
    target = replace(endpoint.target(), base_url=base_url, outbound=Outbound())

    sample = ask(target)

    assert (sample.error, sample.http_status) == (ErrorKind.BLOCKED, 0)
    assert sample.error_detail.endswith(".")


def test_a_name_that_leads_nowhere_is_a_failed_connection(endpoint):
    target = replace(endpoint.target(), base_url="https://nowhere.invalid/v1")

    assert ask(target).error is ErrorKind.CONNECT


def test_own_fields_of_the_body_win_and_none_drops_one(endpoint):
    extras = (
        ("max_tokens", None),
        ("max_completion_tokens", OUTPUT_TOKENS),
        ("temperature", 0),
    )

    ask(endpoint.target(body_extra=extras), output_tokens=17)

    body = endpoint.records()[0]["body"]
    assert (body["max_completion_tokens"], body["temperature"]) == (17, 0)
    assert "max_tokens" not in body


def test_own_headers_win_but_cannot_frame_the_message(endpoint):
    headers = (
        ("X-Api-Key", "k"),
        ("Anthropic-Version", "2099-01-01"),
        ("Content-Length", "3"),
        ("Connection", "keep-alive"),
    )

    sample = ask(endpoint.target(protocol="anthropic_messages", headers=headers))

    sent = endpoint.records()[0]["headers"]
    assert sample.error is None
    assert (sent["x-api-key"], sent["anthropic-version"]) == ("k", "2099-01-01")
    assert sent["connection"] == "close"


@pytest.mark.parametrize(
    "header",
    [("X-A", "b\r\nX-C: d"), ("X A", "b"), ("X:A", "b"), ("", "b"), ("X-Ä", "b")],
)
def test_a_header_that_would_break_out_is_refused_without_being_quoted(header):
    target = Target(
        base_url="https://example.com/v1",
        protocol="openai_chat",
        model="m",
        headers=(("Authorization", "secret-key"), header),
    )

    with pytest.raises(ValueError, match="header") as caught:
        Client(target)

    assert "secret-key" not in str(caught.value)


def test_an_unknown_protocol_names_those_that_are_known():
    target = Target(base_url="https://example.com", protocol="telex", model="m")

    with pytest.raises(ValueError, match="anthropic_messages, openai_chat"):
        Client(target)


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_anthropics_path_is_found_with_and_without_its_version(endpoint, ending):
    base_url = endpoint.base_url.removesuffix("/v1") + ending
    target = endpoint.target(protocol="anthropic_messages")

    assert ask(replace(target, base_url=base_url)).error is None


def test_a_query_of_the_base_url_stays_behind_the_path(endpoint):
    base_url = f"{endpoint.base_url}?api-version=2026-01-01"

    assert ask(replace(endpoint.target(), base_url=base_url)).error is None


def test_steps_of_the_wall_clock_do_no_harm(endpoint, monkeypatch):
    endpoint.behave(ttft_ms=30)
    jumps = iter([10**9, 5, 2 * 10**9, 7] * 1_000)
    monkeypatch.setattr(time, "time", lambda: next(jumps))

    sample = ask(endpoint.target())

    assert sample.error is None
    assert 30 <= sample.ttft_ms < 30 + SLACK_MS


def test_a_cancelled_request_lets_go_of_its_connection(endpoint):
    async def cancel():
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(
            Client(endpoint.target("hang_mid")).request(
                prompt="Hi",
                lengths=Lengths(input_tokens=1, output_tokens=9),
                intended=loop.time(),
                origin=loop.time(),
            )
        )
        await asyncio.sleep(0.1)
        task.cancel()
        begun = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begun

    assert asyncio.run(cancel()) < 1


def test_many_at_once_do_not_mix(endpoint):
    samples = ask_often(endpoint.target(), 50, output_tokens=10)

    assert [sample.error for sample in samples] == [None] * 50
    assert all(sample.output_tokens == 10 for sample in samples)
