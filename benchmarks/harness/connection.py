"""One HTTP/1.1 exchange on a connection of its own, timed to the piece.

Connections are not reused. A kept one would save a handshake, which `connect_ms` shows
anyway, at the price of failures that are not the endpoint's: some servers (llama.cpp's)
announce keep-alive and close after a streamed reply all the same.

What comes in is stamped at once and parsed later, many pieces in a row: a processor
that was just woken up runs cold, and parsing warm takes a fraction of the time, which
every other stream would have to wait for.

Moments are `time.monotonic`: steps of the wall clock do no harm, and a loop's own time
(uvloop's has whole milliseconds) is too coarse.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol, cast

import httptools

from benchmarks.harness import guard
from benchmarks.harness.decoding import Inflater, inflater
from benchmarks.harness.failures import Miss
from benchmarks.harness.guard import Destination
from benchmarks.harness.samples import UNKNOWN, ErrorKind
from benchmarks.harness.target import Target
from benchmarks.harness.wire import malformed

MOST_KEPT = 64  # pieces that wait to be parsed
MOST_KEPT_S = 1.0
LONG_PIECE = 4096
LAST_CHUNK = b"0\r\n\r\n"
MAX_HEAD_BYTES = 64 * 1024
MAX_ERROR_BYTES = 16 * 1024  # of a body that is no stream, kept for its message


class Sink(Protocol):
    """Takes the body of a reply with status 200 while it comes in."""

    def feed(self, piece: bytes, at: float) -> bool:
        """Take a piece; return whether the body is complete by its own word."""

    def end(self) -> bool:
        """Note that no more will come; return whether the body may end here."""


@dataclass(slots=True)
class Reply:
    """What came back and when, in seconds of the monotonic clock."""

    connected_at: float = UNKNOWN
    ended_at: float = UNKNOWN
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""  # the beginning, when the status is not 200


async def exchange(
    target: Target,
    destination: Destination,
    request: bytes,
    sink: Sink,
    reply: Reply,
    tls: ssl.SSLContext | None,
) -> None:
    """Send a request and fill in the reply as it comes, within the target's patience.

    Raises `Miss`; what the reply then holds is what had come by that moment.
    """
    begun = monotonic()
    transport, connection = await _connect(target, destination, sink, reply, tls)
    reply.connected_at = monotonic()
    try:
        await connection.send(request, begun=begun)
    except BaseException:
        transport.abort()
        raise
    transport.close()


async def _connect(
    target: Target,
    destination: Destination,
    sink: Sink,
    reply: Reply,
    tls: ssl.SSLContext | None,
) -> tuple[asyncio.Transport, "Connection"]:
    patience = target.patience
    try:
        return await guard.connect(
            lambda: Connection(target, sink, reply),
            destination,
            target.outbound,
            tls=tls,
            patience_s=min(patience.connect_s, patience.request_s),
        )
    except guard.Forbidden as forbidden:
        raise Miss(ErrorKind.BLOCKED, str(forbidden)) from None
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no agreement"
        raise Miss(ErrorKind.TLS, f"TLS failed: {reason}") from None
    except TimeoutError:
        raise Miss(ErrorKind.TIMEOUT, "no connection in time") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Miss(ErrorKind.CONNECT, f"could not connect: {reason}") from None


class Connection(asyncio.Protocol):
    """Parses one reply; its end, good or bad, is the result of `send`."""

    def __init__(self, target: Target, sink: Sink, reply: Reply) -> None:
        self._patience = target.patience
        self._max_bytes = target.max_stream_bytes
        self._sink = sink
        self._feed = sink.feed
        self._reply = reply
        self._parser = httptools.HttpResponseParser(self)
        self._parse = self._parser.feed_data
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._inflater: Inflater | None = None
        self._bytes = 0
        self._head_done = False
        self._keeps = False  # whether pieces may wait
        # Side by side, as pairs would give the garbage collector work.
        self._kept: list[bytes] = []
        self._kept_at: list[float] = []
        self._at = UNKNOWN  # of the piece that is being parsed
        self._last_at = UNKNOWN  # of the newest piece; NaN before the first
        self._sent_at = UNKNOWN
        self._overall_end = UNKNOWN

    async def send(self, request: bytes, *, begun: float) -> None:
        """Send the request and wait for the end of its reply; raise `Miss`."""
        self._overall_end = begun + self._patience.request_s
        self._sent_at = monotonic()
        if self._transport is not None:
            self._transport.write(request)
        self._watch()
        try:
            await self._done
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._last_at = at = monotonic()
        self._kept_at.append(at)
        self._kept.append(data)
        if (
            not self._keeps
            or len(data) > LONG_PIECE
            or len(self._kept) >= MOST_KEPT
            or data.endswith(LAST_CHUNK)
        ):
            self._parse_kept()

    def _parse_kept(self) -> None:
        kept = zip(self._kept_at, self._kept, strict=True)
        self._kept, self._kept_at = [], []
        for self._at, data in kept:
            if self._done.done():
                return
            self._parse_one(data)

    def _parse_one(self, data: bytes) -> None:
        self._bytes += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserCallbackError as error:
            self._fail(error.__context__ or error)  # of our own making: let it be seen
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(malformed("the reply is not HTTP/1.1"))
        if self._bytes > self._max_bytes:
            self._fail(malformed(f"more than {self._max_bytes} bytes came"))
        elif not self._head_done and self._bytes > MAX_HEAD_BYTES:
            self._fail(malformed("the reply's headers are too long"))

    def eof_received(self) -> None:
        """Let the transport close itself, which calls `connection_lost`."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._parse_kept()
        if self._done.done():
            return
        if not self._head_done:
            detail = "the connection was closed before an answer"
            self._fail(Miss(ErrorKind.CONNECT, detail))
        elif self._reply.status != 200 or self._sink.end():
            self._end()
        else:
            self._fail(
                Miss(ErrorKind.TRUNCATED, "the connection was cut in mid-answer")
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        self._reply.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # an interim reply, as 100 Continue
            self._reply.headers.clear()
            return
        self._reply.status = status
        self._head_done = True
        try:
            self._inflater = inflater(self._header("content-encoding"))
            if status == 200:
                self._check_type()
                self._keeps = self._inflater is None
        except Miss as miss:
            self._fail(miss)

    def on_body(self, body: bytes) -> None:
        if not self._keeps:
            self._inflate(body)
            return
        # Short of calls, as every token comes through here.
        try:
            if self._feed(body, self._at) and not self._done.done():
                self._end()
        except Miss as miss:
            self._fail(miss)

    def on_message_complete(self) -> None:
        if self._head_done and not self._done.done():
            self._end()

    def _header(self, name: str) -> str:
        return self._reply.headers.get(name, "").strip().lower()

    def _check_type(self) -> None:
        content_type = self._header("content-type").partition(";")[0].strip()
        if content_type.startswith("text/html"):
            raise malformed("the reply is a web page, not a stream of events")

    def _inflate(self, body: bytes) -> None:
        if self._inflater is None:
            self._take(body)
            return
        try:
            for piece in self._inflater.feed(body):
                self._bytes += len(piece)
                if self._done.done() or self._bytes > self._max_bytes:
                    return
                self._take(piece)
        except Miss as miss:
            self._fail(miss)

    def _take(self, piece: bytes) -> None:
        if self._done.done():
            return
        if self._reply.status != 200:
            room = MAX_ERROR_BYTES - len(self._reply.body)
            self._reply.body += piece[:room]
            return
        try:
            if self._feed(piece, self._at):
                self._end()
        except Miss as miss:
            self._fail(miss)

    def _end(self) -> None:
        self._reply.ended_at = self._at
        if not self._done.done():
            self._done.set_result(None)

    def _fail(self, miss: BaseException) -> None:
        if not self._done.done():
            self._reply.ended_at = monotonic()
            self._done.set_exception(miss)

    def _watch(self) -> None:
        """Give up when a limit has passed, else look again when the next one does.

        Pieces that wait are parsed first: what they say comes before a lack of more.
        """
        self._parse_kept()
        now = monotonic()
        if self._last_at != self._last_at:  # NaN
            limit = self._sent_at + self._patience.first_byte_s
            detail = "no first byte in time"
        else:
            limit = self._last_at + self._patience.stall_s
            detail = "the stream stalled"
        if self._overall_end <= limit:
            limit, detail = self._overall_end, "no end in time"
        if now >= limit:
            self._fail(Miss(ErrorKind.TIMEOUT, detail))
        elif not self._done.done():
            wait_s = min(limit - now, MOST_KEPT_S, self._patience.stall_s)
            self._timer = self._loop.call_later(wait_s, self._watch)
