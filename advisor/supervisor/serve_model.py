"""Serves the weights of one GGUF file on loopback, as OpenAI's API, until a signal.

`python -m advisor.supervisor.serve_model FILE --name NAME --port PORT`: llama.cpp's
server inside this process, which knows no Django and needs xllamacpp only.
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any

from advisor.supervisor.local_model import packages

SLOTS = 4  # requests that are answered side by side; more of them wait
CONTEXT_TOKENS = 4096  # prompt and answer of one request
ERRORS_ONLY = 1  # llama.cpp's verbosity: 1 errors, 2 warnings, 3 every request
STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> None:
    """Serve until INT, TERM or a closed terminal; a foreseen failure is a line."""
    options = _parser().parse_args(arguments)
    if not options.weights.is_file():
        sys.exit(f"There is no file {options.weights}.")
    # Before llama.cpp starts its threads: they inherit the mask, so that a signal
    # waits for this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    server = _start(options)
    print(f"{options.name} answers on {server.listening_address}/v1", flush=True)
    signal.sigwait(STOP)
    # Taking the server down in order would wait for its open connections, up to
    # half a minute; it holds nothing that could be lost.
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m advisor.supervisor.serve_model")
    parser.add_argument("weights", type=Path, help="a GGUF file, or its first part")
    parser.add_argument("--name", required=True, help="the model's name on the wire")
    parser.add_argument("--port", type=int, required=True)
    # One core is left to whoever asks. llama.cpp's threads wait for each other at
    # every layer, so that one which finds its core busy holds up all of them.
    threads = max((os.cpu_count() or 1) - 1, 1)
    parser.add_argument("--threads", type=int, default=threads)
    parser.add_argument("--slots", type=int, default=SLOTS)
    parser.add_argument("--context", type=int, default=CONTEXT_TOKENS)
    return parser


def _start(options: argparse.Namespace) -> Any:
    """Load the weights and listen; ends the program when either fails."""
    sys.path.append(str(packages()))
    try:
        import xllamacpp
    except ImportError as error:
        sys.exit(f"xllamacpp is not here ({error}): see requirements-models.lock.")
    try:
        return xllamacpp.Server(_settings(xllamacpp.CommonParams(), options))
    except (RuntimeError, ValueError) as error:
        sys.exit(f"{options.weights.name} is not served: {error}")


def _settings(settings: Any, options: argparse.Namespace) -> Any:
    """Fill in llama.cpp's parameters: one model for this machine only, little kept."""
    settings.model.path = str(options.weights)
    settings.model_alias = {options.name}
    settings.hostnames = ["127.0.0.1"]
    settings.port = options.port
    settings.n_parallel = options.slots
    settings.cpuparams.n_threads = options.threads
    # A share for each: in a common pool, one request too many would fail them all.
    settings.n_ctx = options.context * options.slots
    # Prompts of the past are not kept aside: gigabytes, and a warmer cache than
    # a measurement asks for.
    settings.cache_ram_mib = 0
    settings.verbosity = ERRORS_ONLY
    settings.ui = False
    settings.endpoint_slots = False
    return settings


if __name__ == "__main__":
    main(sys.argv[1:])
