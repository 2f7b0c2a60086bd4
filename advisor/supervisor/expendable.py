"""Runs a program that the others can do without: its end is told, and ends nothing.

`python -m advisor.supervisor.expendable NAME COMMAND…`: the terminal stops every
process when one ends, so this one stays until a signal, with or without its program.
"""

import signal
import subprocess
import sys
import time
from types import FrameType

LOOK_EVERY_S = 0.2
PATIENCE_S = 3.0  # less than the terminal has with us


def main(arguments: list[str]) -> None:
    """Run the command until it ends or a signal comes, and stay until one does."""
    name, *command = arguments
    signals: list[int] = []

    def note(signum: int, frame: FrameType | None) -> None:
        signals.append(signum)

    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, note)
    child = subprocess.Popen(command)
    told = False
    while not signals:
        if not told and child.poll() is not None:
            print(f"{_end_of(name, child)} All else goes on without it.", flush=True)
            told = True
        time.sleep(LOOK_EVERY_S)
    _stop(child)


def _end_of(name: str, child: subprocess.Popen[bytes]) -> str:
    how = f"code {child.returncode}"
    if child.returncode < 0:
        how = signal.Signals(-child.returncode).name
    return f"{name[:1].upper()}{name[1:]} has ended by itself ({how})."


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
