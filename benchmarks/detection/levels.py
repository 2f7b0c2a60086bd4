"""Steps in the level of a positive figure, such as a run's median TTFT.

After each run, the last 3 to 25 are held against the runs before them, on the log scale
(a window-limited generalized likelihood ratio; Lai 1995, doi:10.1111/j.2517-6161.1995
.tb02052.x). Both sides are robust: the runs before are clipped, and in the window no
run counts for more than two others bear out, so that a spike is no step.

The thresholds come from simulation: `python -m bench.changes --calibrate` shows what
each choice would find and how often it would be wrong.
"""

import math
from bisect import bisect_left, insort

from benchmarks.detection.noise import Baseline, Noise, fit, middle_of
from benchmarks.detection.windows import (
    LEAST_BASELINE,
    LEAST_BASELINE_AFTER_CHANGE,
    LONGEST_BASELINE,
    WINDOWS,
    Step,
)

# Smaller steps are no change, however sure: 10 % up, or as much down on the log scale.
LEAST_LOG_STEP = math.log(1.10)
# Deviations needed. 20 % less is a longer step in logs than 20 % more, so it can be
# asked for more and still be found as often.
UP, DOWN = 3.45, 3.85
# Added by window. The shortest would otherwise see what is two runs long; the longest
# matter on noisy endpoints only, where care is needed most.
EXTRA = (0.9, 0.5, 0.0, 0.2, 0.5, 0.6, 0.7, 0.7, 0.7, 0.7)
# A baseline of fewer runs than `SETTLED` adds its own error, and `SHORT` deviations
# times how much wider it is; from there on its error is part of the calibration.
SETTLED = 30
SHORT = 12.0
# In deviations above the middle of the window (or its third run, if less): a run counts
# for no more than `LEAD`, and beyond `SPIKE` as the middle one.
LEAD, SPIKE = 2.0, 4.0
# What is plainly no step is passed over by this share of the minimum, on medians.
GLANCE = 0.9 * LEAST_LOG_STEP
# After a change the noise found so far is believed like this many runs.
CARRIED_RUNS = 40.0


class LevelChart:
    """Watches one figure; forgets the level at every change, but not the noise."""

    def __init__(self) -> None:
        """Start with nothing known but the prior noise."""
        self._begin(Noise(), LEAST_BASELINE)

    def _begin(self, noise: Noise, least_baseline: int) -> None:
        self._noise = noise
        self._least_baseline = least_baseline
        self._indices: list[int] = []
        self._logs: list[float] = []
        self._sums = [0.0]
        self._ordered: list[float] = []
        self._medians = [math.nan]
        self._baselines: dict[int, Baseline] = {}

    def observe(self, index: int, value: float) -> Step | None:
        """Take the figure of run `index` and return the step it confirms, if any."""
        self._append(index, math.log(value))
        steps = [
            self._weigh(runs, extra)
            for runs, extra in zip(WINDOWS, EXTRA, strict=True)
            if self._worth_weighing(runs)
        ]
        best = max(filter(None, steps), key=lambda step: step.score, default=None)
        if best:
            self._restart(len(best.rests_on_after))
        return best

    def _append(self, index: int, log: float) -> None:
        self._indices.append(index)
        self._logs.append(log)
        self._sums.append(self._sums[-1] + log)
        insort(self._ordered, log)
        if len(self._ordered) > LONGEST_BASELINE:
            leaving = self._logs[-LONGEST_BASELINE - 1]
            del self._ordered[bisect_left(self._ordered, leaving)]
        self._medians.append(middle_of(self._ordered))

    def _restart(self, runs: int) -> None:
        """Begin anew with the changed runs as all that is known of the level."""
        baseline = self._baselines[len(self._logs) - runs]
        kept = list(zip(self._indices[-runs:], self._logs[-runs:], strict=True))
        noise = Noise(sd=baseline.sd, runs=CARRIED_RUNS)
        self._begin(noise, LEAST_BASELINE_AFTER_CHANGE)
        for index, log in kept:
            self._append(index, log)

    def _worth_weighing(self, runs: int) -> bool:
        end = len(self._logs)
        start = end - runs
        if start < self._least_baseline:
            return False
        mean = (self._sums[end] - self._sums[start]) / runs
        return abs(mean - self._medians[start]) >= GLANCE

    def _baseline(self, end: int) -> Baseline:
        if end not in self._baselines:
            logs = self._logs[max(0, end - LONGEST_BASELINE) : end]
            self._baselines[end] = fit(logs, self._noise)
        return self._baselines[end]

    def _weigh(self, runs: int, extra: float) -> Step | None:
        """Return the last runs' step from the runs before, if it is a change."""
        start = len(self._logs) - runs
        baseline = self._baseline(start)
        gaps = [log - baseline.centre for log in self._logs[start:]]
        rising = sum(gaps) > 0
        size = borne_out(gaps if rising else [-gap for gap in gaps], baseline.sd)
        unsettled = max(0.0, 1 / baseline.runs - 1 / SETTLED)
        error = baseline.sd * math.sqrt(baseline.mean_variance(runs) + unsettled)
        threshold = (UP if rising else DOWN) + extra + SHORT * unsettled
        if size < LEAST_LOG_STEP or size <= threshold * error:
            return None
        after = fit(self._logs[start:], Noise(sd=baseline.sd, runs=CARRIED_RUNS))
        return Step(
            rising=rising,
            before=math.exp(baseline.centre),
            after=math.exp(after.centre),
            score=size / error,
            threshold=threshold,
            rests_on_before=tuple(self._indices[start - baseline.runs : start]),
            rests_on_after=tuple(self._indices[start:]),
        )


def borne_out(gaps: list[float], sd: float) -> float:
    """Return the mean of a window's gaps upwards, none taken alone at its word."""
    ordered = sorted(gaps)
    middle = ordered[min((len(gaps) - 1) // 2, len(gaps) - 3)]
    cap, spike = middle + LEAD * sd, middle + SPIKE * sd
    counted = [
        gap if gap <= cap else cap if gap <= spike else middle for gap in ordered
    ]
    return sum(counted) / len(counted)
