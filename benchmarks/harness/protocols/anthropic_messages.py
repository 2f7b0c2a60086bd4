"""Anthropic messages.

The base URL is that of Anthropic's own clients, `https://api.anthropic.com`, to which
`/v1/messages` is added; one that already ends in `/v1` is as good.
"""

import msgspec

from benchmarks.harness.answer import Answer
from benchmarks.harness.failures import Miss
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.wire import (
    UNDECODABLE,
    Chat,
    TokenCount,
    Turn,
    WireProtocol,
    kind_of_error,
    undecodable,
)

DECLINED = "refusal"
SYSTEM = "system"
# Sent with status 529 where there is one; in a stream only the type tells.
OVERLOADED = "overloaded_error"


class Usage(msgspec.Struct, gc=False):
    input_tokens: TokenCount | None = None
    output_tokens: TokenCount | None = None
    cache_creation_input_tokens: TokenCount | None = None
    cache_read_input_tokens: TokenCount | None = None
    service_tier: str | None = None


class Message(msgspec.Struct, gc=False):
    model: str | None = None
    usage: Usage | None = None


class Delta(msgspec.Struct, gc=False):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class ErrorObject(msgspec.Struct, gc=False):
    type: str | None = None
    message: str | None = None


class Event(msgspec.Struct, gc=False):
    """Any event: unknown types are to be passed over, so this is no tagged union."""

    type: str
    message: Message | None = None
    delta: Delta | None = None
    usage: Usage | None = None
    error: ErrorObject | None = None


_decode = msgspec.json.Decoder(Event).decode


def body(model: str, prompt: str, output_tokens: int) -> dict[str, object]:
    """Return the body that asks for a streamed answer of so many tokens at most."""
    messages: tuple[Turn, ...] = ({"role": "user", "content": prompt},)
    return chat_body(model, Chat(messages=messages, output_tokens=output_tokens))


def chat_body(model: str, chat: Chat) -> dict[str, object]:
    """Return the body that asks for a chat's answer, streamed.

    What the system says has a field of its own here, apart from the turns. There is no
    seed.
    """
    system = [turn["content"] for turn in chat.messages if turn["role"] == SYSTEM]
    return {
        "model": model,
        **({"system": "\n\n".join(system)} if system else {}),
        "messages": [turn for turn in chat.messages if turn["role"] != SYSTEM],
        "max_tokens": chat.output_tokens,
        **({} if chat.temperature is None else {"temperature": chat.temperature}),
        "stream": True,
    }


def read(event: bytes, at: float, answer: Answer) -> None:
    """Add an event to the answer."""
    try:
        found = _decode(event)
    except UNDECODABLE:
        raise undecodable(event) from None
    if found.type == "content_block_delta":
        _read_delta(found.delta, at, answer)
    elif found.type == "message_start":
        _read_start(found.message, answer)
    elif found.type == "message_delta":
        _read_end(found, answer)
    elif found.type == "message_stop":
        answer.finished = True
    elif found.type == "error":
        raise _failure(found.error)


def _read_delta(delta: Delta | None, at: float, answer: Answer) -> None:
    if delta is None:
        return
    if delta.text or delta.partial_json:
        answer.add_text(at, -1, delta.text or "")
    elif delta.thinking:
        answer.add_reasoning(at, -1)


def _read_start(message: Message | None, answer: Answer) -> None:
    if message is None:
        return
    answer.model = message.model or ""
    if message.usage is not None:
        _read_input(message.usage, answer)


def _read_input(usage: Usage, answer: Answer) -> None:
    """Take over the prompt's counts: here `input_tokens` leaves the cache out."""
    if usage.service_tier:
        answer.tier = usage.service_tier
    if usage.input_tokens is None:
        return
    read = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    answer.input_tokens = usage.input_tokens + read + written
    answer.cached_tokens = read


def _read_end(found: Event, answer: Answer) -> None:
    if found.delta is not None and found.delta.stop_reason:
        answer.finish_reason = found.delta.stop_reason
        if found.delta.stop_reason == DECLINED:
            answer.refusal = "the model refused"
    if found.usage is not None:
        if found.usage.cache_read_input_tokens is not None:
            _read_input(found.usage, answer)
        if found.usage.output_tokens is not None:  # a running total, thinking included
            answer.output_tokens = found.usage.output_tokens


def _failure(error: ErrorObject | None) -> Miss:
    word = (error and error.type) or ""
    detail = (error and error.message) or word or "no reason given"
    kind = ErrorKind.HTTP_5XX if word == OVERLOADED else kind_of_error({word}, status=0)
    return Miss(kind, f"error in the stream: {detail}")


PROTOCOL = WireProtocol(
    path="/v1/messages",
    body=body,
    chat_body=chat_body,
    most_temperature=1.0,
    read=read,
    headers={"anthropic-version": "2023-06-01"},
)
