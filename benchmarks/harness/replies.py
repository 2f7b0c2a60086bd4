"""What replies other than a stream mean, in words that may be shown."""

import re

import msgspec

from benchmarks.harness.connection import Reply
from benchmarks.harness.failures import Miss
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.wire import UNDECODABLE, kind_of_error

MAX_DETAIL = 200
_LEAST_SECRET = 4  # shorter header values are words such as "1" or "on"
# Providers quote the ends of a wrong key; this much of one is not left to chance.
_LEAST_PART = 8
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class ErrorObject(msgspec.Struct):
    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class ErrorBody(msgspec.Struct):
    error: ErrorObject | str | None = None
    message: str | None = None


def failure_of(reply: Reply) -> Miss | None:
    """Return why a complete reply is no answer, or None when its status is 200.

    A redirect is blocked: where it leads was not what the buyer approved.
    """
    status = reply.status
    if status == 200:
        return None
    if 300 <= status < 400:
        return Miss(ErrorKind.BLOCKED, f"HTTP {status}: redirects are not followed")
    if 200 < status < 300:
        return Miss(ErrorKind.MALFORMED_STREAM, f"HTTP {status} instead of a stream")
    words, message = _read(reply.body)
    # Providers quote parts of a wrong key in what they say about it.
    if status in (401, 403):
        message = ""
    kind = kind_of_error(words, status)
    return Miss(kind, f"HTTP {status}" + (f": {message}" if message else ""))


def _read(body: bytes) -> tuple[set[str], str]:
    """Return the codes and the message of an error body, if it has any."""
    try:
        found = msgspec.json.decode(body, type=ErrorBody)
    except UNDECODABLE:
        return set(), ""
    error = found.error
    if isinstance(error, ErrorObject):
        words = {str(word) for word in (error.type, error.code) if word is not None}
        return words, error.message or next(iter(sorted(words)), "")
    return set(), error or found.message or ""


def one_line(text: str) -> str:
    """Return a text that a reply gave us as one short, printable line."""
    if text.isprintable() and len(text) <= MAX_DETAIL:
        return text
    text = _UNPRINTABLE.sub(" ", text)
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"


def presentable(said: str, headers: tuple[tuple[str, str], ...]) -> str:
    """Return what a reply said as one short line without anything from our headers.

    The whole of it is searched before it is cut: half a secret is one too.
    """
    for _, value in headers:
        for secret in {value, *value.split()}:
            said = _without(secret, said)
    return one_line(said)


def _without(secret: str, said: str) -> str:
    """Return a text without a header's value, and without its ends of eight letters."""
    if len(secret) >= _LEAST_SECRET:
        said = said.replace(secret, "…")
    if len(secret) <= _LEAST_PART:
        return said
    if secret[:_LEAST_PART] not in said and secret[-_LEAST_PART:] not in said:
        return said
    for size in range(min(len(secret), len(said)), _LEAST_PART - 1, -1):
        for end in (secret[:size], secret[-size:]):
            said = said.replace(end, "…")
    return said
