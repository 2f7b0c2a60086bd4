"""Replies byte for byte: framing, odd heads, and bodies that are no streams."""

import asyncio

import pytest

from benchmarks.harness.client import Client
from benchmarks.harness.load import Lengths
from benchmarks.harness.samples import ErrorKind
from benchmarks.harness.target import Patience, Target
from tests.simulated import LOOPBACK

EVENTS = (
    b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n'
    b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
    b"data: [DONE]\n\n"
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%b\r\n" % (len(EVENTS), EVENTS)


def ask(*pieces, closes=False, pause_s=0.0, **fields):
    """Ask a server that sends these bytes to whoever asks."""

    async def served():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
            if not closes:
                await asked
            writer.close()

        loop = asyncio.get_running_loop()
        asked = loop.create_future()
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        target = Target(
            base_url=f"http://127.0.0.1:{port}/v1",
            protocol="openai_chat",
            model="m",
            outbound=LOOPBACK,
            **{"patience": Patience(first_byte_s=2, stall_s=1.5), **fields},
        )
        async with server:
            sample = await Client(target).request(
                prompt="Hi",
                lengths=Lengths(input_tokens=1, output_tokens=1),
                intended=loop.time(),
                origin=loop.time(),
            )
            asked.set_result(None)
            await asyncio.sleep(0.01)  # for the server to let go
        return sample

    return asyncio.run(served())


@pytest.mark.parametrize(
    "reply",
    [
        CHUNKED + CHUNK + b"0\r\n\r\n",
        HEAD + b"Content-Length: %d\r\n\r\n" % len(EVENTS) + EVENTS,
        b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + CHUNK + b"0\r\n\r\n",
        b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK + b"0\r\n\r\n",
    ],
    ids=["chunked", "length", "interim", "no type"],
)
def test_a_body_may_be_framed_in_any_way(reply):
    assert ask(reply).error is None


def test_a_body_may_end_with_the_connection():
    assert ask(HEAD + b"\r\n" + EVENTS, closes=True).error is None


def test_a_last_event_without_its_blank_line_counts():
    assert ask(HEAD + b"\r\n" + EVENTS.rstrip(), closes=True).error is None


def test_it_does_not_matter_where_the_network_cuts():
    reply = CHUNKED + CHUNK + b"0\r\n\r\n"

    sample = ask(*(reply[at : at + 7] for at in range(0, len(reply), 7)))

    assert (sample.error, sample.finish_reason) == (None, "stop")


def test_the_protocols_end_is_enough_when_the_server_leaves_the_body_open():
    sample = ask(CHUNKED, CHUNK, pause_s=0.05)

    # Found out within a second; timed by when it came.
    assert sample.error is None
    assert sample.request_ms < 500


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"choices": [{"message": {"content": "Hi"}}]}', ErrorKind.MALFORMED_STREAM),
        (b"<html>busy</html>", ErrorKind.MALFORMED_STREAM),
        (b"", ErrorKind.MALFORMED_STREAM),
        (b"data: {}\n\n", ErrorKind.TRUNCATED),
        (b'data: {"choices": [', ErrorKind.TRUNCATED),
    ],
)
def test_a_complete_body_that_is_no_answer_is_told_by_what_it_is(body, kind):
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    assert ask(reply).error is kind


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", ErrorKind.MALFORMED_STREAM),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", ErrorKind.MALFORMED_STREAM),
        (HEAD + b"Content-Encoding: br\r\n\r\nx", ErrorKind.MALFORMED_STREAM),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, ErrorKind.MALFORMED_STREAM),
        (b"HTTP/1.1 308 Moved\r\nContent-Length: 0\r\n\r\n", ErrorKind.BLOCKED),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ErrorKind.HTTP_5XX),
    ],
    ids=["204", "101", "br", "long head", "308", "503"],
)
def test_a_head_that_promises_no_stream_is_told_by_what_it_is(reply, kind):
    assert ask(reply).error is kind


def test_a_connection_that_is_closed_within_the_head_gave_no_answer():
    assert ask(b"HTTP/1.1 200 OK\r\nX: y", closes=True).error is ErrorKind.CONNECT


def test_more_than_a_stream_may_hold_is_too_much():
    comments = b": nothing\n" * 20_000

    sample = ask(HEAD + b"\r\n" + comments, max_stream_bytes=100_000)

    assert sample.error is ErrorKind.MALFORMED_STREAM
    assert "100000 bytes" in sample.error_detail


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"error": {"message": "No such model"}}', "HTTP 400: No such model"),
        (b'{"error": {"code": "odd"}}', "HTTP 400: odd"),
        (b'{"error": "plain"}', "HTTP 400: plain"),
        (b'{"message": "outside"}', "HTTP 400: outside"),
        (b"not JSON", "HTTP 400"),
        (b'{"error": {"message": "' + b"x" * 20_000 + b'"}}', "HTTP 400"),
    ],
)
def test_an_error_body_is_quoted_in_short(body, detail):
    head = b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n" % len(body)

    assert ask(head + body).error_detail == detail


def test_a_stall_is_found_within_its_patience():
    sample = ask(CHUNKED + b"5\r\ndata:\r\n", patience=Patience(stall_s=0.2))

    assert (sample.error, sample.error_detail) == (
        ErrorKind.TIMEOUT,
        "the stream stalled",
    )
