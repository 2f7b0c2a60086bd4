"""Steps in the share of requests that fail.

The windows are those of the levels. The evidence is exact: given all errors of window
and baseline together, those in the window are binomial if nothing changed, whatever
the rate (Przyborowski and Wilenski 1940). Where rates scatter more than chance explains
they count for less, by the dispersion factor of a quasi-binomial fit.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from statistics import NormalDist

from benchmarks.detection.windows import (
    LEAST_BASELINE,
    LEAST_BASELINE_AFTER_CHANGE,
    LONGEST_BASELINE,
    WINDOWS,
    Step,
)

# Smaller steps are no change: one request in a hundred.
LEAST_STEP = 0.01
# Deviations needed, p = 1.1e-5 one-sided: leaves nearly all false alarms to the times.
THRESHOLD = 4.25
# This share of the runs before, the worst ones, counts as the next worst; but so many
# errors in a run are nothing out of the way, or rare errors would count as none.
OUTLYING_SHARE = 0.1
USUAL_ERRORS = 2
_LEAST_P = 1e-300

# Windows short of this many deviations by a rough test are passed over.
GLANCE = THRESHOLD / 2

Counts = tuple[int, int]  # errors, requests


class ErrorRateChart:
    """Watches one series' error rate; begins anew at every change."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._begin(LEAST_BASELINE)

    def _begin(self, least_baseline: int) -> None:
        self._least_baseline = least_baseline
        self._indices: list[int] = []
        self._counts: list[Counts] = []
        self._totals: list[Counts] = [(0, 0)]
        self._ordered: list[tuple[float, Counts]] = []
        self._usual: list[Counts] = [(0, 0)]

    def observe(self, index: int, errors: int, requests: int) -> Step | None:
        """Take the counts of run `index` and return the step they confirm, if any."""
        self._append(index, (errors, requests))
        steps = [self._weigh(runs) for runs in WINDOWS if self._worth_weighing(runs)]
        best = max(filter(None, steps), key=lambda step: step.score, default=None)
        if best:
            runs = len(best.rests_on_after)
            kept = list(zip(self._indices[-runs:], self._counts[-runs:], strict=True))
            self._begin(LEAST_BASELINE_AFTER_CHANGE)
            for earlier, counts in kept:
                self._append(earlier, counts)
        return best

    def _append(self, index: int, counts: Counts) -> None:
        self._indices.append(index)
        self._counts.append(counts)
        total = self._totals[-1]
        self._totals.append((total[0] + counts[0], total[1] + counts[1]))
        insort(self._ordered, _ranked(counts))
        if len(self._ordered) > LONGEST_BASELINE:
            leaving = _ranked(self._counts[-LONGEST_BASELINE - 1])
            del self._ordered[bisect_left(self._ordered, leaving)]
        self._usual.append(self._usual_total())

    def _usual_total(self) -> Counts:
        """Return errors and requests of the runs before, the worst ones capped."""
        runs = len(self._ordered)
        errors, asked = self._since(max(0, len(self._counts) - runs))
        outlying = _outlying(runs)
        most = self._ordered[-1 - outlying][0] if outlying < runs else 1.0
        for _, worst in self._ordered[-outlying:]:
            errors -= worst[0] - _at_most(most, worst, USUAL_ERRORS)[0]
        return errors, asked

    def _since(self, start: int) -> Counts:
        earlier, now = self._totals[start], self._totals[-1]
        return now[0] - earlier[0], now[1] - earlier[1]

    def _worth_weighing(self, runs: int) -> bool:
        start = len(self._counts) - runs
        if start < self._least_baseline:
            return False
        late, early = self._since(start), self._usual[start]
        gap = abs(_rate(late) - _rate(early))
        if gap < LEAST_STEP:
            return False
        common = (late[0] + early[0]) / (late[1] + early[1])
        variance = common * (1 - common) * (1 / late[1] + 1 / early[1])
        return gap > GLANCE * math.sqrt(variance)

    def _weigh(self, runs: int) -> Step | None:
        """Return the last runs' step from the runs before, if it is a change."""
        start = len(self._counts) - runs
        usual, window = self._usual[start], self._since(start)
        rising = _rate(window) > _rate(usual)
        if rising:
            # Three runs must bear it out.
            window = _total(capped(self._counts[start:], 2))
        step = _rate(window) - _rate(usual)
        score = evidence(window, usual)
        if (step if rising else -step) < LEAST_STEP or score <= THRESHOLD:
            return None
        first = max(0, start - LONGEST_BASELINE)
        before = self._counts[first:start]
        score /= math.sqrt(
            dispersion(capped(before, _outlying(len(before)), USUAL_ERRORS))
        )
        if score <= THRESHOLD:
            return None
        return Step(
            rising=rising,
            before=_rate(usual),
            after=_rate(window),
            score=score,
            threshold=THRESHOLD,
            rests_on_before=tuple(self._indices[first:start]),
            rests_on_after=tuple(self._indices[start:]),
        )


def _ranked(counts: Counts) -> tuple[float, Counts]:
    return counts[0] / counts[1], counts


def _outlying(runs: int) -> int:
    return math.ceil(OUTLYING_SHARE * runs)


def _at_most(most: float, counts: Counts, least: int) -> Counts:
    # The millionth keeps a run at the cap itself from being rounded down.
    cap = max(least, int(most * counts[1] + 1e-6))
    return min(counts[0], cap), counts[1]


def _rate(counts: Counts) -> float:
    return counts[0] / counts[1]


def _total(counts: Sequence[Counts]) -> Counts:
    return sum(errors for errors, _ in counts), sum(asked for _, asked in counts)


def capped(counts: Sequence[Counts], outlying: int, least: int = 0) -> list[Counts]:
    """Bring the rates of the `outlying` worst runs down to that of the next worst.

    No run is brought below `least` errors.
    """
    most = sorted([errors / asked for errors, asked in counts])[-1 - outlying]
    return [_at_most(most, run, least) for run in counts]


def evidence(window: Counts, before: Counts) -> float:
    """Return the deviations by which the window's rate differs, either way."""
    total = window[0] + before[0]
    share = window[1] / (window[1] + before[1])
    if _rate(window) > _rate(before):
        tail = _binomial_sum(range(window[0], total + 1), total, share)
    else:
        tail = _binomial_sum(range(window[0] + 1), total, share)
    return -NormalDist().inv_cdf(min(max(tail, _LEAST_P), 0.5))


def _binomial_sum(hits: range, trials: int, share: float) -> float:
    """Return P(X in hits) for X ~ Binomial(trials, share), 0 < share < 1."""
    for_hit, for_miss = math.log(share), math.log1p(-share)
    whole = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(hit + 1)
            - math.lgamma(trials - hit + 1)
            + hit * for_hit
            + (trials - hit) * for_miss
        )
        for hit in hits
    )


def dispersion(counts: Sequence[Counts]) -> float:
    """Return how much more rates scatter than chance explains: Pearson's χ² / df, ≥ 1.

    Nothing can be said of a single run, or where none or all failed.
    """
    common = _rate(_total(counts))
    if len(counts) < 2 or not 0 < common < 1:
        return 1.0
    chi_square = sum(
        (errors - asked * common) ** 2 / (asked * common * (1 - common))
        for errors, asked in counts
    )
    return max(1.0, chi_square / (len(counts) - 1))
