"""Here the simulator runs in the tests' own process, where it can be looked into."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from benchmarks.simulator.remote import Simulator
from benchmarks.simulator.server import serve


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """A simulator on a thread, in place of the one in a process of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = serve(host="127.0.0.1", port=0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10)
    port = server.sockets[0].getsockname()[1]
    yield Simulator(f"http://127.0.0.1:{port}")
    server.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()
