"""Serves the weights of one GGUF file on a free port, for as long as a bench needs."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import psutil

from benchmarks.harness.target import Outbound, Target

SLOTS = 4  # requests that the server answers side by side
NAME = "ladder"  # the model's name on the wire
PATIENCE_S = 120
HERE = Outbound(allowed_networks=(ip_network("127.0.0.0/8"),))


@contextmanager
def served(path: Path) -> Iterator[tuple[psutil.Process, str]]:
    """Serve a file on a free port; it is stopped however the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    module = [sys.executable, "-m", "advisor.supervisor.serve_model"]
    process = subprocess.Popen(
        [*module, str(path), "--name", NAME, "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/v1"
    try:
        _wait(process, url)
        yield psutil.Process(process.pid), url
    finally:
        process.terminate()
        process.wait()


def parameters(url: str) -> int:
    """Return how many parameters llama.cpp counts in what is served."""
    return int(_facts(url)["n_params"])


def target(url: str, body_extra: tuple[tuple[str, object], ...] = ()) -> Target:
    """Return the server as our harness has it."""
    return Target(
        base_url=url,
        protocol="openai_chat",
        model=NAME,
        body_extra=body_extra,
        outbound=HERE,
    )


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _facts(url)
        except (OSError, KeyError):
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The model did not come up within {PATIENCE_S} s.")


def _facts(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/models", timeout=5) as reply:
        return json.load(reply)["data"][0]["meta"]
