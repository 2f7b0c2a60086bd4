"""A real HTTP server on this machine that answers as a test tells it to."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What was received, and how the next requests are answered, the last for ever."""

    url: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(
        default_factory=list
    )

    def answer(self, *answers):
        self.answers[:] = answers

    @property
    def last(self):
        return self.requests[-1]


def status(code, body=b"", **headers):
    """Answer with a status, and headers named with _ for -."""

    def reply(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def hang(seconds):
    """Answer nothing for a while."""
    return lambda handler: time.sleep(seconds)


def drip(seconds):
    """Send a byte of the head every 50 ms, so that no single wait is long."""

    def reply(handler):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                handler.wfile.write(b"H")
                handler.wfile.flush()
            time.sleep(0.05)

    return reply


def endless_body(handler):
    """Promise a gigabyte and begin to send it."""
    handler.send_response(200)
    handler.send_header("content-length", str(10**9))
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(10**3):
            handler.wfile.write(b"x" * 10**6)


def hang_up(handler):
    """Close the connection without an answer."""
    handler.close_connection = True


@contextlib.contextmanager
def receiving(*, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver on a port of its own."""
    receiver = Receiver(answers=[status(204)])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append((self.path, headers, body))
            more = len(receiver.answers) > 1
            (receiver.answers.pop(0) if more else receiver.answers[0])(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.server_port}/alerts"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
