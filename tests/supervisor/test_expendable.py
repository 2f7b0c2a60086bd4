"""A program that may end without ending the others."""

import signal
import subprocess
import sys
import time

import pytest

PATIENT = "print('up', flush=True); import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PATIENT}"
FAILING = "import sys; print('up', flush=True); sys.exit(7)"
CRASHING = "import os, signal; print('up', flush=True); os.kill(os.getpid(), 11)"


@pytest.fixture
def expendable():
    """Start code as an expendable program, and wait until it has begun."""
    started = []

    def expendable(code):
        module = [sys.executable, "-m", "advisor.supervisor.expendable"]
        process = subprocess.Popen(
            [*module, "the model", sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout.readline() == "up\n"
        return process

    yield expendable
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(("code", "how"), [(FAILING, "code 7"), (CRASHING, "SIGSEGV")])
def test_its_end_is_told_and_ends_nothing(expendable, code, how):
    process = expendable(code)

    told = process.stdout.readline()

    expected = f"The model has ended by itself ({how}). All else goes on without it.\n"
    assert told == expected
    assert process.poll() is None
    process.terminate()
    assert process.wait(timeout=10) == 0
    assert process.stdout.read() == ""  # told once


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_the_program_too(expendable, name):
    process = expendable(PATIENT)

    process.send_signal(getattr(signal, name))

    assert process.wait(timeout=10) == 0
    assert process.stdout.read() == ""  # no end by itself; closed by both


def test_a_program_that_ignores_the_signal_is_killed(expendable):
    process = expendable(STUBBORN)
    begun = time.monotonic()

    process.terminate()

    assert process.wait(timeout=20) == 0
    assert process.stdout.read() == ""
    assert time.monotonic() - begun >= 3  # its patience
