"""Pid files: who runs for us, whether it is really that program, how to stop it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program we start: its pid file, and what tells it from a stranger.

    `word` occurs in its command line and `cwd` is its working directory; both
    must fit before we send a signal, as the system hands out pids again.
    """

    name: str
    word: str
    cwd: Path
    pid_file: Path
    stop_signal: signal.Signals = signal.SIGTERM

    def recorded_pid(self) -> int | None:
        """Return the pid on the first line of the pid file, if there is one.

        PostgreSQL in single-user mode, as initdb runs it, writes a negative one: it
        is no server that could be stopped.
        """
        try:
            pid = int(self.pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if pid > 0 else None

    def is_it(self, process: psutil.Process) -> bool:
        """Return whether a process is this program, not one with a reused pid."""
        try:
            return (
                process.status() != psutil.STATUS_ZOMBIE
                and any(self.word in part for part in process.cmdline())
                and Path(process.cwd()).resolve() == self.cwd.resolve()
            )
        except (psutil.Error, OSError):
            return False

    def has_pid(self, pid: int) -> bool:
        """Return whether the process `pid` lives and is this program."""
        try:
            return self.is_it(psutil.Process(pid))
        except psutil.NoSuchProcess:
            return False

    def running(self) -> list[psutil.Process]:
        """Return the recorded process and the members of its group that live."""
        pid = self.recorded_pid()
        if pid is None:
            return []
        return [one for one in _group(pid) if self.is_it(one)]

    def forget(self) -> None:
        """Remove the pid file."""
        self.pid_file.unlink(missing_ok=True)

    def stop(self, *, patience_s: float) -> bool:
        """Stop it if it runs: politely first, by force after `patience_s`.

        Returns whether anything was running.
        """
        found = self.running()
        if found:
            _stop_all(found, self.stop_signal, patience_s=patience_s)
        self.forget()
        return bool(found)


def _group(pid: int) -> Iterable[psutil.Process]:
    """Yield the process `pid` first, then the others of the group it leads."""
    with contextlib.suppress(psutil.NoSuchProcess):
        yield psutil.Process(pid)
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if process.pid != pid and os.getpgid(process.pid) == pid:
                yield process


def _stop_all(
    found: list[psutil.Process], polite: signal.Signals, *, patience_s: float
) -> None:
    """Signal the leader; whoever is left after `patience_s` is killed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        found[0].send_signal(polite)
    _, alive = psutil.wait_procs(found, timeout=patience_s)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def wait_until(happened: Callable[[], bool], *, patience_s: float) -> bool:
    """Poll until `happened()`; return False when `patience_s` ran out."""
    deadline = time.monotonic() + patience_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
