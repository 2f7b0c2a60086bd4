"""Steers a simulator from outside: start it, tell providers how to behave, read."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Simulator:
    """A simulator that runs at a URL; its providers are independent of each other."""

    url: str
    pid: int = 0

    def base_url(self, provider: str) -> str:
        """Return the base URL of a provider, for either protocol."""
        return f"{self.url}/{provider}/v1"

    def behave(self, provider: str, **fields: object) -> None:
        """Change fields of a provider's `Behaviour`, while it runs.

        Raises `ValueError` for a field or value that it does not have.
        """
        self._call("PUT", f"control/{provider}", fields)

    def forget(self, provider: str) -> None:
        """Make a provider as new: behaviour, cache and record."""
        self._call("DELETE", f"control/{provider}")

    def records(self, provider: str) -> list[dict[str, Any]]:
        """Return what a provider received and sent, as `provider.Record`."""
        found: list[dict[str, Any]] = self._call("GET", f"record/{provider}")
        return found

    def _call(self, method: str, path: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        request = Request(f"{self.url}/{path}", data=body, method=method)  # noqa: S310  # its own URL
        try:
            with urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310
                return json.load(reply)
        except HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None


@contextmanager
def started(arguments: Sequence[str] = ()) -> Iterator[Simulator]:
    """Run a simulator as a process of its own on a free port while the block lasts.

    It also ends when this process does, however that ends.
    """
    command = [sys.executable, "-m", "benchmarks.simulator", "--until-stdin-closes"]
    with subprocess.Popen(
        [*command, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if process.stdout is None or not (url := process.stdout.readline()):
                raise RuntimeError("the simulator did not start")
            yield Simulator(url.strip(), process.pid)
        finally:
            process.terminate()


def closed_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
