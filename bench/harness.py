"""The harness's client against truth, and against a minimal client on aiohttp.

A simulator in a process of its own sends 50 tokens, the first after 200 ms, then one
every 20 ms, and records when it did; each client has a process of its own and the CPU
is that process's. The two take turns, and what counts is the median over the pairs.
Starts are ramped over one TTFT and ITL; all at once is reported apart, as then the
simulator's own queue counts as the client's error.

Where AIPERF_VENV names a virtual environment that has aiperf, that is run as well.
"""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import aiperf
from bench.harness_clients import ITL_S, TOKENS, TTFT_S
from benchmarks.simulator.remote import Simulator, started

PAIRS = 5
# Streams, requests of each.
LOADS = [(1, 6), (32, 3), (256, 3)]
MOST = LOADS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of one client: errors are relative, CPU is per 1,000 tokens."""

    ttft_p50_error: float
    ttft_p95_error: float
    tpot_error: float
    cpu_s_per_ktok: float


def main() -> None:
    """Run every load, print a table and one line of JSON."""
    print(f"{'streams':>7} {'starts':<8}{'client':<9}", end="")
    print(f"{'TTFT p50':>10}{'p95':>9}{'TPOT':>9}{'CPU s/ktok':>12}{'to aiohttp':>12}")
    with started() as simulator:
        ramped = {
            load[0]: _compared(simulator, load, ramped=True, pairs=PAIRS)
            for load in LOADS
        }
        burst = _compared(simulator, MOST, ramped=False, pairs=2)
        peers = _peers(simulator, ramped[MOST[0]], burst)
    ours, _, ratio = ramped[MOST[0]]
    line = {
        "bench": "harness",
        "streams": MOST[0],
        **_shown(ours),
        "cpu_ratio_to_aiohttp": round(ratio, 3),
        "peers": peers,
        "by_streams": {
            str(streams): {**_shown(found), "cpu_ratio_to_aiohttp": round(ratio, 3)}
            for streams, (found, _, ratio) in ramped.items()
        },
        "all_at_once": _shown(burst[0]),
    }
    print(json.dumps(line))


Comparison = tuple[Round, Round, float]  # ours, aiohttp, our share of its CPU


def _compared(
    simulator: Simulator, load: tuple[int, int], *, ramped: bool, pairs: int
) -> Comparison:
    """Run both clients in turn, each going first as often as the other."""
    rounds: dict[str, list[Round]] = {"ours": [], "aiohttp": []}
    for number in range(pairs):
        order = ["ours", "aiohttp"][:: 1 if number % 2 else -1]
        for kind in order:
            rounds[kind].append(_round(simulator, kind, load, ramped=ramped))
    ratio = statistics.median(
        ours.cpu_s_per_ktok / theirs.cpu_s_per_ktok
        for ours, theirs in zip(rounds["ours"], rounds["aiohttp"], strict=True)
    )
    ours, theirs = (_median(rounds[kind]) for kind in ("ours", "aiohttp"))
    starts = "ramped" if ramped else "at once"
    _print(load[0], starts, "ours", ours, f"{ratio:.2f}")
    _print(load[0], starts, "aiohttp", theirs, "1")
    return ours, theirs, ratio


def _round(
    simulator: Simulator, kind: str, load: tuple[int, int], *, ramped: bool
) -> Round:
    provider = f"{kind}-{load[0]}"
    behave(simulator, provider)
    behave(simulator, f"{provider}-warm-up")
    command = [sys.executable, "-m", "bench.harness_clients", kind]
    command += [f"{simulator.url}/{provider}", *map(str, load), str(int(ramped))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return judged(
        simulator, provider, found["ttft_ms"], found["tpot_ms"], found["cpu_s"]
    )


def behave(simulator: Simulator, provider: str) -> None:
    """Make a provider as new, with the bench's timing."""
    simulator.forget(provider)
    simulator.behave(provider, ttft_ms=TTFT_S * 1e3, itl_ms=ITL_S * 1e3)


def judged(
    simulator: Simulator,
    provider: str,
    ttft_ms: list[float],
    tpot_ms: list[float],
    cpu_s: float,
) -> Round:
    """Hold what a client measured against what was sent to it."""
    records = simulator.records(provider)
    if len(records) != len(ttft_ms):
        raise RuntimeError(f"{len(ttft_ms)} measured, {len(records)} served")
    sent = [record["token_times"] for record in records]
    true_ttft = [
        (times[0] - record["received"]) * 1e3
        for times, record in zip(sent, records, strict=True)
    ]
    true_tpot = [(times[-1] - times[0]) * 1e3 / (len(times) - 1) for times in sent]
    return Round(
        ttft_p50_error=_error(ttft_ms, true_ttft, 50),
        ttft_p95_error=_error(ttft_ms, true_ttft, 95),
        tpot_error=_error(tpot_ms, true_tpot, 50),
        cpu_s_per_ktok=cpu_s * 1e3 / (len(records) * TOKENS),
    )


def _error(measured: list[float], true: list[float], percent: int) -> float:
    return float(np.percentile(measured, percent) / np.percentile(true, percent) - 1)


def _median(rounds: list[Round]) -> Round:
    names = Round.__dataclass_fields__
    return Round(
        **{
            name: statistics.median(getattr(each, name) for each in rounds)
            for name in names
        }
    )


def _peers(
    simulator: Simulator, ramped: Comparison, burst: Comparison
) -> dict[str, object]:
    """Return what the others reached at the most streams, aiperf if it is here."""
    peers: dict[str, object] = {
        "aiohttp": {**_shown(ramped[1]), "all_at_once": _shown(burst[1])}
    }
    folder = os.environ.get("AIPERF_VENV")
    if folder:
        for ramp, starts in ((True, "ramped"), (False, "all_at_once")):
            behave(simulator, "aiperf")
            found = aiperf.profile(
                Path(folder), simulator.url, "aiperf", *MOST, ramped=ramp
            )
            result = judged(simulator, "aiperf", *found)
            _print(MOST[0], "ramped" if ramp else "at once", "aiperf", result, "")
            peers[f"aiperf_{starts}"] = _shown(result)
    return peers


def _shown(found: Round) -> dict[str, float]:
    names = Round.__dataclass_fields__
    return {name: round(getattr(found, name), 4) for name in names}


def _print(streams: int, starts: str, client: str, found: Round, ratio: str) -> None:
    errors = (found.ttft_p50_error, found.ttft_p95_error, found.tpot_error)
    p50, p95, tpot = (f"{error:+.2%}" for error in errors)
    print(
        f"{streams:>7} {starts:<8}{client:<9}{p50:>10}{p95:>9}{tpot:>9}"
        f"{found.cpu_s_per_ktok:>12.4f}{ratio:>12}",
        flush=True,
    )


if __name__ == "__main__":
    main()
