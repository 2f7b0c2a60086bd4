"""Serve the simulator: `python -m benchmarks.simulator --port 8900`.

The first line that it prints is its URL.
"""

import argparse
import asyncio
import contextlib
import ssl
import sys
from pathlib import Path

from benchmarks.simulator.server import serve


def main() -> None:
    """Serve until interrupted, or until stdin closes when that was asked for."""
    options = _parser().parse_args()
    with contextlib.suppress(KeyboardInterrupt), _runner() as runner:
        runner.run(_serve(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--certificate", type=Path, help="PEM file with key: serve TLS")
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end with the program that started this, however that ends",
    )
    return parser


def _runner() -> asyncio.Runner:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _serve(options: argparse.Namespace) -> None:
    tls = None
    if options.certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate)
    server = await serve(host=options.host, port=options.port, tls=tls)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"{'https' if tls else 'http'}://{host}:{port}", flush=True)
    if options.until_stdin_closes:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    else:
        await server.serve_forever()


if __name__ == "__main__":
    main()
