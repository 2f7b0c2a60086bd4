"""The simulator's HTTP server: plays scripts to an absolute schedule."""

import asyncio
import socket
import ssl
import struct
from time import monotonic
from typing import cast
from urllib.parse import unquote

import httptools
import msgspec

from benchmarks.simulator.behaviour import changed
from benchmarks.simulator.faults import FAULTS
from benchmarks.simulator.provider import Provider, Record
from benchmarks.simulator.script import End, Script, plain

MOST_BODY_BYTES = 64 * 1024 * 1024
# Closing with unsent data and no lingering makes the system send a reset.
_NO_LINGER = struct.pack("ii", 1, 0)


class Providers:
    """All providers by name, made when they are first named, and their steering.

    `PUT /control/NAME` changes fields of the behaviour, `DELETE` forgets the provider,
    `GET /record/NAME` is what it sent.
    """

    def __init__(self) -> None:
        self._all: dict[str, Provider] = {}

    def named(self, name: str) -> Provider:
        return self._all.setdefault(name, Provider())

    def steer(self, method: str, kind: str, name: str, body: bytes) -> Script:
        """Answer a request about a provider, as against one to it."""
        if (method, kind) == ("PUT", "control"):
            return self._change(name, body)
        if (method, kind) == ("GET", "control"):
            return plain(200, self.named(name).behaviour)
        if (method, kind) == ("DELETE", "control"):
            self._all.pop(name, None)
            return plain(200, {})
        if (method, kind) == ("GET", "record"):
            return plain(200, list(self.named(name).records))
        return plain(404, {"error": "PUT, GET or DELETE /control/, or GET /record/"})

    def _change(self, name: str, body: bytes) -> Script:
        provider = self.named(name)
        try:
            fields = msgspec.json.decode(body, type=dict[str, object])
            behaviour = changed(provider.behaviour, fields)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return plain(422, {"error": str(error)})
        if behaviour.fault and behaviour.fault not in FAULTS:
            return plain(422, {"error": f"the faults are {', '.join(sorted(FAULTS))}"})
        provider.behaviour = behaviour
        return plain(200, behaviour)


class Session(asyncio.Protocol):
    """One connection: parses requests and plays the scripts of their replies."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._received = 0.0
        self._new_request()

    def _new_request(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received = monotonic()
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._close()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > MOST_BODY_BYTES:
            self._close()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        record = Record(received=self._received, token_times=[], token_counts=[])
        script = self._script(record)
        keeps = self._parser.should_keep_alive() and script.end is End.COMPLETE
        self._new_request()
        self._play(script, record, 0, keeps=keeps)

    def _script(self, record: Record) -> Script:
        method = self._parser.get_method().decode()
        path = unquote(self._url.decode("latin-1")).partition("?")[0]
        body = b"".join(self._body)
        first, _, rest = path.lstrip("/").partition("/")
        if first in ("control", "record"):
            return self._providers.steer(method, first, rest, body)
        name, version, tail = path.partition("/v1/")
        if not version or method != "POST":
            return plain(404, {"error": {"message": f"no such path: {path}"}})
        provider = self._providers.named(name.strip("/"))
        return provider.reply(f"/{tail}", self._headers, body, record)

    def _play(
        self, script: Script, record: Record, number: int, *, keeps: bool
    ) -> None:
        """Write the pieces that are due, and come back for the next."""
        pieces = script.pieces
        while number < len(pieces):
            piece = pieces[number]
            wait_s = record.received + piece.at_s - monotonic()
            if wait_s > 0:
                self._later(wait_s, script, record, number, keeps)
                return
            if not self._write(piece.content, piece.tokens, record):
                return
            number += 1
        self._finish(script, record, keeps=keeps)

    def _later(
        self, wait_s: float, script: Script, record: Record, number: int, keeps: bool
    ) -> None:
        def go_on() -> None:
            self._play(script, record, number, keeps=keeps)

        self._timer = self._loop.call_later(wait_s, go_on)

    def _write(self, content: bytes, tokens: int, record: Record) -> bool:
        """Write a piece and note when; return whether anybody is still there."""
        if self._transport is None or self._transport.is_closing():
            return False
        if tokens:
            record.token_times.append(monotonic())
            record.token_counts.append(tokens)
        self._transport.write(content)
        return True

    def _finish(self, script: Script, record: Record, *, keeps: bool) -> None:
        if script.end is End.REPEAT:
            self._repeat(script, record)
        elif script.end is End.RESET:
            self._reset()
        elif script.end is not End.HANG:
            record.complete = True
            if not keeps:
                self._close()

    def _repeat(self, script: Script, record: Record) -> None:
        """Write the last piece again and again until the other side has enough."""
        piece = script.pieces[-1]

        def once_more() -> None:
            # The record would grow without end, and says nothing new.
            if self._write(piece.content, 0, record):
                self._timer = self._loop.call_later(script.every_s, once_more)

        once_more()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _reset(self) -> None:
        if self._transport is not None:
            raw = cast(socket.socket, self._transport.get_extra_info("socket"))
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._transport.abort()


async def serve(
    *, host: str, port: int, tls: ssl.SSLContext | None = None
) -> asyncio.Server:
    """Listen on a port, 0 for any that is free, with all providers as new."""
    providers = Providers()
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Session(providers), host, port, ssl=tls, backlog=1024
    )
