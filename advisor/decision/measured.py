"""What was measured of an option, brought to the question's own token lengths.

Three things speak for a figure: the option's own requests, its siblings (other regions
and tiers of the model at the same provider), and the fit by size. Each is weighed by
how sure it is (normal-normal shrinkage of logarithms), so that few runs lean on the
others, many stand alone, and old ones fade until the fit by size is left.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, log, sqrt
from typing import NamedTuple

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.assumptions import (
    BETWEEN_RUN_LN_SD,
    BETWEEN_RUN_PRIOR_RUNS,
    DRIFT_LN_SD_PER_ROOT_DAY,
    IMPORTED_LN_SD,
    REQUESTS_FOR_P95,
    SIBLING_LN_SD,
)
from benchmarks.harness.intervals import CONFIDENCE, Share, upper_rank, wilson

BENCHMARKED, IMPORTED, MODELLED = "benchmarked", "imported", "modelled"
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


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredRun:
    """One run of an endpoint, as far as advice needs it; one array entry per answer.

    Times are in milliseconds and tokens the model's own. `requests` counts all whose
    outcome is known, `errors` those of them that failed; unknown tokens are NaN.
    """

    id: str
    endpoint: str  # empty for an imported run
    token_class: str
    basis: str
    finished: int  # microseconds since 1970
    answer_ttft_ms: Floats
    tpot_ms: Floats
    input_tokens: Floats
    reasoning_tokens: Floats
    requests: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A lasting change of a figure at an endpoint, found by the runs themselves."""

    id: str
    endpoint: str
    token_class: str
    figure: str
    before: float
    after: float
    effective: int  # microseconds since 1970


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What had been measured of each slot, oldest run first, and what had changed."""

    runs: Mapping[int, Sequence[MeasuredRun]] = field(default_factory=dict)
    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)


NOTHING_MEASURED = Measurements()


class Weights(NamedTuple):
    """How much each source says in a figure; they sum to one."""

    own: float
    siblings: float
    modelled: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the figures of one slot rest on.

    `weights` are those of the time to first token, `attained` the share of requests
    that met every limit on latency, errors being misses; None without limits.
    """

    runs: tuple[str, ...]
    basis: str
    token_class: str
    requests: int
    newest: int  # microseconds since 1970
    errors: Share
    weights: Weights
    attained: Share | None

    def error_margin(self, allowed: float) -> float:
        """Return by how many deviations the error rate lies below what is allowed.

        The score statistic of a share: its deviation is taken at the limit.
        """
        rate, n = self.errors.share or 0.0, self.errors.n
        if not n or not 0 < allowed < 1:
            return inf if rate <= allowed else -inf
        return (allowed - rate) / sqrt(allowed * (1 - allowed) / n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The request that a limit is about, in the model's own tokens."""

    input_tokens: float
    visible_tokens: float
    hidden_tokens: float
    prefill_ms_per_token: float  # by size, where the option itself does not tell


class Level(NamedTuple):
    """The logarithm of a figure and its deviation."""

    ln: float
    ln_sd: float


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a slot's own requests come to, before anything else is asked.

    The three levels are of the 95th percentiles of TTFT, ITL and request latency.
    """

    runs: tuple[MeasuredRun, ...]
    levels: tuple[Level, Level, Level]
    figures: tuple[Floats, Floats, Floats]


def pertinent(
    runs: Sequence[MeasuredRun], changes: Sequence[Change], wanted: Wanted
) -> tuple[MeasuredRun, ...]:
    """Return the runs that speak for the wanted request; none where they are too few.

    Of the token classes that carry a 95th percentile, the one whose prompts are
    nearest in length (on a log scale) is taken. At an endpoint that changed, the runs
    since the change speak alone as soon as they are enough.
    """
    classes: defaultdict[str, list[MeasuredRun]] = defaultdict(list)
    for run in runs:
        classes[run.token_class].append(run)
    enough = [each for each in classes.values() if _answers(each) >= REQUESTS_FOR_P95]
    if not enough:
        return ()
    nearest = min(enough, key=lambda each: _distance(each, wanted.input_tokens))
    recent = [run for run in nearest if not _before_a_change(run, changes)]
    return tuple(recent if _answers(recent) >= REQUESTS_FOR_P95 else nearest)


def _answers(runs: Iterable[MeasuredRun]) -> int:
    return sum(len(run.answer_ttft_ms) for run in runs)


def _distance(runs: Sequence[MeasuredRun], input_tokens: float) -> float:
    measured = _joined(runs, "input_tokens")
    known = measured[~np.isnan(measured)]
    mean = float(known.mean()) if len(known) else 1.0
    return abs(log(max(mean, 1.0) / max(input_tokens, 1.0)))


def _before_a_change(run: MeasuredRun, changes: Sequence[Change]) -> bool:
    return any(
        change.endpoint == run.endpoint
        and change.token_class == run.token_class
        and run.finished < change.effective
        for change in changes
    )


def _joined(runs: Sequence[MeasuredRun], column: str) -> Floats:
    joined: Floats = np.concatenate(
        [np.zeros(0), *(getattr(run, column) for run in runs)]
    )
    return joined


def own_figures(
    runs: Sequence[MeasuredRun],
    changes: Sequence[Change],
    wanted: Wanted,
    *,
    at: int,
) -> Own | None:
    """Return what a slot's requests say of the wanted one, None where too few do.

    Every measured request is brought to the wanted lengths by itself, so that slow
    starts and slow tokens stay together in the request latency:

        ttft    = measured - reasoning * tpot + (wanted - measured input) * prefill
                  + wanted hidden tokens * tpot
        request = ttft + tpot * visible tokens

    `at` is the moment that advice is given for, in microseconds since 1970.
    """
    chosen = pertinent(runs, changes, wanted)
    if not chosen:
        return None
    slope = _prefill_slope(runs, wanted)
    by_run = [_brought_to(run, wanted, slope) for run in chosen]
    age_days = max(at - max(run.finished for run in chosen), 0) / 86_400e6
    imported = all(run.basis == IMPORTED for run in chosen)
    others = DRIFT_LN_SD_PER_ROOT_DAY**2 * age_days + imported * IMPORTED_LN_SD**2
    figures = tuple(
        np.concatenate([run[figure] for run in by_run]) for figure in range(3)
    )
    levels = tuple(
        _level([run[figure] for run in by_run], figures[figure], others)
        for figure in range(3)
    )
    return Own(runs=chosen, levels=levels, figures=figures)  # type: ignore[arg-type]  # three each


def _prefill_slope(runs: Sequence[MeasuredRun], wanted: Wanted) -> float:
    """Return milliseconds per further prompt token, measured where two lengths were.

    The classes with the shortest and the longest prompts decide, by their medians.
    """
    points = []
    for name in {run.token_class for run in runs}:
        of_class = [run for run in runs if run.token_class == name]
        tokens, ttft = _joined(of_class, "input_tokens"), _started(of_class)
        known = ~(np.isnan(tokens) | np.isnan(ttft))
        if known.sum() >= _SLOPE_ANSWERS:
            middle = float(np.median(tokens[known])), float(np.median(ttft[known]))
            points.append(middle)
    if len(points) < 2:  # a line needs two
        return wanted.prefill_ms_per_token
    (short, fast), (long, slow) = min(points), max(points)
    if long < short * _SLOPE_RATIO:
        return wanted.prefill_ms_per_token
    return max((slow - fast) / (long - short), 0.0)


def _started(runs: Sequence[MeasuredRun]) -> Floats:
    """Return each answer's time to first token without the reasoning before it."""
    ttft, tpot = _joined(runs, "answer_ttft_ms"), _joined(runs, "tpot_ms")
    reasoned = np.nan_to_num(_joined(runs, "reasoning_tokens") * tpot)
    # Tokens are not all alike: at least a tenth of the time was not reasoning.
    started: Floats = np.maximum(ttft - reasoned, 0.1 * ttft)
    return started


def _brought_to(
    run: MeasuredRun, wanted: Wanted, slope: float
) -> tuple[Floats, Floats, Floats]:
    """Return TTFT, ITL and request latency of each answer at the wanted lengths."""
    start, tpot = _started([run]), run.tpot_ms
    longer = wanted.input_tokens - run.input_tokens
    moved = start + np.nan_to_num(longer) * slope
    # A shorter prompt saves prefill, but never more than nine tenths of the start.
    ttft = np.maximum(moved, 0.1 * start) + wanted.hidden_tokens * tpot
    return ttft, tpot, ttft + wanted.visible_tokens * tpot


def _level(by_run: Sequence[Floats], pooled: Floats, others: float) -> Level:
    """Return the log of the pooled 95th percentile, and how sure it is.

    Two errors add up: of a percentile of n requests (from its upper bound by order
    statistics), and of having looked at R runs only; `others` is further variance.
    """
    values = np.sort(pooled[~np.isnan(pooled)])
    rank = upper_rank(len(values), PERCENT)
    if rank is None or values[0] <= 0:
        return Level(ln=0.0, ln_sd=inf)
    point = float(np.quantile(values, PERCENT / 100))
    sampling = max(log(float(values[rank - 1]) / point) / _BOUND_Z, _LEAST_LN_SD)
    between = _between_runs(by_run) ** 2 / len(by_run)
    return Level(ln=log(point), ln_sd=sqrt(sampling**2 + between + others))


def _between_runs(by_run: Sequence[Floats]) -> float:
    """Return the deviation of a run's level; few runs lean on what is usual."""
    known = [run[~np.isnan(run)] for run in by_run]
    medians = np.log([float(np.median(run)) for run in known if len(run)])
    squares = float(((medians - medians.mean()) ** 2).sum())
    usual = BETWEEN_RUN_PRIOR_RUNS * BETWEEN_RUN_LN_SD**2
    return sqrt((squares + usual) / (len(medians) - 1 + BETWEEN_RUN_PRIOR_RUNS))


def shrunk(own: Level, siblings: Sequence[Level], size: Level) -> tuple[Level, Weights]:
    """Return the level that own requests, siblings and the fit by size agree on.

    Precisions add up (normal-normal): a sibling's level is as sure as its own
    measurement and the distance between siblings allow, the mean of all of them no
    surer than that distance.
    """
    precisions = [1 / (each.ln_sd**2 + SIBLING_LN_SD**2) for each in siblings]
    total = sum(precisions)
    among = Level(0.0, inf)
    if total:
        weighted = zip(precisions, siblings, strict=True)
        mean = sum(weight * each.ln for weight, each in weighted) / total
        among = Level(mean, sqrt(1 / total + SIBLING_LN_SD**2))
    parts = (own, among, size)
    weights = [1 / part.ln_sd**2 for part in parts]
    whole = sum(weights)
    ln = sum(w * part.ln for w, part in zip(weights, parts, strict=True)) / whole
    return Level(ln, sqrt(1 / whole)), Weights(*(weight / whole for weight in weights))


def error_rate(runs: Sequence[MeasuredRun]) -> Share:
    """Return the share of requests that failed, with its interval."""
    return wilson(sum(run.errors for run in runs), sum(run.requests for run in runs))


def attainment(own: Own, limits: Sequence[float | None]) -> Share | None:
    """Return the share of requests within every limit; None without limits.

    `limits` are of TTFT, ITL and request latency; a failed request is a miss.
    """
    stated = [
        figure <= limit
        for figure, limit in zip(own.figures, limits, strict=True)
        if limit is not None
    ]
    if not stated:
        return None
    met = int(np.logical_and.reduce(stated).sum())
    return wilson(met, sum(run.requests for run in own.runs))


def basis_of(runs: Sequence[MeasuredRun], weights: Weights) -> str:
    """Return the word for what says most: own runs, another's, or the fit by size."""
    if weights.own < 0.5:  # less than half
        return MODELLED
    own = any(run.basis == BENCHMARKED for run in runs)
    return BENCHMARKED if own else IMPORTED
