"""Our processes side by side in one terminal, until a signal ends them."""

import shlex
import signal
import sys
from collections.abc import Iterable, Mapping
from types import FrameType

from honcho.manager import Manager

from advisor.supervisor.processes import Program
from advisor.supervisor.state import PROJECT, State

# A worker finishes its task when told to stop; a task that takes longer is cut
# off, which does no harm: its row is claimed again when the lease ends.
GRACE_S = 8.0

# Where everything is root, as in most containers, celery's reproach is no news.
QUIET = "ignore::UserWarning:celery.platforms"


# What occurs in the command line of each process.
WORDS = {
    "web": "granian",
    "worker": "celery",
    "measurer": "celery",
    "beat": "celery",
    "model": "serve_model",
}


def programs(state: State, names: Iterable[str] = WORDS) -> list[Program]:
    """Describe processes of this state folder, running or not."""
    return [
        Program(
            name=name,
            word=WORDS[name],
            cwd=PROJECT,
            pid_file=state.pids / f"{name}.pid",
        )
        for name in names
    ]


def relays(state: State, names: Iterable[str] = WORDS) -> list[Program]:
    """Describe the helpers that carry each process's output to the terminal.

    They deafen themselves to INT and TERM, so only KILL ends an orphaned one.
    """
    return [
        Program(
            name=f"the relay of {program.name}",
            word="advisor.supervisor",
            cwd=PROJECT,
            pid_file=state.pids / f"{program.name}-relay.pid",
            stop_signal=signal.SIGKILL,
        )
        for program in programs(state, names)
    ]


def commands(state: State, *, port: int) -> dict[str, list[str]]:
    """Return the command line of each process of the service by its name."""
    # Its banner would push the demo's tables off the screen.
    celery = [sys.executable, "-m", "celery", "-A", "advisor", "--quiet"]
    return {
        "web": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "1", "--blocking-threads", "4"),
            *("--workers-kill-timeout", "5", "--log-level", "warning"),
            "advisor.wsgi:application",
        ],
        "worker": [*celery, *_worker("worker", queue="celery")],
        # Apart, so that an import of prices does not disturb a measurement.
        "measurer": [*celery, *_worker("measurer", queue="benchmarks")],
        "beat": [
            *(*celery, "beat", "--loglevel", "WARNING"),
            *("--schedule", str(state.folder / "beat-schedule"), "--pidfile", ""),
        ],
    }


def _worker(name: str, *, queue: str) -> list[str]:
    return [
        *("worker", "--hostname", f"{name}@%h", "--queues", queue),
        *("--concurrency", "2", "--loglevel", "WARNING"),
    ]


class Terminal(Manager):  # type: ignore[misc]  # untyped
    """honcho's manager with two gaps closed.

    A signal that comes before all processes are up waits for them, and processes
    that ignore the polite signal are killed even when none of them has ended.
    """

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def _start(self) -> None:
        super()._start()
        described = relays(self._state, self._processes)
        pairs = zip(self._processes.values(), described, strict=True)
        for started, relay in pairs:
            relay.pid_file.write_text(f"{started['process'].pid}\n")

    def terminate(self) -> None:
        """Stop all processes; called by honcho's signal handler, too."""
        signal.signal(signal.SIGALRM, self._alarm)
        if self._all_started():
            signal.setitimer(signal.ITIMER_REAL, GRACE_S)
            super().terminate()
        else:
            signal.setitimer(signal.ITIMER_REAL, 0.2)

    def _alarm(self, signum: int, frame: FrameType | None) -> None:
        if self._terminating:
            self.kill()
        else:
            self.terminate()


def run(
    state: State, commands: Mapping[str, list[str]], environment: Mapping[str, str]
) -> int:
    """Run all commands until INT or TERM (returns 0) or until one ends by itself."""
    manager = Terminal(state)
    for program in programs(state, commands):
        line = shlex.join(commands[program.name])
        pid_file = shlex.quote(str(program.pid_file))
        manager.add_process(
            program.name,
            # `exec` keeps the pid that the shell wrote down.
            f"echo $$ > {pid_file}; exec {line}",
            env={**environment, "PYTHONWARNINGS": QUIET},
            cwd=str(PROJECT),
        )
    # A closed terminal is a reason to stop, like Ctrl-C.
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        manager.loop()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for program in (*programs(state), *relays(state)):
            program.stop(patience_s=GRACE_S)
    stopped_by_signal = manager.returncode in {130, 143}
    return 0 if stopped_by_signal else int(manager.returncode or 1)
