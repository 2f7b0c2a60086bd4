"""Takes documents apart that strangers wrote: what is missing or absurd is named."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks.harness.client import check_length
from benchmarks.harness.samples import UNKNOWN, ErrorKind, Sample

# Beyond these a figure is a mistake in its unit: twelve days, and the longest contexts.
LARGEST_MS = 1e9
LARGEST_TOKENS = 1e8
DETAIL_CHARACTERS = 200

# The first whose words occur in a message tells what went wrong.
_SIGNS = (
    (ErrorKind.TLS, ("certificate", "ssl", "tls handshake")),
    (ErrorKind.TIMEOUT, ("timeout", "timed out")),
    (ErrorKind.CONNECT, ("connect", "refused", "name or service", "unreachable")),
    (ErrorKind.RATE_LIMITED, ("rate limit", "too many requests")),
    (ErrorKind.MALFORMED_STREAM, ("json", "decode", "parse")),
)


class Unreadable(ValueError):
    """The file is no result of its tool, or lacks what a run needs; says which."""


def document(text: str) -> Any:
    """Return a JSON document; raise Unreadable where it is none."""
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("The file is nested too deeply.") from None
    except ValueError as error:
        raise Unreadable(f"The file is not JSON: {error}.") from None


def at(value: Any, *path: str | int) -> Any:
    """Return what is at a path of names and indices, None where it leads nowhere."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def first_of(value: Any, paths: Iterable[tuple[str | int, ...]]) -> Any:
    """Return what is at the first path that leads to something, else None."""
    return next(
        (found for path in paths if (found := at(value, *path)) is not None), None
    )


def number(value: Any) -> float:
    """Return a number as it is, and NaN for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value) if math.isfinite(value) else UNKNOWN
        except OverflowError:
            return UNKNOWN
    return UNKNOWN


def known(value: float) -> bool:
    """Return whether a figure is not NaN."""
    return not math.isnan(value)


def whole(value: Any) -> int | None:
    """Return a positive whole number, else None."""
    found = number(value)
    return int(found) if known(found) and found >= 1 else None


def positive(value: Any) -> float | None:
    """Return a positive number, else None."""
    found = number(value)
    return found if known(found) and found > 0 else None


def text_of(value: Any) -> str:
    """Return a text, stripped, and an empty one for anything else."""
    return value.strip() if isinstance(value, str) else ""


def moment(seconds: float) -> datetime | None:
    """Return a moment from seconds since 1970, None when unknown or out of reach."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def error_kind(status: int, message: str) -> ErrorKind:
    """Return the kind of a failure of another tool, from HTTP status and words.

    Where neither tells, the request ended before its answer did: `truncated`.
    """
    if status == 429:
        return ErrorKind.RATE_LIMITED
    lowered = message.lower()
    for kind, words in _SIGNS:
        if any(word in lowered for word in words):
            return kind
    if 400 <= status < 500:
        return ErrorKind.HTTP_4XX
    return ErrorKind.HTTP_5XX if 500 <= status < 600 else ErrorKind.TRUNCATED


def fail(sample: Sample, status: int, message: str) -> None:
    """Mark a sample as failed; its figures are no measurement of an answer."""
    sample.error = error_kind(status, message)
    sample.http_status = status if 100 <= status < 600 else 0
    words = " ".join(message.split())[:DETAIL_CHARACTERS]
    sample.error_detail = words or f"the tool's code {status}"


def answered(sample: Sample, where: str) -> Sample:
    """Check the figures of an answer and mark one of another length than asked for."""
    sample.http_status = 200  # the tool read an answer to its end
    for name in ("ttft_ms", "answer_ttft_ms", "tpot_ms", "request_ms"):
        _check(name, getattr(sample, name), LARGEST_MS, where)
    for name in ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"):
        _check(name, getattr(sample, name), LARGEST_TOKENS, where)
    if not known(sample.request_ms):
        raise Unreadable(f"{where} has no latency.")
    check_length(sample)
    return sample


def _check(name: str, value: float, largest: float, where: str) -> None:
    if value < 0 or value > largest:
        raise Unreadable(f"{where} has the {name} {value:g}, which cannot be.")


def tpot_ms(first_ms: float, last_ms: float, output_tokens: float) -> float:
    """Return (last - first) / (n - 1), the mean time per token after the first.

    NaN where one is unknown or there was no second token.
    """
    if not output_tokens > 1:
        return UNKNOWN
    return (last_ms - first_ms) / (output_tokens - 1)
