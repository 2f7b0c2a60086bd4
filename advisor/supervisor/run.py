"""`run` and `demo`: everything from an empty machine to the demo's tables."""

import socket
import subprocess
import sys
from collections.abc import Mapping

from advisor.supervisor import servers, terminal
from advisor.supervisor.failures import CannotStart
from advisor.supervisor.state import PROJECT, State

PREPARATION = ("migrate", "load_catalogue", "seed_demo", "show_demo")


def run(state: State, *, port: int, stay: bool) -> int:
    """Prepare, show the demo, and, when told to stay, serve until a signal."""
    state.create()
    servers.claim(state)
    try:
        if stay:
            _check_port_is_free(port)
        with servers.started(state) as environment:
            environment.setdefault("PORT", str(port))
            _prepare(environment)
            if not stay:
                return 0
            print(f"Serving on http://127.0.0.1:{port}/ (Ctrl-C stops).", flush=True)
            commands = terminal.commands(state, port=port)
            return terminal.run(state, commands, environment)
    finally:
        servers.supervisor(state).forget()


def _check_port_is_free(port: int) -> None:
    with socket.socket() as probe:
        # Sockets of a server that has just stopped may linger; they do no harm.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} is not free ({error.strerror}): stop what listens"
                f" there, or choose another with PORT={port + 1}."
            ) from error


def _prepare(environment: Mapping[str, str]) -> None:
    """Migrate, load the catalogue, seed the demo, print it; each a no-op if done."""
    command = [sys.executable, "-m", "advisor.supervisor.prepare", *PREPARATION]
    done = subprocess.run(command, env=environment, cwd=PROJECT, check=False)
    if done.returncode:
        raise CannotStart(
            "Preparing the database failed; the lines above say why. If its data may"
            " go, remove the state folder (`make clean`) and start again."
        )
