"""Latency by size, measured on this machine: small models served one after the other.

Each GGUF file is served by `advisor.supervisor.serve_model`, and our own harness asks
it, one request at a time and four at once. Weights come from files, or from packages
that hold a file in parts; the demo's model is always there. A size is what llama.cpp
counts, not what a name claims.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from advisor.supervisor import local_model
from bench.local_server import SLOTS, parameters, served, target
from bench.split_weights import fetch
from benchmarks.harness.load import Lengths, Load, Profile
from benchmarks.harness.metrics import measured
from benchmarks.harness.runner import run
from benchmarks.harness.samples import SampleTable

LENGTHS = Lengths(input_tokens=100, output_tokens=48)
# Every answer has the length asked for, so that sizes are compared like with like.
BODY: tuple[tuple[str, object], ...] = (("ignore_eos", True), ("temperature", 0))


@dataclass(slots=True)
class Measured:
    """Requests of one load, of all rounds together, and how long they took."""

    tables: list[SampleTable] = field(default_factory=list)
    seconds: float = 0.0

    def p50(self, name: str) -> float:
        """Return the median of a figure in milliseconds."""
        return float(np.nanmedian(self._column(name)))

    def least(self, name: str) -> float:
        """Return the smallest value: that of the request disturbed least."""
        return float(np.nanmin(self._column(name)))

    @property
    def tokens_per_second(self) -> float:
        """Output tokens of all streams together."""
        return float(self._column("output_tokens").sum() / self.seconds)

    def _column(self, name: str) -> npt.NDArray[np.float32]:
        return measured(SampleTable.joined(self.tables))[name]


@dataclass(slots=True, kw_only=True)
class Rung:
    """One size: its parameters, and what was measured at one and at four streams."""

    path: Path
    parameters: int = 0
    rss_mb: float = 0.0
    single: Measured = field(default_factory=Measured)
    four: Measured = field(default_factory=Measured)


def main() -> None:
    """Measure every size in every round, print a table and one line."""
    options = _parser().parse_args()
    demo = local_model.weights()
    if demo is None:
        sys.exit("The demo's model is not installed: `make run` installs it.")
    files = [demo, *options.files]
    files += [fetch(split, options.scratch) for split in options.parts]
    rungs = [Rung(path=path) for path in files]
    busy = []
    # Rounds, so that every size meets the same neighbours on this machine.
    for number in range(options.rounds):
        for rung in rungs:
            print(f"Round {number + 1}: {rung.path.name}", file=sys.stderr, flush=True)
            busy.append(os.getloadavg()[0])
            _measure(rung, options.requests)
    rungs.sort(key=lambda rung: rung.parameters)
    _print_table(rungs, busy)
    print(json.dumps(_line(rungs, busy)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.local_ladder")
    parser.add_argument("files", nargs="*", type=Path, help="further GGUF files")
    parser.add_argument(
        "--parts",
        nargs="*",
        default=[],
        metavar="PREFIX:COUNT",
        help="packages PREFIX1 to PREFIXCOUNT that hold one GGUF file in parts",
    )
    parser.add_argument("--scratch", type=Path, default=Path("var/ladder"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=8, help="per load and round")
    return parser


def _measure(rung: Rung, requests: int) -> None:
    with served(rung.path) as (process, url):
        rung.parameters = parameters(url)
        _ask(url, requests, Profile.SINGLE, rung.single)
        _ask(url, requests, Profile.CONCURRENT, rung.four)
        rung.rss_mb = process.memory_info().rss / 1e6


def _ask(url: str, requests: int, profile: Profile, to: Measured) -> None:
    streams = SLOTS if profile is Profile.CONCURRENT else 1
    load = Load(
        profile=profile,
        requests=requests,
        lengths=(LENGTHS,),
        seed=time.time_ns() % 2**32,
        concurrency=streams,
        warmup=streams,
    )
    outcome = run(target(url, BODY), load)
    if outcome.cut_off or outcome.samples.failed.any():
        errors = {*filter(None, outcome.samples.words["error"])}
        sys.exit(f"Not all requests were answered: {outcome.stop}, {errors}.")
    to.tables.append(outcome.samples)
    to.seconds += outcome.window_s[1] - outcome.window_s[0]


def exponent(parameters: list[int], milliseconds: list[float]) -> float:
    """Return b of ms = a * parameters^b, by least squares on the logarithms."""
    slope, _ = np.polyfit(np.log(parameters), np.log(milliseconds), 1)
    return float(slope)


def _print_table(rungs: list[Rung], busy: list[float]) -> None:
    print(
        f"{os.cpu_count()} cores, load {min(busy):.1f} to {max(busy):.1f}; "
        f"{LENGTHS.input_tokens} tokens in, {LENGTHS.output_tokens} out; medians in ms;"
        f" one at a time | {SLOTS} at once"
    )
    cells = f"{'TTFT':>7}{'TPOT':>7}{'least':>7}{'request':>9}{'tok/s':>7}"
    print(f"{'model':<28}{'params':>8}{cells} |{cells}{'RSS MB':>8}")
    for rung in rungs:
        print(
            f"{rung.path.stem[:27]:<28}{rung.parameters / 1e6:>7.0f}M"
            f"{_cells(rung.single)} |{_cells(rung.four)}{rung.rss_mb:>8.0f}"
        )


def _cells(found: Measured) -> str:
    return (
        f"{found.p50('ttft_ms'):>7.0f}{found.p50('tpot_ms'):>7.1f}"
        f"{found.least('tpot_ms'):>7.1f}{found.p50('request_ms'):>9.0f}"
        f"{found.tokens_per_second:>7.1f}"
    )


def _line(rungs: list[Rung], busy: list[float]) -> dict[str, Any]:
    return {
        "bench": "local_ladder",
        "load": [round(min(busy), 2), round(max(busy), 2)],
        "sizes": [_size(rung) for rung in rungs],
        "tpot_exponent": _exponents(rungs) if len(rungs) > 1 else None,
    }


def _size(rung: Rung) -> dict[str, Any]:
    return {
        "model": rung.path.stem,
        "parameters": rung.parameters,
        "weights_mb": round(rung.path.stat().st_size / 1e6, 1),
        "rss_mb": round(rung.rss_mb),
        "single": _figures(rung.single),
        "four": _figures(rung.four),
    }


def _figures(found: Measured) -> dict[str, float]:
    return {
        "ttft_ms_p50": round(found.p50("ttft_ms"), 1),
        "tpot_ms_p50": round(found.p50("tpot_ms"), 2),
        "tpot_ms_least": round(found.least("tpot_ms"), 2),
        "request_ms_p50": round(found.p50("request_ms"), 1),
        "output_tokens_per_second": round(found.tokens_per_second, 1),
    }


def _exponents(rungs: list[Rung]) -> dict[str, float]:
    sizes = [rung.parameters for rung in rungs]
    columns = {
        "single": [rung.single.p50("tpot_ms") for rung in rungs],
        "single_least": [rung.single.least("tpot_ms") for rung in rungs],
        "four": [rung.four.p50("tpot_ms") for rung in rungs],
        "four_least": [rung.four.least("tpot_ms") for rung in rungs],
    }
    return {name: round(exponent(sizes, ms), 3) for name, ms in columns.items()}


if __name__ == "__main__":
    main()
