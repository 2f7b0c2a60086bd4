"""How long to wait after a 429."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BACKOFF_S = 0.5
MOST_BACKOFF_S = 16.0
LEAST_WAIT_S = 0.1  # a server that says "now" for ever is not hammered


def wait_s(headers: Mapping[str, str], *, attempt: int, at: datetime) -> float:
    """Return the seconds to wait after the `attempt`-th refusal, counted from 1.

    What the reply asks for, else exponential backoff with full jitter, so that clients
    that were refused together do not come back together. `at` is the aware wall-clock
    moment, used for a `Retry-After` date only when the reply has no `Date` of its own.
    """
    asked = asked_wait_s(headers, at)
    if asked is None:
        most = min(MOST_BACKOFF_S, BACKOFF_S * 2 ** min(attempt, 16))
        asked = random.uniform(most / 2, most)  # noqa: S311  # jitter guards nothing
    return max(LEAST_WAIT_S, asked)


def asked_wait_s(headers: Mapping[str, str], at: datetime) -> float | None:
    """Return the seconds that a reply asks to wait, None if it asks for none."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1e3
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is not None:
        return seconds
    until = _moment(text)
    if until is None:
        return None
    return (until - (_moment(headers.get("date", "")) or at)).total_seconds()


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _moment(text: str) -> datetime | None:
    """Return the moment of an HTTP date (RFC 9110, 5.6.7), None if it is not one."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
