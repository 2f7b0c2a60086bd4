"""What Anthropic's streams say."""

import json

import pytest

from benchmarks.harness.answer import Answer
from benchmarks.harness.failures import Miss
from benchmarks.harness.protocols.anthropic_messages import body, chat_body, read
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.wire import Chat


def answered(*events):
    """Read events that come one second after another."""
    answer = Answer()
    for at, event in enumerate(events, start=1):
        read(json.dumps(event).encode(), float(at), answer)
    return answer


def delta(**content):
    return {"type": "content_block_delta", "index": 0, "delta": content}


def start(**usage):
    return {"type": "message_start", "message": {"model": "m-1", "usage": usage}}


def test_the_body_asks_for_a_stream():
    assert body("small", "Hi", 30) == {
        "model": "small",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 30,
        "stream": True,
    }


def test_what_the_system_says_stands_apart_from_the_turns():
    turns = (
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Bye"},
    )
    chat = Chat(messages=turns, output_tokens=30, temperature=0.5, seed=7)

    assert chat_body("small", chat) == {
        "model": "small",
        "system": "Be short.\n\nBe kind.",
        "messages": [turns[1], turns[2], turns[4]],
        "max_tokens": 30,
        "temperature": 0.5,
        "stream": True,
    }


def test_text_is_kept_and_neither_thoughts_nor_calls():
    answer = Answer(100)
    for content in (
        {"type": "thinking_delta", "thinking": "Hm"},
        {"type": "text_delta", "text": "Good "},
        {"type": "input_json_delta", "partial_json": "{"},
        {"type": "text_delta", "text": "day"},
    ):
        read(json.dumps(delta(**content)).encode(), 1.0, answer)

    assert answer.text == "Good day"


def test_cached_and_cache_writing_tokens_are_part_of_the_input():
    answer = answered(
        start(
            input_tokens=10,
            cache_read_input_tokens=200,
            cache_creation_input_tokens=30,
            output_tokens=1,
            service_tier="priority",
        )
    )

    assert answer.input_tokens == 240  # 10 + 200 + 30
    assert answer.cached_tokens == 200
    assert (answer.model, answer.tier) == ("m-1", "priority")
    assert answer.output_tokens != answer.output_tokens  # one token is no answer yet


def test_the_output_is_the_last_running_total():
    answer = answered(
        start(input_tokens=10, output_tokens=1),
        delta(type="text_delta", text="Hi"),
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 7}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"input_tokens": 10, "output_tokens": 9},
        },
        {"type": "message_stop"},
    )

    assert (answer.input_tokens, answer.output_tokens) == (10, 9)
    assert (answer.finish_reason, answer.finished) == ("end_turn", True)


def test_thinking_comes_before_the_answer_and_a_signature_is_neither():
    answer = answered(
        start(input_tokens=1),
        {"type": "content_block_start", "content_block": {"type": "thinking"}},
        {"type": "ping"},
        delta(type="thinking_delta", thinking="Hm"),
        delta(type="signature_delta", signature="abc"),
        delta(type="text_delta", text="Hi"),
        delta(type="input_json_delta", partial_json="{"),
        {"type": "something_new", "content": {"deep": [1]}},
    )

    assert answer.times == [4.0, 6.0, 7.0]
    assert answer.answer_at == 6.0


def test_a_refusal_is_noted():
    end = {"type": "message_delta", "delta": {"stop_reason": "refusal"}}

    assert answered(end).refusal


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("overloaded_error", ErrorKind.HTTP_5XX),
        ("api_error", ErrorKind.HTTP_5XX),
        ("invalid_request_error", ErrorKind.HTTP_4XX),
        ("rate_limit_error", ErrorKind.RATE_LIMITED),
    ],
)
def test_an_error_event_has_the_kind_of_its_type(word, kind):
    with pytest.raises(Miss) as caught:
        answered({"type": "error", "error": {"type": word, "message": "No"}})

    assert caught.value.kind is kind


@pytest.mark.parametrize("event", [b"{", b"{}", b'"{}"', b'{"type": 5}'])
def test_what_is_not_the_protocol_is_malformed(event):
    with pytest.raises(Miss) as caught:
        read(event, 1.0, Answer())

    assert caught.value.kind is ErrorKind.MALFORMED_STREAM
