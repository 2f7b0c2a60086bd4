"""What came of one attempt to hand a message over, whichever way it went.

`status` is the receiver's own code (of HTTP, or of SMTP), None if it gave none;
`error` is a sentence fit for the buyer to read, without secrets.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The receiver took the message."""

    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The message was turned down for good: sending it again would change nothing.

    `gone` says that the receiver wants no messages at all any more.
    """

    error: str
    status: int | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """The message was not taken this time, and may be at another.

    `retry_after` is how long the receiver asked us to wait, None if it did not say.
    """

    error: str
    status: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The whole message was handed over, and no answer came: it may have arrived."""

    error: str


Outcome = Sent | Refused | Postponed | Unknown
