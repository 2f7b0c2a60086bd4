"""Our processes in one terminal, and the signals that end them."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from advisor.supervisor import terminal
from advisor.supervisor.processes import wait_until
from advisor.supervisor.state import PROJECT

# Stand-ins: the words `granian` and `celery` mark them as ours.
PATIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PATIENT}"
BRIEF = "import sys, time; time.sleep(1); sys.exit(7)"


def stand_ins(*, web=PATIENT, worker=PATIENT, beat=PATIENT):
    return {
        "web": [sys.executable, "-c", web, "granian"],
        "worker": [sys.executable, "-c", worker, "celery"],
        "measurer": [sys.executable, "-c", worker, "celery"],
        "beat": [sys.executable, "-c", beat, "celery"],
    }


def model_of(code):
    """Return the command of a model that a stand-in serves."""
    expendable = [sys.executable, "-m", "advisor.supervisor.expendable", "the model"]
    return [*expendable, sys.executable, "-c", code, "serve_model"]


def terminal_with(state, *, grace_s=2.0, model=None, **codes):
    """Start a terminal of four stand-ins, or five, in a process of its own."""
    commands = stand_ins(**codes)
    if model:
        commands["model"] = model_of(model)
    code = (
        "import os, pathlib, sys\n"
        "from advisor.supervisor import terminal\n"
        "from advisor.supervisor.state import State\n"
        f"terminal.GRACE_S = {grace_s}\n"
        f"state = State(pathlib.Path({str(state.folder)!r}))\n"
        f"sys.exit(terminal.run(state, {commands!r}, os.environ))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, "advisor.supervisor"],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def living(state):
    """Return the pids of the terminal's processes and relays."""
    described = (*terminal.programs(state), *terminal.relays(state))
    return {process.pid for one in described for process in one.running()}


def all_up(state, *, count=8):
    """Wait for four processes with a relay each."""
    return wait_until(lambda: len(living(state)) == count, patience_s=20)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_them_all(state, name):
    process = terminal_with(state)
    assert all_up(state)
    pids = living(state)

    process.send_signal(getattr(signal, name))

    assert process.wait(timeout=20) == 0
    assert not any(map(psutil.pid_exists, pids))
    assert list(state.pids.iterdir()) == []


def test_a_worker_that_does_not_end_is_killed(state):
    process = terminal_with(state, worker=STUBBORN)
    assert all_up(state)

    process.terminate()

    assert process.wait(timeout=20) == 0
    assert living(state) == set()


def test_nobody_ending_is_no_way_to_go_on(state):
    process = terminal_with(state, web=STUBBORN, worker=STUBBORN, beat=STUBBORN)
    assert all_up(state)

    process.terminate()

    assert process.wait(timeout=20) == 0
    assert living(state) == set()


def test_a_signal_before_everything_is_up_is_not_lost(state):
    process = terminal_with(state)
    wait_until(lambda: living(state), patience_s=20)  # at least one, maybe not all

    process.terminate()

    assert process.wait(timeout=20) == 0
    assert living(state) == set()


def test_one_that_ends_by_itself_ends_all_with_its_code(state):
    process = terminal_with(state, beat=BRIEF)

    assert process.wait(timeout=30) == 7
    assert living(state) == set()


def test_what_a_killed_terminal_left_behind_is_found(state):
    process = terminal_with(state, worker=STUBBORN)
    assert all_up(state)
    process.kill()
    process.wait()
    left = living(state)

    described = (*terminal.programs(state), *terminal.relays(state))
    stopped = [one.name for one in described if one.stop(patience_s=1)]

    assert {"web", "worker", "measurer", "beat"} <= {*stopped}
    assert wait_until(lambda: not any(map(psutil.pid_exists, left)), patience_s=5)
    assert os.getpid() not in left


def test_a_model_is_served_beside_them_and_stopped_with_them(state):
    process = terminal_with(state, model=PATIENT)
    # Four with a relay each, and the model's own program, its keeper and relay.
    assert all_up(state, count=11)
    pids = living(state)

    process.terminate()

    assert process.wait(timeout=20) == 0
    assert not any(map(psutil.pid_exists, pids))
    assert list(state.pids.iterdir()) == []


def test_a_model_that_ends_by_itself_ends_nothing_else(state):
    process = terminal_with(state, model=BRIEF)
    assert all_up(state, count=11)

    assert all_up(state, count=10)  # all but the model's own program
    assert process.poll() is None

    process.terminate()
    assert process.wait(timeout=20) == 0
    assert living(state) == set()


def test_a_model_that_a_killed_terminal_left_behind_is_found(state):
    process = terminal_with(state, model=STUBBORN)
    assert all_up(state, count=11)
    process.kill()
    process.wait()

    described = (*terminal.programs(state), *terminal.relays(state))
    stopped = [one.name for one in described if one.stop(patience_s=1)]

    assert "model" in stopped
    assert living(state) == set()


def test_measurements_and_all_other_tasks_have_workers_of_their_own(state):
    commands = terminal.commands(state, port=8000)

    def queue(name):
        return commands[name][commands[name].index("--queues") + 1]

    assert queue("worker") == "celery"  # Celery's own default
    assert queue("measurer") == "benchmarks"
    assert "worker@%h" in commands["worker"]
    assert "measurer@%h" in commands["measurer"]
