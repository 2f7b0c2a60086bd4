"""Change detection on simulated series: what is found, how soon, how often wrongly.

Every series has TTFT, TPOT and errors, watched together by the code that serves; a step
is in TTFT alone and counts as found at the first change of TTFT in its direction.
"Within five runs" counts the runs at the new level, the first one included. With
`--calibrate` the two thresholds of the levels vary instead. When apache-otava can be
imported (`PYTHONPATH` of an environment of its own: it pins numpy), it is asked after
every run of the same simulation.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.detection import levels
from benchmarks.detection.detect import Monitor, detect
from benchmarks.detection.runs import Change, Direction, RunFigures

SEED = 20261125
QUIET, NOISY = 0.08, 0.20
LENGTH = 200  # runs of a stable series
HISTORY, SHORT_HISTORY = 30, 12
STEPS = (1.2, 0.8)
REQUESTS, ERROR_RATE = 60, 0.01
Z95 = 1.96

Noise = Callable[[np.random.Generator, tuple[int, int], float], Any]


def gaussian(rng: np.random.Generator, shape: tuple[int, int], sd: float) -> Any:
    """Return independent normal log deviations."""
    return sd * rng.normal(size=shape)


def heavy_tailed(rng: np.random.Generator, shape: tuple[int, int], sd: float) -> Any:
    """Return Student's t with 3 degrees of freedom, whose variance is 3, scaled."""
    return sd / math.sqrt(3) * rng.standard_t(3, shape)


def autocorrelated(rng: np.random.Generator, shape: tuple[int, int], sd: float) -> Any:
    """Return a first-order autoregression of 0.3 with stationary deviation `sd`."""
    noise = rng.normal(size=shape)
    for run in range(1, shape[1]):
        noise[:, run] = 0.3 * noise[:, run - 1] + math.sqrt(0.91) * noise[:, run]
    return sd * noise


@dataclass(frozen=True)
class Share:
    """Hits of trials, with Wilson's 95 % interval."""

    hits: int
    trials: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.trials

    def __str__(self) -> str:
        """Return the share and its interval in percent."""
        n, z2 = self.trials, Z95**2
        middle = (self.hits + z2 / 2) / (n + z2)
        half = Z95 / (n + z2) * math.sqrt(self.hits * (n - self.hits) / n + z2 / 4)
        return f"{self.value:.1%} ({middle - half:.1%} to {middle + half:.1%})"


@dataclass(frozen=True)
class Alarms:
    """Changes reported in stable series, per thousand runs, with a 95 % interval."""

    per_series: Any
    runs: int

    @property
    def per_1000(self) -> float:
        """The mean."""
        return 1000 * float(np.mean(self.per_series)) / self.runs

    def __str__(self) -> str:
        """Return the mean and an interval from the spread between series."""
        error = np.std(self.per_series, ddof=1) / math.sqrt(len(self.per_series))
        half = 1000 * Z95 * float(error) / self.runs
        return (
            f"{self.per_1000:.2f} ({max(0, self.per_1000 - half):.2f}"
            f" to {self.per_1000 + half:.2f})"
        )


@dataclass(frozen=True)
class Delays:
    """Runs at the new level until a step was found; infinite when it was not."""

    runs: Any

    def within(self, runs: int) -> Share:
        """Return how many were found in so many runs."""
        return Share(int(np.sum(self.runs <= runs)), len(self.runs))

    def quantile(self, share: float) -> float | None:
        """Return the delay by which that share was found, None when it never was."""
        found = float(np.quantile(self.runs, share, method="inverted_cdf"))
        return found if math.isfinite(found) else None

    def __str__(self) -> str:
        """Return the share found in five runs, and the median delay."""
        return f"{self.within(5)} in 5 runs, median {self.quantile(0.5)}"


class Simulation:
    """Series of an endpoint at rest, and what disturbs them."""

    def __init__(self, noise: Noise = gaussian, sd: float = QUIET) -> None:
        """Draw from the same seed each time."""
        self.rng = np.random.default_rng(SEED)
        self.noise = partial(noise, self.rng, sd=sd)

    def series(self, count: int, length: int, ttft_steps: Any = 0.0) -> Iterable[Any]:
        """Yield series of runs, `ttft_steps` (log, by run) added to TTFT."""
        ttft = 400 * np.exp(self.noise((count, length)) + ttft_steps)
        tpot = 20 * np.exp(self.noise((count, length)))
        errors = self.rng.binomial(REQUESTS, self.error_rates((count, length)))
        for row in zip(ttft.tolist(), tpot.tolist(), errors.tolist(), strict=True):
            yield [
                RunFigures(
                    at=index,
                    figures={"ttft_ms_p50": first, "tpot_ms_p50": each},
                    requests=REQUESTS,
                    errors=failed,
                )
                for index, (first, each, failed) in enumerate(zip(*row, strict=True))
            ]

    def error_rates(self, shape: tuple[int, int]) -> Any:
        """Return every run's true rate."""
        return np.full(shape, ERROR_RATE)

    def stable(self, count: int, length: int = LENGTH) -> Alarms:
        """Count the changes reported where there are none."""
        alarms = [len(detect(runs)) for runs in self.series(count, length)]
        return Alarms(np.array(alarms), length)

    def steps(self, ratio: float, history: int, count: int, patience: int) -> Delays:
        """Let TTFT step to `ratio` after a stable history, and wait for it."""
        shift = np.zeros(history + patience)
        shift[history:] = math.log(ratio)
        direction = Direction.UP if ratio > 1 else Direction.DOWN
        rows = self.series(count, history + patience, shift)
        return Delays(np.array([_delay(runs, history, direction) for runs in rows]))

    def drift(self, per_run: float, count: int) -> Delays:
        """Let TTFT grow by a share per run from the end of the history on."""
        shift = np.zeros(HISTORY + 60)
        shift[HISTORY:] = math.log1p(per_run) * np.arange(1, 61)
        rows = self.series(count, HISTORY + 60, shift)
        return Delays(np.array([_delay(runs, HISTORY, Direction.UP) for runs in rows]))

    def spikes(self, count: int, runs_long: int) -> Share:
        """Triple TTFT for so many runs; count those reported in the nine from there."""
        shift = np.zeros(HISTORY + 9)
        shift[HISTORY : HISTORY + runs_long] = math.log(3)
        rows = self.series(count, HISTORY + 9, shift)
        hits = [math.isfinite(_delay(runs, HISTORY, Direction.UP)) for runs in rows]
        return Share(sum(hits), count)


class ErrorSteps(Simulation):
    """Errors step from 1 % to 5 % after the history; the times stay."""

    def error_rates(self, shape: tuple[int, int]) -> Any:
        """Return every run's true rate."""
        rates = np.full(shape, ERROR_RATE)
        rates[:, HISTORY:] = 0.05
        return rates

    def delays(self, count: int) -> Delays:
        """Wait twenty runs for the step."""
        rows = self.series(count, HISTORY + 20)
        find = partial(_delay, direction=Direction.UP, figure="error_rate")
        return Delays(np.array([find(runs, HISTORY) for runs in rows]))


class ScatteredErrors(Simulation):
    """Error rates differ between runs: beta-distributed with a deviation of 1.7 %."""

    def error_rates(self, shape: tuple[int, int]) -> Any:
        """Return every run's true rate."""
        return self.rng.beta(0.333, 33, shape)


def _delay(
    runs: list[RunFigures],
    history: int,
    direction: Direction,
    figure: str = "ttft_ms_p50",
) -> float:
    monitor = Monitor()
    for number, run in enumerate(runs):
        for change in monitor.observe(run):
            if number >= history and _matches(change, figure, direction):
                return number - history + 1
    return math.inf


def _matches(change: Change, figure: str, direction: Direction) -> bool:
    return change.figure == figure and change.direction is direction


def main(arguments: list[str]) -> None:
    """Simulate, print a table and one line of JSON."""
    if "--calibrate" in arguments:
        calibrate()
        return
    begun = time.process_time()
    quiet = _situation("normal, sd 0.08", Simulation, stable=1_000, steps=2_000)
    heavy = _situation("t(3), sd 0.08", partial(Simulation, heavy_tailed))
    correlated = _situation("AR(1) 0.3, sd 0.08", partial(Simulation, autocorrelated))
    line = {
        "bench": "changes",
        **_both(quiet),
        "heavy_tailed": _both(heavy),
        "autocorrelated": _both(correlated),
        **_noisy(),
        "short_history": _short(),
        "drift_runs_to_detection": _drift(),
        "spikes_reported": _spikes(),
        **_errors(),
        "ms_per_200_runs": _speed(),
    }
    peer = _peer()
    print(f"{time.process_time() - begun:.0f} s of CPU")
    print(json.dumps(line | ({"peers": {"otava": peer}} if peer else {})))


def _situation(
    title: str,
    simulation: Callable[[], Simulation],
    stable: int = 300,
    steps: int = 1_000,
) -> tuple[Alarms, list[Delays]]:
    alarms = simulation().stable(stable)
    print(f"{title}: false alarms per 1,000 runs {alarms}")
    delays = []
    for ratio in STEPS:
        delays.append(simulation().steps(ratio, HISTORY, steps, 20))
        print(f"  step to {ratio} after {HISTORY} runs: {delays[-1]}")
    return alarms, delays


def _both(situation: tuple[Alarms, list[Delays]]) -> dict[str, float]:
    alarms, delays = situation
    return {
        "found": _mean_share(delays, 5),
        "found_up": round(delays[0].within(5).value, 3),
        "found_down": round(delays[1].within(5).value, 3),
        "found_in_six": _mean_share(delays, 6),
        "false_per_1000": round(alarms.per_1000, 2),
    }


def _mean_share(delays: list[Delays], runs: int) -> float:
    return round(float(np.mean([each.within(runs).value for each in delays])), 3)


def _noisy() -> dict[str, Any]:
    noisy = partial(Simulation, sd=NOISY)
    alarms = noisy().stable(300)
    print(f"normal, sd 0.20: false alarms per 1,000 runs {alarms}")
    report = {"false_per_1000": round(alarms.per_1000, 2)}
    medians = {}
    for name, ratio in zip(("up", "down"), STEPS, strict=True):
        delays = noisy().steps(ratio, HISTORY, 500, 60)
        medians[name] = {
            "median": delays.quantile(0.5),
            "p90": delays.quantile(0.9),
            "found_in_20": round(delays.within(20).value, 3),
        }
        print(f"  step to {ratio}: {medians[name]}, {delays.within(20)} in 20 runs")
    return {"noisy_runs_to_detection": medians, "noisy": report}


def _short() -> dict[str, float]:
    found = {}
    for name, ratio in zip(("found_up", "found_down"), STEPS, strict=True):
        delays = Simulation().steps(ratio, SHORT_HISTORY, 1_000, 20)
        print(f"step to {ratio} after {SHORT_HISTORY} runs: {delays}")
        found[name] = round(delays.within(5).value, 3)
        found[f"{name}_in_ten"] = round(delays.within(10).value, 3)
    alarms = Simulation().stable(1_500, HISTORY)
    print(f"first {HISTORY} runs of a series: false alarms per 1,000 runs {alarms}")
    return found | {"false_per_1000": round(alarms.per_1000, 2)}


def _drift() -> dict[str, float | None]:
    delays = Simulation().drift(0.01, 500)
    report = {"median": delays.quantile(0.5), "p90": delays.quantile(0.9)}
    print(f"drift of 1 % a run: first reported after {report}")
    return report


def _spikes() -> dict[str, float]:
    reported = {}
    for name, runs_long in (("none", 0), ("one_run", 1), ("two_runs", 2)):
        share = Simulation().spikes(1_500, runs_long)
        print(f"TTFT tripled for {runs_long} runs, reported: {share}")
        reported[name] = round(share.value, 4)
    return reported


def _errors() -> dict[str, Any]:
    delays = ErrorSteps().delays(500)
    print(f"errors from 1 % to 5 % of {REQUESTS} requests: {delays}")
    alarms = ScatteredErrors().stable(200)
    print(f"error rates scattered: false alarms per 1,000 runs {alarms}")
    return {
        "error_step": {
            "found_in_5": round(delays.within(5).value, 3),
            "median": delays.quantile(0.5),
        },
        "scattered_errors_false_per_1000": round(alarms.per_1000, 2),
    }


def _speed() -> float:
    rows = list(Simulation().series(30, LENGTH))
    seconds = []
    for runs in rows:
        begun = time.process_time()
        detect(runs)
        seconds.append(time.process_time() - begun)
    print(f"a series of {LENGTH} runs: {np.median(seconds) * 1e3:.1f} ms of CPU")
    return round(float(np.median(seconds)) * 1e3, 1)


def calibrate() -> None:
    """Print what each pair of thresholds would find, and how often wrongly."""
    print("up    down  +20 % in 5   -20 % in 5   false per 1,000")
    for up, down in ((3.25, 3.65), (3.35, 3.75), (3.45, 3.85), (3.55, 3.95)):
        levels.UP, levels.DOWN = up, down
        alarms, delays = _quietly(Simulation)
        shares = [f"{each.within(5).value:<11.1%}" for each in delays]
        print(f"{up:<5} {down:<5} {'  '.join(shares)}  {alarms}")


def _quietly(simulation: Callable[[], Simulation]) -> tuple[Alarms, list[Delays]]:
    steps = [simulation().steps(ratio, HISTORY, 2_000, 6) for ratio in STEPS]
    return simulation().stable(1_000), steps


def _peer() -> dict[str, float] | None:
    """Ask apache-otava after every run; a point is new if none was within five runs."""
    try:
        from otava.analysis import compute_change_points
    except ImportError:
        print("apache-otava: not installed here")
        return None

    def points(values: list[float]) -> list[int]:
        found, _ = compute_change_points(values, max_pvalue=0.001, min_magnitude=0.1)
        return [point.index for point in found]

    alarms = Alarms(
        np.array([_peer_alarms(points, runs) for runs in Simulation().series(20, 100)]),
        100,
    )
    found = []
    for ratio in STEPS:
        shift = np.repeat([0.0, math.log(ratio)], (HISTORY, 5))
        rows = Simulation().series(100, HISTORY + 5, shift)
        hits = sum(_peer_finds(points, runs) for runs in rows)
        found.append(Share(hits, 100))
    print(f"apache-otava: +20 % {found[0]}, -20 % {found[1]}, false {alarms}")
    return {
        "found": round((found[0].value + found[1].value) / 2, 3),
        "false_per_1000": round(alarms.per_1000, 2),
    }


def _peer_alarms(points: Callable[[list[float]], list[int]], runs: Any) -> int:
    reported = 0
    for figure in ("ttft_ms_p50", "tpot_ms_p50"):
        values = [run.figures[figure] for run in runs]
        seen: list[int] = []
        for end in range(10, len(values) + 1):
            for point in points(values[:end]):
                if all(abs(point - earlier) > 5 for earlier in seen):
                    seen.append(point)
        reported += len(seen)
    return reported


def _peer_finds(points: Callable[[list[float]], list[int]], runs: Any) -> bool:
    values = [run.figures["ttft_ms_p50"] for run in runs]
    return any(
        abs(point - HISTORY) <= 3
        for end in range(HISTORY + 1, len(values) + 1)
        for point in points(values[:end])
    )


if __name__ == "__main__":
    main(sys.argv[1:])
