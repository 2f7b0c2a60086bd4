"""What OpenAI-like streams say, in the ways that providers say it."""

import json
import math

import pytest

from benchmarks.harness.answer import Answer
from benchmarks.harness.failures import Miss
from benchmarks.harness.protocols.openai_chat import body, chat_body, read
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.wire import Chat


def answered(*chunks):
    """Read chunks that come one second after another."""
    answer = Answer()
    for at, chunk in enumerate(chunks, start=1):
        event = chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode()
        read(event, float(at), answer)
    return answer


def said(finish=None, **delta):
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def used(prompt, completion, **more):
    return {
        "choices": [],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, **more},
    }


def test_the_body_asks_for_a_stream_with_usage():
    assert body("small", "Hi", 30) == {
        "model": "small",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 30,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_chat_is_asked_as_it_is_with_what_was_stated():
    turns = (
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hi"},
    )
    chat = Chat(messages=turns, output_tokens=30, temperature=0.0, seed=7)

    assert chat_body("small", chat) == {
        "model": "small",
        "messages": list(turns),
        "max_tokens": 30,
        "temperature": 0.0,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_text_is_kept_as_far_as_it_was_to_be():
    answer = Answer(7)
    for text in ("Good ", "morning", "!"):
        read(json.dumps(said(content=text)).encode(), 1.0, answer)

    assert (answer.text, answer.cut_short) == ("Good mo", True)


def test_nothing_is_kept_of_reasoning_calls_and_typed_thoughts():
    answer = Answer(100)
    typed = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, 5]
    thought = [{"type": "thinking", "thinking": [{"type": "text", "text": "x"}]}]
    for delta in (
        {"reasoning": "Hm"},
        {"content": thought},
        {"content": typed},
        {"tool_calls": [{"index": 0}]},
        {"content": "c"},
    ):
        read(json.dumps(said(**delta)).encode(), 1.0, answer)

    assert (answer.text, answer.cut_short) == ("abc", False)


def test_a_role_and_empty_text_are_no_tokens():
    answer = answered(
        said(role="assistant", content=""), said(content=None), said(content="Hi")
    )

    assert answer.times == [3.0]


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_counts_for_ttft_but_is_not_the_answer(name):
    answer = answered(said(**{name: "Hm"}), said(content="Hi"))

    assert answer.times == [1.0, 2.0]
    assert answer.answer_at == 2.0
    assert answer.reasoning_seen


def test_typed_parts_may_be_reasoning():
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]
    text = [{"type": "text", "text": "Hi"}]

    answer = answered(said(content=thinking), said(content=text))

    assert (answer.times, answer.answer_at) == ([1.0, 2.0], 2.0)


def test_a_tool_call_is_an_answer():
    call = {"index": 0, "function": {"name": "look", "arguments": ""}}

    assert answered(said(tool_calls=[call])).answer_at == 1.0


def test_usage_model_and_tier_are_taken_over():
    answer = answered(
        {**said(content="Hi"), "model": "small-2026-01-01", "service_tier": "flex"},
        said("stop"),
        used(
            12,
            9,
            total_tokens=21,
            prompt_tokens_details={"cached_tokens": 8},
            completion_tokens_details={"reasoning_tokens": 5},
        ),
        b"[DONE]",
    )

    assert (answer.model, answer.tier) == ("small-2026-01-01", "flex")
    assert (answer.input_tokens, answer.cached_tokens) == (12, 8)
    assert (answer.output_tokens, answer.reasoning_tokens) == (9, 5)
    assert (answer.finish_reason, answer.finished) == ("stop", True)


def test_usage_told_twice_counts_once():
    assert answered(used(5, 9), used(5, 9)).output_tokens == 9


def test_running_usage_is_not_summed():
    chunks = [{**said(content="x"), **used(5, n)} for n in (2, 4, 7)]
    for chunk in chunks:
        chunk["choices"] = said(content="x")["choices"]

    answer = answered(*chunks)

    assert answer.counts == [2, 4, 7]
    assert answer.output_tokens == 7


def test_reasoning_that_only_the_total_counts_is_output_all_the_same():
    # 100 in total, 30 of them prompt: 70 were generated, not 20.
    answer = answered(used(30, 20, total_tokens=100))

    assert answer.output_tokens == 70


def test_usage_that_is_not_told_stays_unknown():
    answer = answered(said(content="Hi"), said("stop"), {"usage": None})

    counts = (answer.input_tokens, answer.cached_tokens, answer.output_tokens)
    assert all(math.isnan(count) for count in counts)


def test_a_content_filter_and_a_refusal_are_noted():
    assert answered(said("content_filter")).refusal
    assert answered(said(refusal="I will not")).refusal


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "Overloaded", "code": 503}, ErrorKind.HTTP_5XX),
        ({"message": "Too long", "code": 400}, ErrorKind.HTTP_4XX),
        ({"message": "Bad", "type": "invalid_request_error"}, ErrorKind.HTTP_4XX),
        ({"message": "Slow down", "code": "rate_limit_exceeded"}, "rate_limited"),
        ({"message": "No", "code": "content_filter"}, ErrorKind.REFUSED),
        ({"message": None}, ErrorKind.HTTP_5XX),
        ("it broke", ErrorKind.HTTP_5XX),
    ],
)
def test_an_error_in_the_stream_is_the_endpoints_own(error, kind):
    with pytest.raises(Miss) as caught:
        answered(said(content="Hi"), {"error": error})

    assert caught.value.kind == kind


@pytest.mark.parametrize(
    "event",
    [
        b"{",
        b"null",
        b"[]",
        b'{"choices": 5}',
        b'{"usage": {"completion_tokens": -1}}',
        b'{"usage": {"completion_tokens": 1e400}}',
        b'{"usage": {"completion_tokens": 99999999999999999999999}}',
        b"\xff\xfe",
        b'{"x":' * 5_000,
        json.dumps(json.dumps(said(content="Hi"))).encode(),
    ],
)
def test_what_is_not_the_protocol_is_malformed(event):
    with pytest.raises(Miss) as caught:
        answered(event)

    assert caught.value.kind is ErrorKind.MALFORMED_STREAM
