"""`run` and `demo`: everything from an empty machine to the demo's tables."""

import socket
import subprocess
import sys
from collections.abc import Mapping

from advisor.supervisor import local_model, servers, terminal
from advisor.supervisor.failures import CannotStart
from advisor.supervisor.local_model import LocalModel
from advisor.supervisor.state import PROJECT, State

PREPARATION = (
    *("migrate", "load_catalogue", "make_chart_library", "seed_suite"),
    *("seed_demo", "seed_demo_reader", "show_demo"),
)


def run(state: State, *, port: int, model_port: int, stay: bool) -> int:
    """Prepare, show the demo, and, when told to stay, serve until a signal."""
    state.create()
    servers.claim(state)
    try:
        if stay:
            _check_port_is_free(port)
        with servers.started(state) as environment:
            environment.setdefault("PORT", str(port))
            environment.setdefault("PUBLIC_URL", f"http://localhost:{port}")
            if stay:
                model = _model(model_port)
                return _serve(state, environment, port=port, model=model)
            _prepare(environment)
            return 0
    finally:
        servers.supervisor(state).forget()


def _serve(
    state: State, environment: Mapping[str, str], *, port: int, model: LocalModel | None
) -> int:
    """Prepare, then run web, workers, beat and the model until a signal."""
    commands = terminal.commands(state, port=port)
    if model:
        environment = model.told(environment)
        commands["model"] = model.command()
    _prepare(environment)
    print(f"Serving on http://127.0.0.1:{port}/ (Ctrl-C stops).", flush=True)
    return terminal.run(state, commands, environment)


def _check_port_is_free(port: int) -> None:
    if problem := _port_problem(port):
        raise CannotStart(
            f"Port {port} is not free ({problem}): stop what listens there, or choose"
            f" another with PORT={port + 1}."
        )


def _port_problem(port: int) -> str:
    """Return why nothing can listen on the port, empty when something can."""
    with socket.socket() as probe:
        # Sockets of a server that has just stopped may linger; they do no harm.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _model(port: int) -> LocalModel | None:
    """Return the model to serve; where it cannot be, say so and go on without."""
    weights = local_model.weights()
    if weights is None:
        print("No local model is served: its packages are not installed.", flush=True)
        return None
    if problem := _port_problem(port):
        print(
            f"No local model is served: port {port} is not free ({problem}); choose"
            " another with MODEL_PORT.",
            flush=True,
        )
        return None
    return LocalModel(weights=weights, port=port)


def _prepare(environment: Mapping[str, str]) -> None:
    """Migrate, load the catalogue, seed the demo, print it; each a no-op if done."""
    command = [sys.executable, "-m", "advisor.supervisor.prepare", *PREPARATION]
    done = subprocess.run(command, env=environment, cwd=PROJECT, check=False)
    if done.returncode:
        raise CannotStart(
            "Preparing the database failed; the lines above say why. If its data may"
            " go, remove the state folder (`make clean`) and start again."
        )
