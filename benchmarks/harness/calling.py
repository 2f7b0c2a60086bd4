"""Calls a target: a body goes out, an answer comes back, refusals are waited out."""

import asyncio
import contextlib
import ssl
from datetime import UTC, datetime
from time import monotonic

import msgspec

from benchmarks.harness import guard
from benchmarks.harness.answer import Answer
from benchmarks.harness.connection import Reply, exchange
from benchmarks.harness.events import EventSplitter, EventTooLarge
from benchmarks.harness.failures import Miss
from benchmarks.harness.guard import Destination
from benchmarks.harness.protocols import PROTOCOLS
from benchmarks.harness.replies import failure_of, presentable
from benchmarks.harness.samples import UNKNOWN, ErrorKind, Sample
from benchmarks.harness.target import Target
from benchmarks.harness.throttle import wait_s
from benchmarks.harness.wire import WireProtocol, malformed

# A value in `Target.body_extra` that stands for the output tokens asked for.
OUTPUT_TOKENS = "{output_tokens}"


class Caller:
    """Calls one target; as many times at once as the caller likes."""

    def __init__(self, target: Target) -> None:
        """Raise `ValueError` when the protocol is unknown or a header unsendable."""
        if target.protocol not in PROTOCOLS:
            known = ", ".join(sorted(PROTOCOLS))
            raise ValueError(f"protocol {target.protocol!r} is not one of: {known}")
        self.target = target
        self.protocol = PROTOCOLS[target.protocol]
        self._fields = header_fields(self.protocol, target)
        self._checked: Destination | None = None
        self._tls: ssl.SSLContext | None = None

    async def call(
        self,
        body: dict[str, object],
        to: Sample,
        *,
        begun: float,
        started: float,
        most_characters: int = 0,
    ) -> "Stream":
        """Call until the answer is no longer 429, and return the stream that ended.

        Its answer keeps so many characters of the text. Times in the sample count from
        `begun`, waits from `started`, moments of the monotonic clock. Raises `Miss`
        when no stream came or it broke off; the sample holds what came by then.
        """
        destination = self._destination()
        request = self._encode(destination, body, int(to.asked_output_tokens))
        while True:
            attempt_at = monotonic()
            to.throttled_ms = (attempt_at - started) * 1e3 if to.attempts > 1 else 0.0
            stream = Stream(self.protocol, self.target.max_event_bytes, most_characters)
            reply = Reply()
            try:
                await exchange(
                    self.target, destination, request, stream, reply, self._tls
                )
            finally:
                to.http_status = reply.status
                # Taken out of all times: who serves keeps connections open.
                connect_s = reply.connected_at - attempt_at
                to.connect_ms = connect_s * 1e3
                begun_asking = begun + to.throttled_ms / 1e3 + connect_s
                believe_possible(stream.answer, to)
                stream.answer.describe(to, begun=begun_asking)
            if reply.status != 429:  # Too Many Requests
                break
            await self._wait(reply, to.attempts, monotonic() - started)
            to.attempts += 1
        if miss := failure_of(reply):
            raise miss
        stream.took_ms = (reply.ended_at - begun_asking) * 1e3
        return stream

    def presented(self, sample: Sample, miss: Miss | None) -> Sample:
        """Return the sample with its miss, all words free of what the headers hold."""
        headers = self.target.headers
        if miss is not None:
            sample.error = miss.kind
            sample.error_detail = presentable(miss.detail, headers)
        for word in ("finish_reason", "served_model", "served_tier"):
            setattr(sample, word, presentable(getattr(sample, word), headers))
        return sample

    async def close(self) -> None:
        """Give up nothing but memory: every request has a connection of its own."""
        self._checked = self._tls = None

    async def _wait(self, reply: Reply, attempts: int, spent_s: float) -> None:
        wait = wait_s(reply.headers, attempt=attempts, at=datetime.now(UTC))
        if spent_s + wait > self.target.patience.throttle_s:
            raise failure_of(reply) or malformed("not a 429")
        await asyncio.sleep(wait)

    def _destination(self) -> Destination:
        """Return where to; the form is checked once, the address at each connect."""
        if self._checked is not None:
            return self._checked
        try:
            found = guard.check_url(self.target.base_url, self.target.outbound)
        except guard.Forbidden as forbidden:
            raise Miss(ErrorKind.BLOCKED, str(forbidden)) from None
        if found.tls and self._tls is None:
            # A certificate authority of one's own is named by SSL_CERT_FILE.
            self._tls = ssl.create_default_context()
        self._checked = found
        return found

    def _encode(
        self, destination: Destination, body: dict[str, object], tokens: int
    ) -> bytes:
        extras = self.target.body_extra
        content = msgspec.json.encode(with_extras(body, extras, output_tokens=tokens))
        path = joined_path(destination, self.protocol.path)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {destination.authority}\r\n"
            f"{self._fields}Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode("ascii") + content


class Stream:
    """Takes the pieces of a stream and reads their events into an answer."""

    __slots__ = ("_feed", "_read", "_splitter", "answer", "took_ms")

    def __init__(
        self, protocol: WireProtocol, max_event_bytes: int, most_characters: int = 0
    ) -> None:
        self.answer = Answer(most_characters)
        self.took_ms = UNKNOWN  # until it ended, its own connection left out
        self._splitter = EventSplitter(max_event_bytes)
        self._feed = self._splitter.feed
        self._read = protocol.read

    def feed(self, piece: bytes, at: float) -> bool:
        """Take a piece that came at `at`; return whether the answer is complete."""
        answer = self.answer
        try:
            for event in self._feed(piece):
                self._read(event, at, answer)
        except EventTooLarge:
            raise malformed("an event is too large") from None
        return answer.finished

    def end(self) -> bool:
        """Read what is left and return whether the protocol said that it was over.

        Some servers leave out the blank line after their last event; a half event that
        cannot be read only shows that the stream was cut.
        """
        with contextlib.suppress(Miss, EventTooLarge):
            for event in self._splitter.rest():
                self._read(event, monotonic(), self.answer)
        return self.answer.finished or bool(self.answer.finish_reason)

    def broken(self) -> Miss | None:
        """Return why the stream, now that it has ended, is no whole answer."""
        if self.end():
            return None
        if not self._splitter.recognised:
            return malformed("the reply is not a stream of events")
        return Miss(ErrorKind.TRUNCATED, "the stream ended before the answer did")

    def failure(self) -> Miss | None:
        """Return why the stream, now that it has ended, is no answer to measure."""
        answer = self.answer
        if miss := self.broken():
            return miss
        if answer.refusal:
            return Miss(ErrorKind.REFUSED, answer.refusal)
        if not answer.times and answer.output_tokens > 0:
            detail = "the output tokens were used up before the first one was shown"
            return Miss(ErrorKind.TRUNCATED, detail)
        if not answer.times:
            return Miss(ErrorKind.LENGTH_MISMATCH, "the answer is empty")
        return None


def believe_possible(answer: Answer, sample: Sample) -> None:
    """Take counts that cannot be true as not told, and say so; the times stay."""
    reason = answer.impossible(
        asked_input=sample.asked_input_tokens, asked_output=sample.asked_output_tokens
    )
    if reason:
        answer.forget_counts()
        sample.error_detail = f"usage not believed: {reason}"


def with_extras(
    body: dict[str, object],
    extras: tuple[tuple[str, object], ...],
    *,
    output_tokens: int,
) -> dict[str, object]:
    """Return a body with a target's own fields, which win over ours.

    None drops a field; `OUTPUT_TOKENS` stands for the number asked for. So a model that
    wants `max_completion_tokens` has `("max_tokens", None)` and
    `("max_completion_tokens", OUTPUT_TOKENS)`.
    """
    for name, value in extras:
        body[name] = output_tokens if value == OUTPUT_TOKENS else value
    return {name: value for name, value in body.items() if value is not None}


def joined_path(destination: Destination, path: str) -> str:
    """Return the request target: a base URL's path, a protocol's, and the query."""
    base = destination.path.rstrip("/")
    if path.startswith("/v1/"):
        base = base.removesuffix("/v1")
    query = f"?{destination.query}" if destination.query else ""
    return f"{base}{path}{query}"


def header_fields(protocol: WireProtocol, target: Target) -> str:
    """Return the header fields that every request has, ready to be sent.

    Raises `ValueError`, without quoting it, for a field that would break out of its
    line; those that frame the message are ours alone.
    """
    ours = {
        "user-agent": "rightsize-harness",
        "accept": "text/event-stream",
        **protocol.headers,
    }
    for name, value in target.headers:
        if not name or not name.isascii() or not value.isascii():
            raise ValueError(f"the header {name!r} cannot be sent: ASCII is needed")
        if any(letter < " " for letter in name + value) or " " in name or ":" in name:
            raise ValueError("a header has a control character or a bad name")
        ours[name.lower()] = value
    framing = {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
    }
    for name in ("host", "content-length", "transfer-encoding"):
        ours.pop(name, None)
    return "".join(f"{name}: {value}\r\n" for name, value in (ours | framing).items())
