"""State folders and stand-in programs for the supervisor's tests."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisor.supervisor.state import State


@pytest.fixture
def state() -> Iterator[State]:
    """A state folder with a path short enough for Unix sockets."""
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        state = State(Path(folder).resolve())
        state.create()
        yield state


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start Python code as a program of its own session; it is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *, cwd: Path, word: str) -> subprocess.Popen[bytes]:
        up = tmp_path / f"up-{len(started)}"
        code = f"{code}\nopen({str(up)!r}, 'w').close()\nimport time; time.sleep(60)"
        process = subprocess.Popen(
            [sys.executable, "-c", code, word], cwd=cwd, start_new_session=True
        )
        started.append(process)
        while not up.exists():
            time.sleep(0.02)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
