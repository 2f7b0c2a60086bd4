"""`test`: every check of the project against throwaway servers."""

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from advisor.supervisor import servers
from advisor.supervisor.state import PROJECT, State

SOURCES = ("accounts", "advisor", "benchmarks", "catalog", "workloads")
PREFIX = "rightsize-test-"
SUPERVISOR = "advisor.supervisor"
PYTHON_M = (sys.executable, "-m")


def run(pytest_arguments: list[str]) -> int:
    """Run all checks, or pytest alone when arguments for it are given."""
    remove_abandoned()
    with _throwaway_state() as state, servers.started(state, throwaway=True) as found:
        if pytest_arguments:
            return _call([*PYTHON_M, "pytest", *pytest_arguments], found)
        return _run_all(found, schema=state.folder / "schema.yaml")


def beside_servers(command: list[str]) -> int:
    """Run one command beside fresh servers that are as careful as in production."""
    remove_abandoned()
    with _throwaway_state() as state, servers.started(state) as environment:
        return _call(command, environment)


def steps(schema: Path) -> dict[str, list[str]]:
    """Return the command line of each check by its name, in order.

    `schema` is where the OpenAPI document is written for its second validator.
    """
    manage = [sys.executable, "manage.py"]
    return {
        "ruff check": [*PYTHON_M, "ruff", "check", "."],
        "ruff format": [*PYTHON_M, "ruff", "format", "--check", "."],
        "mypy": [*PYTHON_M, "mypy", *SOURCES],
        "import-linter": [str(Path(sys.executable).parent / "lint-imports")],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "schema": [
            *(*manage, "spectacular", "--validate", "--fail-on-warn"),
            *("--file", str(schema)),
        ],
        "openapi": [*PYTHON_M, "openapi_spec_validator", str(schema)],
        # Last, so that its closing line is the last but one to be read.
        "pytest": [*PYTHON_M, "pytest", "-n", "2", "--cov", "--cov-report=term"],
    }


def lint() -> int:
    """Run the checks that need no server."""
    names = ("ruff check", "ruff format", "mypy", "import-linter")
    chosen = {name: steps(Path(os.devnull))[name] for name in names}
    environment = {
        **os.environ,
        "SECRET_KEY": "only-for-checks",
        "DATABASE_URL": "postgres://localhost/none",
        "REDIS_URL": "redis://localhost/0",
    }
    return _run_steps(chosen, environment)


def _run_all(environment: Mapping[str, str], *, schema: Path) -> int:
    return _run_steps(steps(schema), environment)


def _run_steps(chosen: Mapping[str, list[str]], environment: Mapping[str, str]) -> int:
    """Run every step, also after one failed; return 1 if any did."""
    failed = []
    for name, command in chosen.items():
        print(f"== {name}", flush=True)
        begun = time.monotonic()
        if _call(command, environment):
            failed.append(name)
        print(f"   {time.monotonic() - begun:.1f} s", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}.", flush=True)
    return 1 if failed else 0


def _call(command: list[str], environment: Mapping[str, str]) -> int:
    return subprocess.run(command, env=environment, cwd=PROJECT, check=False).returncode


@contextmanager
def _throwaway_state() -> Iterator[State]:
    """Yield a state folder of our own, removed however the block ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    state = State(folder)
    # The wheel touches its lock at exit, in a handler registered after this one
    # and therefore run before it.
    atexit.register(_remove, state)
    try:
        state.create()
        yield state
    finally:
        _remove(state)


def _remove(state: State) -> None:
    for folder in {state.folder, state.runtime}:
        shutil.rmtree(folder, ignore_errors=True)


def _supervises(pid: int) -> bool:
    """Return whether a process is a supervisor, of whichever checkout on this machine.

    The folder does not name its checkout, and tests of another one must live on.
    """
    try:
        return any(SUPERVISOR in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def remove_abandoned() -> list[Path]:
    """Stop the servers and remove the folders of test runs that were killed."""
    removed = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        match = re.fullmatch(rf"{PREFIX}(\d+)-.*", folder.name)
        state = State(folder)
        if match is None or folder.stat().st_uid != os.getuid():
            continue
        if not _supervises(int(match[1])):
            servers.stop_leftovers(state)
            _remove(state)
            removed.append(folder)
    return removed
