"""An answer's text is kept, and what is not the model's doing is asked again."""

import asyncio
import math
from time import monotonic

import pytest

from benchmarks.harness.asking import MOST_RETRIES, Asker, token_estimate
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.target import Patience
from benchmarks.harness.wire import Chat
from tests.benchmarks.harness.asking import HASTY

PROTOCOLS = ["openai_chat", "anthropic_messages"]
CAPITAL = {"when": "capital", "right": "It is  Paris.\nYes."}


def chat(content="Which capital?", **fields):
    turns = ({"role": "user", "content": content},)
    return Chat(**{"messages": turns, "output_tokens": 50, **fields})


def replies_of(target, *chats, backoff_s=0.0):
    """Ask one target all of these at once."""

    async def all_at_once():
        asker = Asker(target, backoff_s=backoff_s)
        origin = monotonic()
        replies = await asyncio.gather(*(asker.ask(c, origin=origin) for c in chats))
        await asker.close()
        return replies

    return asyncio.run(all_at_once())


def reply_of(target, asked=None, **options):
    (reply,) = replies_of(target, asked or chat(), **options)
    return reply


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_text_comes_whole_with_its_usage_and_latency(endpoint, protocol):
    endpoint.behave(ttft_ms=20, itl_ms=5, known=[CAPITAL])

    reply = reply_of(endpoint.target(protocol=protocol))

    assert reply.text == "It is  Paris.\nYes."
    assert (reply.error, reply.refusal) == (None, "")
    (attempt,) = reply.attempts
    assert (attempt.input_tokens, attempt.output_tokens) == (2, 4)
    # The fourth token comes 20 + 3 x 5 ms after the request.
    assert 35 <= reply.latency_ms < 35 + 150
    assert reply.finish_reason in ("stop", "end_turn")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_reasoning_is_no_part_of_the_text(endpoint, protocol):
    endpoint.behave(known=[CAPITAL], reasoning_tokens=3)

    reply = reply_of(endpoint.target(protocol=protocol))

    assert reply.text == "It is  Paris.\nYes."
    assert reply.attempts[0].output_tokens == 7  # 3 + 4


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_several_tokens_in_a_chunk_make_the_same_text(endpoint, protocol):
    endpoint.behave(known=[CAPITAL], tokens_per_chunk=3)

    assert reply_of(endpoint.target(protocol=protocol)).text == "It is  Paris.\nYes."


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_answer_that_reached_its_limit_says_so(endpoint, protocol):
    endpoint.behave(known=[CAPITAL])

    reply = reply_of(endpoint.target(protocol=protocol), chat(output_tokens=2))

    assert reply.text == "It is"
    assert reply.finish_reason in ("length", "max_tokens")
    assert reply.error is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_declining_is_an_answer_and_not_asked_again(endpoint, protocol):
    endpoint.behave(known=[{**CAPITAL, "right_share": 0.0, "refused_share": 1.0}])

    reply = reply_of(endpoint.target(protocol=protocol))

    assert reply.error is None
    assert reply.refusal
    assert len(endpoint.records()) == 1


def test_a_filtered_prompt_is_a_refusal_and_no_error(endpoint):
    reply = reply_of(endpoint.target("filtered_prompt"))

    assert (reply.error, reply.text) == (None, "")
    assert reply.refusal.startswith("HTTP 400: The prompt was filtered")


def test_thinking_that_used_up_every_token_is_an_empty_answer(endpoint):
    endpoint.behave(reasoning_tokens=50, reasoning_shown=False)

    reply = reply_of(endpoint.target())

    assert (reply.error, reply.text, reply.finish_reason) == (None, "", "length")


@pytest.mark.parametrize(
    "fault", ["server_error", "truncated", "cut", "reset_before", "malformed", "html"]
)
def test_what_passes_is_asked_again_and_every_attempt_is_told(endpoint, fault):
    endpoint.behave(known=[CAPITAL], fault=fault, fault_first=MOST_RETRIES)

    reply = reply_of(endpoint.target(patience=HASTY))

    assert (reply.error, reply.text) == (None, "It is  Paris.\nYes.")
    assert len(reply.attempts) == len(endpoint.records()) == MOST_RETRIES + 1
    assert reply.attempts[0].error is not None
    assert reply.attempts[-1].error is None


def test_a_question_that_hangs_is_given_up_and_asked_again(endpoint):
    endpoint.behave(known=[CAPITAL], fault="hang_mid", fault_first=1)

    reply = reply_of(endpoint.target(patience=HASTY))

    assert reply.text == "It is  Paris.\nYes."
    assert reply.attempts[0].error is ErrorKind.TIMEOUT


def test_what_does_not_pass_is_no_answer_after_so_many_retries(endpoint):
    reply = reply_of(endpoint.target("server_error"))

    assert reply.error is ErrorKind.HTTP_5XX
    assert reply.error_detail == "HTTP 500: It broke"
    assert reply.text == ""
    assert math.isnan(reply.latency_ms)
    assert len(endpoint.records()) == MOST_RETRIES + 1


def test_a_refused_key_is_not_tried_again(endpoint):
    headers = (("Authorization", "Bearer sk-very-secret-key"),)

    reply = reply_of(endpoint.target("unauthorized", headers=headers))

    assert reply.error is ErrorKind.HTTP_4XX
    assert len(endpoint.records()) == 1
    assert "secret" not in reply.error_detail


def test_a_429_is_waited_out_and_no_retry(endpoint):
    endpoint.behave(
        known=[CAPITAL], fault="rate_limited", fault_first=3, retry_after="0.1"
    )

    reply = reply_of(endpoint.target(patience=Patience(throttle_s=5)))

    assert reply.text == "It is  Paris.\nYes."
    (attempt,) = reply.attempts
    assert attempt.attempts == 4
    assert attempt.throttled_ms >= 300  # three times 0.1 s
    assert reply.latency_ms < 300


def test_a_429_without_end_is_no_answer(endpoint):
    endpoint.behave(fault="rate_limited", retry_after="0.2")

    reply = reply_of(endpoint.target(patience=Patience(throttle_s=0.5)))

    assert reply.error is ErrorKind.RATE_LIMITED
    assert len(reply.attempts) == 1


def test_temperature_and_seed_are_sent_and_none_is_left_out(endpoint):
    replies_of(endpoint.target(), chat(temperature=0.7, seed=5))
    replies_of(endpoint.target(), chat())

    first, second = (record["body"] for record in endpoint.records())
    assert (first["temperature"], first["seed"], first["max_tokens"]) == (0.7, 5, 50)
    assert "temperature" not in second
    assert "seed" not in second


def test_an_endpoint_that_takes_no_seed_is_asked_without(endpoint):
    endpoint.behave(known=[CAPITAL], fault="unknown_seed")

    first, second = (
        reply_of(endpoint.target(), chat(seed=seed, temperature=0.5)) for seed in (5, 6)
    )

    assert first.text == second.text == "It is  Paris.\nYes."
    assert len(first.attempts) == 2


def test_an_endpoint_that_has_another_name_for_the_limit_is_asked_by_that(endpoint):
    endpoint.behave(known=[CAPITAL], fault="renamed_limit")

    replies = replies_of(endpoint.target(), chat(seed=1), chat(seed=2))
    later = reply_of(endpoint.target(), chat(seed=3, output_tokens=2))

    assert [each.text for each in replies] == ["It is  Paris.\nYes."] * 2
    assert [len(each.attempts) for each in replies] == [2, 2]
    assert later.text == "It is"
    body = endpoint.records()[-1]["body"]
    assert (body["max_completion_tokens"], body["seed"]) == (2, 3)
    assert "max_tokens" not in body


def test_an_endpoint_that_wants_what_it_got_is_not_asked_for_ever(endpoint):
    # It says that it knows no seed, whatever it gets.
    reply = reply_of(endpoint.target("about_seeds"), chat(seed=1))

    assert reply.error is ErrorKind.HTTP_4XX
    assert len(endpoint.records()) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_the_system_says_reaches_the_model(endpoint, protocol):
    endpoint.behave(known=[{"when": "Be short.\nWhich capital?", "right": "Paris"}])
    turns = (
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Which capital?"},
    )

    reply = reply_of(endpoint.target(protocol=protocol), chat(messages=turns))

    assert reply.text == "Paris"


def test_the_same_seed_draws_the_same_answer(endpoint):
    endpoint.behave(known=[{**CAPITAL, "right_share": 0.5, "wrong": ["Lyon"]}])
    seeds = [*range(20), *range(20)]

    replies = replies_of(endpoint.target(), *(chat(seed=seed) for seed in seeds))

    texts = [reply.text for reply in replies]
    assert texts[:20] == texts[20:]
    assert {*texts} == {"It is  Paris.\nYes.", "Lyon"}


def test_tokens_are_estimated_from_the_bytes_of_the_messages():
    turns = (
        {"role": "system", "content": "abc"},
        {"role": "user", "content": "Größe?"},  # 8 bytes of UTF-8
    )

    # (3 + 8) / 3 rounded up, and 6 for each of two turns.
    assert token_estimate(chat(messages=turns)) == 4 + 12
