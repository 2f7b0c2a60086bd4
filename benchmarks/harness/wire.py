"""What a protocol module of `protocols` provides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypedDict

import msgspec

from benchmarks.harness.answer import Answer
from benchmarks.harness.failures import Miss
from benchmarks.harness.samples import ErrorKind

# More than any endpoint can say in earnest; what exceeds it is not a count.
TokenCount = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
# What a decoder raises for an event that is not the JSON of its type.
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# Codes and types of error objects by which providers say that they declined.
_DECLINED = {"content_filter", "content_policy_violation", "refusal"}
_LIMITED = {"rate_limit_error", "rate_limit_exceeded", "insufficient_quota"}
_OURS = {"invalid_request_error", "authentication_error", "not_found_error"}


class Turn(TypedDict):
    """One turn: its `role` is system, user or assistant, its `content` plain text."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A conversation to be answered; None leaves the choice to the endpoint.

    `seed` makes an endpoint that has such a thing draw the same answer again. One
    that has none answers without.
    """

    messages: tuple[Turn, ...]
    output_tokens: int
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireProtocol:
    """How to ask, and how to read what is streamed back.

    `read` is given the data of one event and when it came, and adds it to the answer;
    it raises `Miss`. Headers that a target has itself win over `headers`.
    """

    path: str  # after the base URL; a "/v1" that this ends in is not repeated
    body: Callable[[str, str, int], dict[str, object]]  # model, prompt, output tokens
    chat_body: Callable[[str, Chat], dict[str, object]]  # model, chat
    most_temperature: float
    read: Callable[[bytes, float, Answer], None]
    headers: Mapping[str, str]


def malformed(detail: str) -> Miss:
    """Return the miss of something that is not the protocol."""
    return Miss(ErrorKind.MALFORMED_STREAM, detail)


def undecodable(event: bytes) -> Miss:
    """Return the miss of an event that is not the JSON object it should be."""
    if event[:1] == b'"':
        return malformed("an event is a JSON string, not an object: encoded twice")
    return malformed("an event is not the JSON that the protocol prescribes")


def kind_of_error(words: set[str], status: int) -> ErrorKind:
    """Return the kind of an error object by its codes and its HTTP status.

    Within a stream the status is 0 unless the object gives one: then the endpoint's
    own failure is assumed.
    """
    if words & _DECLINED:
        return ErrorKind.REFUSED
    if status == 429 or (not status and words & _LIMITED):  # Too Many Requests
        return ErrorKind.RATE_LIMITED
    if 400 <= status < 500 or (not status and words & _OURS):
        return ErrorKind.HTTP_4XX
    return ErrorKind.HTTP_5XX
