"""The servers' life: started, used, stopped last, and found after a kill."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from advisor.supervisor import checks, servers
from advisor.supervisor.processes import wait_until
from advisor.supervisor.state import PROJECT, State

pytestmark = pytest.mark.slow

REPORT = (
    "import os, time; names = ('RIGHTSIZE_STATE', 'DATABASE_URL', 'REDIS_URL');"
    "print(*(os.environ[name] for name in names), sep='\\n', flush=True);"
    "time.sleep(120)"
)


@pytest.fixture
def temporary(monkeypatch):
    """A place for throwaway folders that no other test looks through."""
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield


@pytest.fixture
def beside_servers(temporary):
    """Start servers with a command beside them that reports their addresses."""
    environment = {**os.environ}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "advisor.supervisor", "with-servers", "--"]
    with subprocess.Popen(
        [*command, sys.executable, "-c", REPORT],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        lines = [process.stdout.readline().strip() for _ in range(3)]
        yield process, State(Path(lines[0])), lines[1], lines[2]
        process.terminate()
        process.wait(timeout=30)


def pids(state):
    found = (servers.postgres.program(state), servers.valkey.program(state))
    return {process.pid for one in found for process in one.running()}


def test_both_servers_answer_and_are_gone_after_a_signal(beside_servers):
    process, state, database_url, redis_url = beside_servers
    with psycopg.connect(database_url) as connection:
        version = connection.info.server_version
    assert version >= 160000
    assert redis.Redis.from_url(redis_url).ping()
    started = pids(state)
    assert len(started) == 2

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=30) == 143
    assert not any(map(psutil.pid_exists, started))
    assert not state.folder.exists()


def test_nobody_else_gets_in(beside_servers):
    _, state, _, redis_url = beside_servers

    without_password = redis_url.replace(redis_url.split("@")[0], "redis://", 1)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(without_password.replace("//@", "//")).ping()
    # PostgreSQL listens on a socket in its data directory, and on no port.
    assert state.postgres.stat().st_mode & 0o077 == 0
    listener = psutil.Process(servers.postgres.program(state).recorded_pid())
    assert listener.net_connections(kind="tcp") == []


def test_parent_folders_open_for_passing_only(beside_servers):
    _, state, _, _ = beside_servers

    assert state.folder.stat().st_mode & 0o044 == 0  # nobody else lists it


def test_what_a_killed_run_left_is_stopped_and_removed(beside_servers):
    process, state, _, _ = beside_servers
    process.kill()
    process.wait()
    left = pids(state)
    assert len(left) == 2

    removed = checks.remove_abandoned()

    assert state.folder in removed
    assert wait_until(lambda: not any(map(psutil.pid_exists, left)), patience_s=10)
    assert not state.folder.exists()


def test_a_live_runs_servers_are_left_alone(beside_servers):
    _, state, _, _ = beside_servers

    removed = checks.remove_abandoned()

    assert state.folder not in removed
    assert len(pids(state)) == 2


def test_the_servers_of_another_checkouts_tests_are_left_alone(start, tmp_path):
    other = start("", cwd=tmp_path, word="advisor.supervisor")
    folder = Path(tempfile.mkdtemp(prefix=f"{checks.PREFIX}{other.pid}-"))

    try:
        assert folder not in checks.remove_abandoned()
        assert folder.exists()
    finally:
        folder.rmdir()


def test_a_second_supervisor_of_one_folder_is_refused(state, start):
    other = start("", cwd=PROJECT, word="advisor.supervisor")
    servers.supervisor(state).pid_file.write_text(f"{other.pid}\n")

    with pytest.raises(servers.CannotStart, match=f"process {other.pid}"):
        servers.claim(state)
