"""The two servers together, and whatever an earlier run left behind."""

import locale
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from advisor.supervisor import postgres, terminal, valkey
from advisor.supervisor.failures import CannotStart, Stopped
from advisor.supervisor.processes import Program
from advisor.supervisor.state import PROJECT, State

PATIENCE_S = 15.0


def supervisor(state: State) -> Program:
    """Describe the supervisor of this state folder, running or not."""
    return Program(
        name="supervisor",
        word="advisor.supervisor",
        cwd=PROJECT,
        pid_file=state.pids / "supervisor.pid",
    )


def claim(state: State) -> None:
    """Make this process the state folder's only supervisor.

    Stops what a killed one left behind; fails when one is alive.
    """
    ours = supervisor(state)
    other = ours.recorded_pid()
    if other not in (None, os.getpid()) and ours.has_pid(other):
        raise CannotStart(
            f"Already running here (process {other}): stop it with Ctrl-C, or use it."
        )
    for name in stop_leftovers(state):
        print(f"Stopped {name}, left running by an earlier start.", flush=True)
    ours.pid_file.write_text(f"{os.getpid()}\n")


def stop(state: State) -> int:
    """Stop what a killed supervisor left; a live one is asked to be stopped."""
    if state.pids.exists():
        claim(state)
        supervisor(state).forget()
    return 0


def stop_leftovers(state: State) -> list[str]:
    """Stop what still runs from a start that was killed; return the names.

    Servers come last, as a busy worker must not lose its broker.
    """
    left = [one for one in terminal.programs(state) if one.stop(patience_s=PATIENCE_S)]
    for relay in terminal.relays(state):
        relay.stop(patience_s=PATIENCE_S)
    servers = (postgres.program(state), valkey.program(state))
    left += [one for one in servers if one.stop(patience_s=PATIENCE_S)]
    return [one.name for one in left]


@contextmanager
def started(state: State, *, throwaway: bool = False) -> Iterator[dict[str, str]]:
    """Run the servers that the environment does not name; yield the environment.

    Whatever ends the block, also TERM, stops what was started here.
    """
    with _signals_unwind():
        try:
            yield _environment(state, throwaway=throwaway)
        finally:
            _ignore_signals()
            for server in (postgres.program(state), valkey.program(state)):
                server.stop(patience_s=PATIENCE_S)


def installed_locale(wanted: str) -> str:
    """Return the locale `wanted` where it is installed, else C, which always is."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, wanted)
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return wanted


def _environment(state: State, *, throwaway: bool) -> dict[str, str]:
    """Return our environment with the URLs and secrets that were missing."""
    # Both servers refuse to start under a locale that is not installed.
    os.environ["LC_ALL"] = installed_locale("C.UTF-8")
    found = dict(os.environ)
    found.setdefault("SECRET_KEY", state.secret("secret_key"))
    found["RIGHTSIZE_STATE"] = str(state.folder)
    # The embedded web server speaks plain http to this machine only.
    found.setdefault("HTTPS_ONLY", "false")
    # Several processes share the processors: threads of each one's own, which wait by
    # spinning, would only take them from each other.
    found.setdefault("OPENBLAS_NUM_THREADS", "1")
    own = found.get("REDIS_URL")
    found["REDIS_URL"] = valkey.require(own) if own else valkey.start(state)
    if not found.get("DATABASE_URL"):
        found["DATABASE_URL"] = postgres.start(state, throwaway=throwaway)
    return found


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """Let TERM and a closed terminal unwind the stack, as Ctrl-C does."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise Stopped

    names = (signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, stop) for name in names}
    before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        for name, former in before.items():
            signal.signal(name, former)


def _ignore_signals() -> None:
    """An impatient second Ctrl-C must not leave a server behind."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
