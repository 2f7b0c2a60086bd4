"""OpenAI chat completions, as most providers and servers speak them.

The base URL ends where OpenAI's own does: `https://api.openai.com/v1`.
"""

import contextlib

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

DECLINED = "content_filter"


class Delta(msgspec.Struct, gc=False):
    # A list holds typed parts; some providers stream reasoning that way.
    content: str | list[msgspec.Raw] | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[msgspec.Raw] | None = None


class Choice(msgspec.Struct, gc=False):
    delta: Delta | None = None
    finish_reason: str | None = None


class InputDetails(msgspec.Struct, gc=False):
    cached_tokens: TokenCount | None = None


class OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: TokenCount | None = None


class Usage(msgspec.Struct, gc=False):
    prompt_tokens: TokenCount | None = None
    completion_tokens: TokenCount | None = None
    total_tokens: TokenCount | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None


class ErrorObject(msgspec.Struct, gc=False):
    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class Chunk(msgspec.Struct, gc=False):
    choices: list[Choice] | None = None
    usage: Usage | None = None
    model: str | None = None
    service_tier: str | None = None
    error: ErrorObject | str | None = None


class Part(msgspec.Struct, gc=False):
    text: str | None = None


_decode = msgspec.json.Decoder(Chunk).decode
_decode_part = msgspec.json.Decoder(Part).decode


def body(model: str, prompt: str, output_tokens: int) -> dict[str, object]:
    """Return the body that asks for a streamed answer of so many tokens at most."""
    messages: tuple[Turn, ...] = ({"role": "user", "content": prompt},)
    return chat_body(model, Chat(messages=messages, output_tokens=output_tokens))


def chat_body(model: str, chat: Chat) -> dict[str, object]:
    """Return the body that asks for a chat's answer, streamed, with its usage."""
    drawn = {"temperature": chat.temperature, "seed": chat.seed}
    return {
        "model": model,
        "messages": list(chat.messages),
        "max_tokens": chat.output_tokens,
        **{name: value for name, value in drawn.items() if value is not None},
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def read(event: bytes, at: float, answer: Answer) -> None:
    """Add an event to the answer; usage may come once, twice or with every chunk."""
    if event == b"[DONE]":
        answer.finished = True
        return
    try:
        chunk = _decode(event)
    except UNDECODABLE:
        raise undecodable(event) from None
    count = -1 if chunk.usage is None else _read_usage(chunk.usage, answer)
    if chunk.error is not None:
        raise _failure(chunk.error)
    if chunk.service_tier or not answer.model:
        _read_names(chunk, answer)
    if chunk.choices:
        _read_choice(chunk.choices[0], at, count, answer)


def _read_names(chunk: Chunk, answer: Answer) -> None:
    answer.model = answer.model or chunk.model or ""
    answer.tier = chunk.service_tier or answer.tier


def _read_choice(choice: Choice, at: float, count: int, answer: Answer) -> None:
    delta = choice.delta
    if delta is not None:
        content = delta.content
        if content and isinstance(content, str):
            answer.add_text(at, count, content)
        else:
            _read_rest(delta, at, count, answer)
    if choice.finish_reason:
        answer.finish_reason = choice.finish_reason
        if choice.finish_reason == DECLINED:
            answer.refusal = "the provider's content filter cut in"


def _read_rest(delta: Delta, at: float, count: int, answer: Answer) -> None:
    """Read whatever is not plain text."""
    parts = delta.content
    typed = isinstance(parts, list) and parts and b'"thinking"' in bytes(parts[0])
    if typed or delta.reasoning or delta.reasoning_content:
        answer.add_reasoning(at, count)
    elif isinstance(parts, list) and parts:
        answer.add_text(at, count, _text_of(parts))
    elif delta.tool_calls:
        answer.add_text(at, count)
    elif delta.refusal:
        answer.add_text(at, count)
        answer.refusal = "the model refused"


def _text_of(parts: list[msgspec.Raw]) -> str:
    """Return the text of typed parts; those of another form have none."""
    texts = []
    for part in parts:
        with contextlib.suppress(*UNDECODABLE):
            texts.append(_decode_part(part).text or "")
    return "".join(texts)


def _read_usage(usage: Usage, answer: Answer) -> int:
    """Take the counts over, as the newest running total, and return the output's.

    Some providers leave reasoning out of `completion_tokens` but not out of
    `total_tokens`: the larger reading of the output is the billed one.
    """
    output = usage.completion_tokens or 0
    if usage.prompt_tokens is not None:
        answer.input_tokens = usage.prompt_tokens
        output = max(output, (usage.total_tokens or 0) - usage.prompt_tokens)
    if usage.completion_tokens is not None:
        answer.output_tokens = output
    shown = usage.prompt_tokens_details
    if shown is not None and shown.cached_tokens is not None:
        answer.cached_tokens = shown.cached_tokens
    hidden = usage.completion_tokens_details
    if hidden is not None and hidden.reasoning_tokens is not None:
        answer.reasoning_tokens = hidden.reasoning_tokens
    return output


def _failure(error: ErrorObject | str) -> Miss:
    if isinstance(error, str):
        return Miss(ErrorKind.HTTP_5XX, f"error in the stream: {error}")
    code = error.code if isinstance(error.code, int) else 0
    words = {str(error.code), str(error.type)}
    detail = error.message or str(error.code or error.type or "no reason given")
    return Miss(kind_of_error(words, code), f"error in the stream: {detail}")


PROTOCOL = WireProtocol(
    path="/chat/completions",
    body=body,
    chat_body=chat_body,
    most_temperature=2.0,
    read=read,
    headers={},
)
