"""The words of the two protocols: events as bytes, not yet in HTTP chunks."""

from functools import lru_cache
from typing import Protocol

import msgspec

from benchmarks.simulator.plan import Plan

WORD = " token"

Json = dict[str, object]


class Wording(Protocol):
    """Writes the events of one answer; each method returns whole events."""

    def opening(self, plan: Plan) -> bytes:
        """Return what comes before the first token."""

    def tokens(self, plan: Plan, number: int, so_far: int, reasoning: bool) -> bytes:
        """Return a chunk of `number` tokens, the last of which is number `so_far`."""

    def closing(self, plan: Plan) -> bytes:
        """Return the finish reason, the usage and the protocol's end."""

    def failure(self) -> bytes:
        """Return an error object in mid-stream."""


def event(content: object, name: str = "") -> bytes:
    """Return one server-sent event."""
    line = b"data: " + msgspec.json.encode(content) + b"\n\n"
    return b"event: " + name.encode() + b"\n" + line if name else line


class OpenAIChat:
    """OpenAI chat completions."""

    def opening(self, plan: Plan) -> bytes:
        return event(_chunk(plan.model, {"role": "assistant", "content": ""}))

    def tokens(self, plan: Plan, number: int, so_far: int, reasoning: bool) -> bytes:
        words = None if reasoning else plan.words_of(number, so_far)
        if plan.usage != "running":
            return _openai_tokens(plan.model, number, reasoning, plan.refusal, words)
        chunk = _chunk(plan.model, _delta(number, reasoning, plan.refusal, words))
        return event({**chunk, "usage": self._usage(plan, so_far)})

    def closing(self, plan: Plan) -> bytes:
        chunk = _chunk(plan.model, {}, finish=plan.finish)
        chunk["service_tier"] = plan.service_tier
        usage = {**_chunk(plan.model, {}), "choices": []}
        usage["usage"] = self._usage(plan, plan.output_tokens)
        times = {"none": 0, "twice": 2}.get(plan.usage, 1)
        stop = b"data: [DONE]\n\n" if plan.stops else b""
        return event(chunk) + event(usage) * times + stop

    def failure(self) -> bytes:
        error = {"message": "the engine died", "type": "server_error", "code": None}
        return event({"error": error})

    def _usage(self, plan: Plan, output_tokens: int) -> Json:
        return {
            "prompt_tokens": plan.prompt_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": plan.prompt_tokens + output_tokens,
            "prompt_tokens_details": {"cached_tokens": plan.cached_tokens},
            "completion_tokens_details": {
                "reasoning_tokens": min(plan.reasoning_tokens, output_tokens)
            },
        }


def _chunk(model: str, delta: Json, finish: str | None = None) -> Json:
    return {
        "id": "chatcmpl-simulated",
        "object": "chat.completion.chunk",
        "created": 1_764_000_000,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def _delta(number: int, reasoning: bool, refusal: bool, words: str | None) -> Json:
    name = "reasoning_content" if reasoning else "refusal" if refusal else "content"
    return {name: WORD * number if words is None else words}


@lru_cache(maxsize=256)
def _openai_tokens(
    model: str, number: int, reasoning: bool, refusal: bool, words: str | None
) -> bytes:
    return event(_chunk(model, _delta(number, reasoning, refusal, words)))


class AnthropicMessages:
    """Anthropic messages; its reasons for an end have other names."""

    REASONS = {"length": "max_tokens", "content_filter": "refusal"}

    def opening(self, plan: Plan) -> bytes:
        message = {
            "id": "msg_simulated",
            "type": "message",
            "role": "assistant",
            "model": plan.model,
            "content": [],
            "usage": {
                "input_tokens": plan.prompt_tokens - plan.cached_tokens,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": plan.cached_tokens,
                "output_tokens": 1,
                "service_tier": plan.service_tier,
            },
        }
        if plan.usage == "none":
            del message["usage"]
        block = {"type": "text", "text": ""}
        return (
            _named("message_start", message=message)
            + _named("content_block_start", index=0, content_block=block)
            + _named("ping")
        )

    def tokens(self, plan: Plan, number: int, so_far: int, reasoning: bool) -> bytes:
        words = None if reasoning else plan.words_of(number, so_far)
        return _anthropic_tokens(number, reasoning, words)

    def closing(self, plan: Plan) -> bytes:
        refused = plan.refusal or plan.finish == "content_filter"
        reason = "refusal" if refused else self.REASONS.get(plan.finish, "end_turn")
        end: Json = {"delta": {"stop_reason": reason, "stop_sequence": None}}
        if plan.usage != "none":
            end["usage"] = {"output_tokens": plan.output_tokens}
        times = 2 if plan.usage == "twice" else 1
        return (
            _named("content_block_stop", index=0)
            + _named("message_delta", **end) * times
            + (_named("message_stop") if plan.stops else b"")
        )

    def failure(self) -> bytes:
        error = {"type": "overloaded_error", "message": "Overloaded"}
        return _named("error", error=error)


def _named(name: str, **content: object) -> bytes:
    return event({"type": name, **content}, name)


@lru_cache(maxsize=256)
def _anthropic_tokens(number: int, reasoning: bool, words: str | None) -> bytes:
    word = "thinking" if reasoning else "text"
    said = WORD * number if words is None else words
    delta = {"type": f"{word}_delta", word: said}
    return _named("content_block_delta", index=0, delta=delta)
