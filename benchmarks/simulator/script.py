"""What is sent when: the pieces of one reply and how it ends."""

from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus

import msgspec

from benchmarks.simulator.plan import Plan
from benchmarks.simulator.wordings import Wording


class End(Enum):
    """What happens after the last piece."""

    COMPLETE = auto()  # the next request may come on the same connection
    CLOSE = auto()
    RESET = auto()
    HANG = auto()
    REPEAT = auto()  # the last piece, for ever


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to be written so many seconds after the request was received."""

    at_s: float
    content: bytes
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One reply; `every_s` is the pause of one that repeats its last piece."""

    pieces: tuple[Piece, ...]
    end: End = End.COMPLETE
    every_s: float = 0.0

    def first_half(self, end: End) -> "Script":
        """Return the script that ends in the middle, in that way."""
        return replace(self, pieces=self.pieces[: len(self.pieces) // 2], end=end)


LAST_CHUNK = b"0\r\n\r\n"


def chunked(content: bytes) -> bytes:
    """Return one chunk of a chunked body (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(content), content)


def head(*fields: str, status: int = 200) -> bytes:
    """Return the head of a reply."""
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    return "\r\n".join([first, *fields, "", ""]).encode("latin-1")


def stream_head(*fields: str) -> bytes:
    """Return the head of a streamed reply."""
    return head(
        "Content-Type: text/event-stream; charset=utf-8",
        "Transfer-Encoding: chunked",
        *fields,
    )


def answer(plan: Plan, wording: Wording, *fields: str) -> Script:
    """Return a faultless reply: the last token brings the protocol's end along."""
    opening = Piece(0.0, stream_head(*fields) + chunked(wording.opening(plan)))
    pieces = [
        Piece(at_s, chunked(wording.tokens(plan, tokens, so_far, reasoning)), tokens)
        for at_s, tokens, so_far, reasoning in plan.chunks()
    ]
    last = pieces.pop() if pieces else Piece(plan.ttft_s, b"")
    ending = last.content + chunked(wording.closing(plan)) + LAST_CHUNK
    return Script(pieces=(opening, *pieces, replace(last, content=ending)))


def plain(status: int, content: object, *fields: str) -> Script:
    """Return a reply of JSON, or of a web page as it is, that is complete at once."""
    if isinstance(content, str):
        body, kind = content.encode(), "text/html; charset=utf-8"
    else:
        body, kind = msgspec.json.encode(content), "application/json"
    start = head(
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *fields,
        status=status,
    )
    return Script(pieces=(Piece(0.0, start + body),))
