"""Asks an endpoint and measures how it answers."""

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
from benchmarks.harness.load import Lengths
from benchmarks.harness.protocols import PROTOCOLS
from benchmarks.harness.replies import failure_of, presentable
from benchmarks.harness.samples import ErrorKind, Sample
from benchmarks.harness.target import Target
from benchmarks.harness.throttle import wait_s
from benchmarks.harness.wire import WireProtocol, malformed

LENGTH_TOLERANCE = 0.1
# A value in `Target.body_extra` that stands for the output tokens asked for.
OUTPUT_TOKENS = "{output_tokens}"


class Client:
    """Sends requests to one target; as many at a time as the caller likes."""

    def __init__(self, target: Target) -> None:
        """Raise `ValueError` when the protocol is unknown or a header unsendable."""
        if target.protocol not in PROTOCOLS:
            known = ", ".join(sorted(PROTOCOLS))
            raise ValueError(f"protocol {target.protocol!r} is not one of: {known}")
        self._target = target
        self._protocol = PROTOCOLS[target.protocol]
        self._fields = header_fields(self._protocol, target)
        self._checked: Destination | None = None
        self._tls: ssl.SSLContext | None = None

    async def request(
        self,
        *,
        prompt: str,
        lengths: Lengths,
        intended: float,
        origin: float,
        phase: int = 0,
    ) -> Sample:
        """Ask once and return what was measured, whatever happened.

        `intended` and `origin`, the start of the run, are moments of `loop.time()`,
        which is the monotonic clock. Raises nothing but `CancelledError`.
        """
        started = monotonic()
        # A timer may fire a little early; then the request began when it began.
        begun = min(intended, started)
        sample = Sample(
            intended_s=intended - origin,
            phase=phase,
            late_ms=(started - begun) * 1e3,
            asked_input_tokens=lengths.input_tokens,
            asked_output_tokens=lengths.output_tokens,
        )
        try:
            await self._ask(prompt, lengths.output_tokens, begun, started, sample)
        except Miss as miss:
            sample.error = miss.kind
            sample.error_detail = presentable(miss.detail, self._target.headers)
        for word in ("finish_reason", "served_model", "served_tier"):
            said = getattr(sample, word)
            setattr(sample, word, presentable(said, self._target.headers))
        return sample

    async def close(self) -> None:
        """Give up nothing but memory: every request has a connection of its own."""
        self._checked = self._tls = None

    async def _ask(
        self, prompt: str, output_tokens: int, begun: float, started: float, to: Sample
    ) -> None:
        """Ask until the answer is no longer 429; fill in the sample or raise `Miss`."""
        destination = self._destination()
        request = self._encode(destination, prompt, output_tokens)
        while True:
            attempt_at = monotonic()
            to.throttled_ms = (attempt_at - started) * 1e3 if to.attempts > 1 else 0.0
            stream = Stream(self._protocol, self._target.max_event_bytes)
            reply = Reply()
            try:
                await exchange(
                    self._target, destination, request, stream, reply, self._tls
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
        if miss := failure_of(reply) or stream.failure():
            raise miss
        to.request_ms = (reply.ended_at - begun_asking) * 1e3
        check_length(to)

    async def _wait(self, reply: Reply, attempts: int, spent_s: float) -> None:
        wait = wait_s(reply.headers, attempt=attempts, at=datetime.now(UTC))
        if spent_s + wait > self._target.patience.throttle_s:
            raise failure_of(reply) or malformed("not a 429")
        await asyncio.sleep(wait)

    def _destination(self) -> Destination:
        """Return where to; the form is checked once, the address at each connect."""
        if self._checked is not None:
            return self._checked
        try:
            found = guard.check_url(self._target.base_url, self._target.outbound)
        except guard.Forbidden as forbidden:
            raise Miss(ErrorKind.BLOCKED, str(forbidden)) from None
        if found.tls and self._tls is None:
            # A certificate authority of one's own is named by SSL_CERT_FILE.
            self._tls = ssl.create_default_context()
        self._checked = found
        return found

    def _encode(self, destination: Destination, prompt: str, tokens: int) -> bytes:
        body = msgspec.json.encode(
            with_extras(
                self._protocol.body(self._target.model, prompt, tokens),
                self._target.body_extra,
                output_tokens=tokens,
            )
        )
        path = joined_path(destination, self._protocol.path)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {destination.authority}\r\n"
            f"{self._fields}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body


class Stream:
    """Takes the pieces of a stream and reads their events into an answer."""

    __slots__ = ("_feed", "_read", "_splitter", "answer")

    def __init__(self, protocol: WireProtocol, max_event_bytes: int) -> None:
        self.answer = Answer()
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

    def failure(self) -> Miss | None:
        """Return why the stream, now that it has ended, is no answer."""
        answer = self.answer
        if not self.end():
            if not self._splitter.recognised:
                return malformed("the reply is not a stream of events")
            return Miss(ErrorKind.TRUNCATED, "the stream ended before the answer did")
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


def check_length(sample: Sample) -> None:
    """Mark an answer whose length is more than a tenth off; its figures stay."""
    asked, got = sample.asked_output_tokens, sample.output_tokens
    if abs(got - asked) > LENGTH_TOLERANCE * asked:
        sample.error = ErrorKind.LENGTH_MISMATCH
        sample.error_detail = (
            f"{got:.0f} output tokens came, {asked:.0f} were asked for"
        )


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
