"""What an option's own requests say, brought to the question's token lengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isnan, log, sqrt

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.assumptions import (
    BETWEEN_RUN_LN_SD,
    BETWEEN_RUN_PRIOR_RUNS,
    DRIFT_LN_SD_PER_ROOT_DAY,
    IMPORTED_LN_SD,
    REQUESTS_FOR_P95,
)
from advisor.decision.measured import (
    BENCHMARKED,
    IMPORTED,
    MODELLED,
    Change,
    MeasuredRun,
    Weights,
)
from advisor.decision.run_groups import RunGroup, Runs, group_of, groups_of
from advisor.decision.shrinkage import UNSURE, Level
from benchmarks.harness.intervals import CONFIDENCE, Share, upper_rank, wilson

PERCENT = 95
# The normal quantile at which an upper bound of that confidence lies.
_BOUND_Z = 1.6448536269514722
assert CONFIDENCE == 0.95  # noqa: S101  # the two belong together
# A percentile is never surer than this, however alike the requests were.
_LEAST_LN_SD = 0.01
# A slope over prompt length is taken from the option itself where two token classes
# have this many answers each and prompts at least twice as long.
_SLOPE_ANSWERS = 20
_SLOPE_RATIO = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The request that a limit is about, in the model's own tokens."""

    input_tokens: float
    visible_tokens: float
    hidden_tokens: float
    requests_per_second: float  # at the peak, where that was stated
    prefill_ms_per_token: float  # by size, where the option itself does not tell


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a slot's own requests come to, before anything else is asked.

    The three levels are of the 95th percentiles of TTFT, ITL and request latency; they
    are infinitely unsure where only failures are known.
    """

    runs: Runs
    levels: tuple[Level, Level, Level]
    figures: tuple[Floats, Floats, Floats]

    @property
    def errors(self) -> Share:
        """The share of requests that failed, with its interval."""
        failed = sum(run.errors for run in self.runs)
        return wilson(failed, sum(run.requests for run in self.runs))

    def attained(self, limits: Sequence[float | None]) -> Share | None:
        """Return the share of requests within every limit; None without limits.

        `limits` are of TTFT, ITL and request latency; a failed request is a miss.
        """
        stated: list[Bools] = [
            figure <= limit
            for figure, limit in zip(self.figures, limits, strict=True)
            if limit is not None
        ]
        if not stated:
            return None
        met = int(np.logical_and.reduce(stated).sum())
        return wilson(met, sum(run.requests for run in self.runs))

    def basis(self, weights: Weights) -> str:
        """Return the word for what says most: own runs, another's, or the size."""
        if weights.own < max(weights.siblings, weights.modelled):
            return MODELLED
        own = any(run.basis == BENCHMARKED for run in self.runs)
        return BENCHMARKED if own else IMPORTED


def own_figures(
    runs: Runs, changes: Sequence[Change], wanted: Wanted, *, at: int
) -> Own | None:
    """Return what a slot's requests say of the wanted one, None where too few do.

    Every measured request is brought to the wanted lengths by itself, so that slow
    starts and slow tokens stay together in the request latency:

        ttft    = measured - reasoning * tpot + (wanted - measured input) * prefill
                  + wanted hidden tokens * tpot
        request = ttft + tpot * visible tokens

    `runs` are in order of time; `at` is the moment that advice is given for, in
    microseconds since 1970.
    """
    groups = groups_of(runs)
    chosen = pertinent(groups, changes, wanted)
    if chosen is None:
        return _failures_alone(runs)
    arrival = chosen.runs[-1].arrival
    alike = [group for group in groups if group.runs[-1].arrival == arrival]
    figures = _brought_to(chosen, wanted, _prefill_slope(alike, wanted))
    age_days = max(at - chosen.runs[-1].finished, 0) / 86_400e6
    imported = all(run.basis == IMPORTED for run in chosen.runs)
    others = DRIFT_LN_SD_PER_ROOT_DAY**2 * age_days + imported * IMPORTED_LN_SD**2
    ttft, itl, request = (_level(each, chosen.starts, others) for each in figures)
    return Own(runs=chosen.runs, levels=(ttft, itl, request), figures=figures)


def pertinent(
    groups: Sequence[RunGroup], changes: Sequence[Change], wanted: Wanted
) -> RunGroup | None:
    """Return the runs that speak for the wanted request; None where they are too few.

    Of those groups that carry a 95th percentile the one is taken whose prompts and
    load are nearest (see `_distance`). At an endpoint that changed, the runs since the
    change speak alone as soon as they are enough.
    """
    enough = [each for each in groups if each.answers >= REQUESTS_FOR_P95]
    if not enough:
        return None
    nearest = enough[0]
    if len(enough) > 1:
        nearest = min(enough, key=lambda each: _distance(each, wanted))
    if changes:
        since = [run for run in nearest.runs if not _before_a_change(run, changes)]
        recent = group_of(tuple(since))
        nearest = recent if recent.answers >= REQUESTS_FOR_P95 else nearest
    return nearest.newest


def _distance(group: RunGroup, wanted: Wanted) -> float:
    """Return how far runs are from the wanted request: length and load, in logarithms.

    The load of a workload at this option follows from Little's law: requests under
    way are requests a second times the seconds that one takes. Fewer than one count
    as one, as do those of a run of which nobody knows.
    """
    tokens = wanted.visible_tokens + wanted.hidden_tokens
    request_ms = _or_zero(group.start_ms) + _or_zero(group.tpot_ms) * tokens
    under_way = wanted.requests_per_second * request_ms / 1e3
    length = _apart(_or_zero(group.prompt_tokens), wanted.input_tokens)
    return length + _apart(_or_zero(group.runs[-1].concurrency), under_way)


def _apart(measured: float, wanted: float) -> float:
    return abs(log(max(measured, 1.0) / max(wanted, 1.0)))


def _or_zero(value: float) -> float:
    return 0.0 if isnan(value) else value


def _before_a_change(run: MeasuredRun, changes: Sequence[Change]) -> bool:
    return any(
        change.endpoint == run.endpoint
        and change.token_class == run.token_class
        and run.finished < change.effective
        for change in changes
    )


def _failures_alone(runs: Runs) -> Own | None:
    """Return what runs say that failed too often to tell a latency.

    An endpoint that is down must not be known by its size alone.
    """
    if sum(run.requests for run in runs) < REQUESTS_FOR_P95:
        return None
    if not any(run.errors for run in runs):
        return None
    none = np.zeros(0)
    return Own(runs=runs, levels=(UNSURE,) * 3, figures=(none, none, none))


def _prefill_slope(groups: Sequence[RunGroup], wanted: Wanted) -> float:
    """Return milliseconds per further prompt token, measured where two lengths were.

    The shortest and the longest prompts decide, by their medians.
    """
    points = [
        (group.prompt_tokens, group.start_ms)
        for group in groups
        if group.answers >= _SLOPE_ANSWERS and not isnan(group.prompt_tokens)
    ]
    if len(points) < 2:  # a line needs two
        return wanted.prefill_ms_per_token
    (short, fast), (long, slow) = min(points), max(points)
    if long < short * _SLOPE_RATIO:
        return wanted.prefill_ms_per_token
    return max((slow - fast) / (long - short), 0.0)


def _brought_to(
    group: RunGroup, wanted: Wanted, slope: float
) -> tuple[Floats, Floats, Floats]:
    """Return TTFT, ITL and request latency of each answer at the wanted lengths."""
    start, tpot, measured = group.joined.values()
    longer = wanted.input_tokens - measured
    longer = np.where(np.isnan(longer), 0.0, longer)
    # A shorter prompt saves prefill, but never more than nine tenths of the start.
    moved = np.maximum(start + longer * slope, 0.1 * start)
    ttft = moved + wanted.hidden_tokens * tpot
    return ttft, tpot, ttft + wanted.visible_tokens * tpot


def _level(values: Floats, starts: Ints, others: float) -> Level:
    """Return the log of the pooled 95th percentile, and how sure it is.

    Two errors add up: of a percentile of n requests (from its upper bound by order
    statistics), and of having looked at R runs only, which begin at `starts`;
    `others` is further variance.
    """
    logs = np.log(np.maximum(values, 1e-6))
    unknown = np.isnan(logs)
    known = np.sort(logs[~unknown] if unknown.any() else logs)
    rank = upper_rank(len(known), PERCENT)
    if rank is None:
        return UNSURE
    # The smallest that so many percent do not exceed, as every percentile we show.
    point = float(known[ceil(len(known) * PERCENT / 100) - 1])
    sampling = max((float(known[rank - 1]) - point) / _BOUND_Z, _LEAST_LN_SD)
    between = _between_runs(logs, ~unknown, starts) / len(starts)
    return Level(ln=point, ln_sd=sqrt(sampling**2 + between + others))


def _between_runs(logs: Floats, known: Bools, starts: Ints) -> float:
    """Return the variance of a run's mean; few runs lean on what is usual."""
    counted = np.add.reduceat(known, starts, dtype=np.int64)
    sums = np.add.reduceat(np.where(known, logs, 0.0), starts)
    means = sums[counted > 0] / counted[counted > 0]
    squares = float(((means - means.mean()) ** 2).sum())
    usual = BETWEEN_RUN_PRIOR_RUNS * BETWEEN_RUN_LN_SD**2
    return (squares + usual) / (len(means) - 1 + BETWEEN_RUN_PRIOR_RUNS)
