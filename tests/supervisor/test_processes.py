"""Which processes are ours, and how they are stopped."""

import time

import pytest

from advisor.supervisor.processes import Program, wait_until

IGNORE_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def program(state, **changes):
    fields = {
        "name": "web",
        "word": "the-web-server",
        "cwd": state.folder,
        "pid_file": state.pids / "web.pid",
    }
    return Program(**{**fields, **changes})


def record(program, process):
    program.pid_file.write_text(f"{process.pid}\n")


def test_a_recorded_program_is_found_and_stopped(state, start):
    web = program(state)
    process = start("", cwd=state.folder, word="the-web-server")
    record(web, process)

    stopped = web.stop(patience_s=10)

    assert stopped
    assert process.poll() is not None
    assert not web.pid_file.exists()


@pytest.mark.parametrize("text", ["", "none", "-16983", "0"])
def test_a_file_that_names_no_process_stops_none(state, text):
    web = program(state)
    web.pid_file.write_text(f"{text}\n")

    assert web.recorded_pid() is None
    assert not web.stop(patience_s=1)


def test_a_stranger_with_the_recorded_pid_is_left_alone(state, start):
    web = program(state)
    stranger = start("", cwd=state.folder, word="somebody-elses-server")
    record(web, stranger)

    stopped = web.stop(patience_s=1)

    assert not stopped
    assert stranger.poll() is None
    assert not web.pid_file.exists()


def test_the_same_program_of_another_folder_is_left_alone(state, start, tmp_path):
    web = program(state)
    elsewhere = start("", cwd=tmp_path, word="the-web-server")
    record(web, elsewhere)

    stopped = web.stop(patience_s=1)

    assert not stopped
    assert elsewhere.poll() is None


def test_a_program_that_ignores_the_polite_signal_is_killed(state, start):
    web = program(state)
    process = start(IGNORE_TERM, cwd=state.folder, word="the-web-server")
    record(web, process)
    begun = time.monotonic()

    web.stop(patience_s=0.5)

    assert process.poll() is not None
    assert 0.5 <= time.monotonic() - begun < 5


def test_children_outlive_neither_their_leader_nor_its_stop(state, start):
    web = program(state)
    fork = "import os; child = os.fork()"  # the child shares group and command line
    process = start(fork, cwd=state.folder, word="the-web-server")
    record(web, process)
    wait_until(lambda: len(web.running()) == 2, patience_s=5)
    process.kill()
    process.wait()

    stopped = web.stop(patience_s=5)

    assert stopped
    assert web.running() == []


def test_a_garbled_or_missing_pid_file_names_nobody(state):
    web = program(state)
    garbled = program(state, pid_file=state.pids / "garbled.pid")
    garbled.pid_file.write_text("not a number\n")

    assert web.running() == []
    assert garbled.running() == []


def test_waiting_ends_when_patience_does():
    assert wait_until(lambda: True, patience_s=0)
    assert not wait_until(lambda: False, patience_s=0.1)
