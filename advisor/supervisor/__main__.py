"""The supervisor's command line."""

import argparse
import os
import sys
from pathlib import Path

from advisor.supervisor.failures import CannotStart, Stopped
from advisor.supervisor.state import PROJECT, State

OLDEST_PYTHON = (3, 11)
LAST_PORT = 65535


def main(arguments: list[str]) -> int:
    """Run one command; a foreseen failure is one sentence and exit code 1."""
    try:
        check_python(sys.version_info[:2])
        options = _parser().parse_args(arguments)
        return _dispatch(options)
    except CannotStart as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Stopped:
        return 143


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that the pinned requirements do not know."""
    if version < OLDEST_PYTHON:
        found = ".".join(map(str, version))
        raise CannotStart(
            f"This is Python {found}: install Python 3.11 or later and say which"
            " with `make PYTHON=python3.11`."
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m advisor.supervisor")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="prepare, show the demo, serve until Ctrl-C")
    commands.add_parser("demo", help="prepare, show the demo, stop")
    commands.add_parser("stop", help="stop what a killed run left behind")
    commands.add_parser("lint", help="the checks that need no server")
    test = commands.add_parser("test", help="all checks, or pytest with arguments")
    test.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    do = commands.add_parser("with-servers", help="run a command beside fresh servers")
    do.add_argument("argv", nargs="+", help="the command, after --")
    return parser


def _dispatch(options: argparse.Namespace) -> int:
    try:
        from advisor.supervisor import checks, run, servers
    except ImportError as error:
        raise CannotStart(
            f"{error.name} is not installed: run this with `make`, or install"
            " requirements-dev.lock first."
        ) from error
    if options.command == "stop":
        return servers.stop(_state())
    if options.command == "lint":
        return checks.lint()
    if options.command == "test":
        return checks.run(options.pytest)
    if options.command == "with-servers":
        return checks.beside_servers(options.argv)
    port = _port("PORT", 8000)
    model_port = _port("MODEL_PORT", port + 1 if port < LAST_PORT else port - 1)
    stay = options.command == "run"
    return run.run(_state(), port=port, model_port=model_port, stay=stay)


def _state() -> State:
    folder = os.environ.get("RIGHTSIZE_STATE") or PROJECT / "var"
    return State(Path(folder).resolve())


def _port(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) <= LAST_PORT:
        raise CannotStart(
            f"{name} is {text!r}: set it to a number from 1 to {LAST_PORT}, or unset"
            " it."
        )
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
