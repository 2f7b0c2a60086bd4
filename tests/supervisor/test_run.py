"""The whole of `run` and `demo`: servers, data, our processes, and their end."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from advisor.supervisor import servers, terminal
from advisor.supervisor.processes import wait_until
from advisor.supervisor.state import PROJECT, State

pytestmark = pytest.mark.slow

FIRST_START_S = 180  # the whole catalogue is loaded, maybe beside other tests
AGAIN_S = 90


@pytest.fixture(scope="module")
def state():
    """One state folder for all tests here: loading the catalogue takes a while."""
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        state = State(Path(folder).resolve())
        yield state
        if state.pids.exists():
            servers.stop_leftovers(state)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def model_port():
    return free_port()


def log_of(state):
    return state.folder / "terminal.log"


@pytest.fixture
def supervise(state, port, model_port, models):
    """Start a command of the supervisor; it is killed at the end, if it lives."""
    started = []

    def supervise(command):
        environment = {
            **os.environ,
            "RIGHTSIZE_STATE": str(state.folder),
            "RIGHTSIZE_MODELS": str(models),
            "PORT": str(port),
            "MODEL_PORT": str(model_port),
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        with log_of(state).open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "advisor.supervisor", command],
                cwd=PROJECT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield supervise
    for process in started:
        process.kill()
        process.wait()


def said(state):
    return log_of(state).read_text()


def is_ready(port):
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/readyz", timeout=2
        ) as reply:
            return reply.status == 200
    except OSError:
        return False


def model_answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


def serves(process, port, patience_s):
    """Wait until it is ready; give up when it ended instead."""
    wait_until(
        lambda: process.poll() is not None or is_ready(port), patience_s=patience_s
    )
    return is_ready(port)


def ours(state):
    """Return every process that belongs to the state folder, told by any sign."""
    found = set()
    for process in psutil.process_iter():
        try:
            marked = process.environ().get("RIGHTSIZE_STATE") == str(state.folder)
            inside = process.cwd().startswith(str(state.folder))
        except (psutil.Error, OSError):
            continue
        if (marked or inside) and process.pid != os.getpid():
            found.add(process.pid)
    return found


def wait_for_workers(state):
    both = terminal.programs(state, ["worker", "measurer"])
    return wait_until(
        lambda: all(len(one.running()) >= 3 for one in both), patience_s=30
    )


def test_run_serves_and_leaves_nothing_behind_even_with_a_stuck_worker(
    state, port, model_port, supervise
):
    process = supervise("run")
    assert serves(process, port, FIRST_START_S), said(state)
    assert wait_for_workers(state)
    assert wait_until(lambda: model_answers(model_port), patience_s=30), said(state)
    worker = terminal.programs(state, ["worker"])[0].recorded_pid()
    # Supervisor, PostgreSQL, Valkey, web, worker, measurer, beat, model.
    assert len(ours(state)) >= 8
    os.kill(worker, signal.SIGSTOP)  # as good as a task that never ends

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 0, said(state)
    assert ours(state) == set()


def test_demo_finds_the_data_again_and_what_a_killed_run_left(state, port, supervise):
    process = supervise("run")
    assert serves(process, port, AGAIN_S), said(state)
    assert wait_for_workers(state)
    process.kill()
    process.wait()
    assert len(ours(state)) >= 7  # all but the supervisor live on
    begun = time.monotonic()

    demo = supervise("demo")

    assert demo.wait(timeout=AGAIN_S) == 0, said(state)
    assert time.monotonic() - begun < AGAIN_S
    output = said(state)
    for name in (*terminal.WORDS, "PostgreSQL", "Valkey"):
        assert f"Stopped {name}, left running by an earlier start." in output
    assert ours(state) == set()
