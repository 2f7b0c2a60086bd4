"""How well a model does a task, from what was published: a ranking, not a proof.

Scores of different benchmarks are put on one scale by an additive model in log-odds,
logit(score) = ability of the model + ease of the benchmark, fitted by alternating
weighted least squares with a normal prior on ability. An estimate is the score that
the fit expects on the task family's anchor benchmark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.assumptions import (
    ABILITY_PRIOR_SD,
    SUITE_LOGIT_SD,
    TRANSFER_LOGIT_SD,
)
from advisor.decision.normal import expit, logit, normal_cdf
from advisor.decision.question import Floor, FloorKind
from advisor.decision.view import View

UNKNOWN, MODELLED, PUBLISHED, BENCHMARKED = 0, 1, 2, 3
BASES = ("unknown", "modelled", "published", "benchmarked")
_ROUNDS = 50
_LEAST_FOR_SIZE_FIT = 8


@dataclass(frozen=True, kw_only=True)
class TaskBenchmarks:
    """Which benchmarks stand for a task family, by weight, and which one anchors it."""

    weights: Mapping[str, float]
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteScore:
    """What a model achieved on one kind of the ready suite, 0 to 1, in which runs."""

    model: str
    kind: str
    score: float
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Quality:
    """By model: log-odds of a right answer on the anchor, its deviation, its basis.

    `scores` counts the published ones behind it; NaN and `UNKNOWN` where nothing is
    known. `suite_runs` are the runs of our suite that the fit rests on.
    """

    log_odds: Floats
    ln_sd: Floats
    basis: Ints
    scores: Ints
    suite_runs: tuple[str, ...] = ()

    @cached_property
    def estimate(self) -> Floats:
        """The expected share of right answers, 0 to 1."""
        return expit(self.log_odds)


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The log-odds an option must reach, how uncertain it is, and against whom."""

    log_odds: float
    ln_sd: float
    share: float
    reference: int  # a model, NONE for none

    def probability_met(self, quality: Quality) -> Floats:
        """Return by model the probability that its true quality reaches this one."""
        gap = quality.log_odds - self.log_odds
        met = normal_cdf(gap / np.hypot(quality.ln_sd, self.ln_sd))
        if self.reference != NONE:
            met[self.reference] = 1.0  # a share of its own quality, at most all of it
        return met


def published_quality(
    *,
    model: Ints,
    benchmark: Ints,
    score: Floats,
    weight: Floats,
    anchor: int,
    total_parameters_b: Floats,
    suite: Bools | None = None,
) -> Quality:
    """Fit abilities from published scores; sizes stand in where there are none.

    `model`, `benchmark` and `score` (0 to 1) have one entry per score, `weight` and
    `suite` (whether it is ours) one per benchmark, `total_parameters_b` one per model
    (NaN if undisclosed). What was asked our suite rests on that. A model without scores
    gets the ability that its size suggests (least squares on ln size
    over the scored models), with that fit's spread.
    """
    counts = np.bincount(model, minlength=len(total_parameters_b))
    ability, ease, residual = _fit(
        model, benchmark, logit(score), weight[benchmark], len(counts), len(weight)
    )
    evidence = np.bincount(model, weights=weight[benchmark], minlength=len(counts))
    precision = evidence / max(residual, 1e-6) + 1 / ABILITY_PRIOR_SD**2
    scored = counts > 0
    log_odds: Floats = np.where(scored, ability + ease[anchor], np.nan)
    asked = () if suite is None else model[suite[benchmark]]
    by_suite = np.bincount(np.array(asked, dtype=np.int64), minlength=len(counts))
    ours = by_suite > 0
    transfer = np.where(ours, SUITE_LOGIT_SD, TRANSFER_LOGIT_SD)
    ln_sd: Floats = np.where(scored, np.hypot(precision**-0.5, transfer), np.nan)
    basis: Ints = np.where(scored, np.where(ours, BENCHMARKED, PUBLISHED), UNKNOWN)
    by_size = _from_size(log_odds, scored, np.log(total_parameters_b))
    if by_size is not None:
        guessed = ~scored & ~np.isnan(total_parameters_b)
        log_odds = np.where(guessed, by_size[0], log_odds)
        ln_sd = np.where(guessed, np.hypot(by_size[1], TRANSFER_LOGIT_SD), ln_sd)
        basis = np.where(guessed, MODELLED, basis)
    # The last bits depend on the order of the scores, and must not settle a tie.
    return Quality(
        log_odds=np.round(log_odds, 9),
        ln_sd=ln_sd,
        basis=basis,
        scores=counts - by_suite,
    )


def _fit(
    model: Ints,
    benchmark: Ints,
    log_odds: Floats,
    weight: Floats,
    models: int,
    benchmarks: int,
) -> tuple[Floats, Floats, float]:
    """Return ability by model, ease by benchmark and the variance of what is left."""
    ability = np.zeros(models)
    ease = np.zeros(benchmarks)
    by_benchmark = np.bincount(benchmark, weights=weight, minlength=benchmarks)
    by_model = np.bincount(model, weights=weight, minlength=models)
    residual = 1.0
    for _ in range(_ROUNDS):
        left = weight * (log_odds - ability[model])
        total = np.bincount(benchmark, weights=left, minlength=benchmarks)
        ease = total / np.maximum(by_benchmark, 1e-12)
        left = weight * (log_odds - ease[benchmark])
        # The prior draws abilities with little behind them towards the mean, zero.
        shrink = residual / ABILITY_PRIOR_SD**2
        total = np.bincount(model, weights=left, minlength=models)
        ability = total / np.maximum(by_model + shrink, 1e-12)
        errors = log_odds - ability[model] - ease[benchmark]
        if len(errors):
            residual = float((weight * errors**2).sum() / weight.sum())
    return ability, ease, residual


def _from_size(
    log_odds: Floats, scored: Bools, ln_size: Floats
) -> tuple[Floats, float] | None:
    """Return what size alone suggests by model, and the deviation of that guess."""
    known = scored & ~np.isnan(ln_size)
    if known.sum() < _LEAST_FOR_SIZE_FIT:
        return None
    slope, level = np.polyfit(ln_size[known], log_odds[known], 1)
    suggested = level + slope * ln_size
    errors = log_odds[known] - suggested[known]
    return suggested, float(np.sqrt((errors**2).sum() / (known.sum() - 2)))


def view_quality(
    view: View, task: TaskBenchmarks, suite: Sequence[SuiteScore] = ()
) -> Quality:
    """Fit the quality of every model for a task from the scores that a view holds.

    `suite` are scores on our own suite's kinds for the task; each kind is one more
    benchmark, and weighs as much as the one that counts most.
    """
    rows = view.history.scores
    latest = rows.dated.latest(
        as_of=view.at_microseconds, known_at=view.known_microseconds
    )
    weight = np.array([task.weights.get(name, 0.0) for name in rows.benchmarks])
    held = latest[(latest != NONE) & (weight[rows.pair_benchmark] > 0)]
    pair = rows.dated.owners[held]
    models, benchmark = rows.pair_model[pair], rows.pair_benchmark[pair]
    score = rows.score[held]
    if not len(held):
        weight = np.ones(1)
    scores = _with_suite(
        _Scores(models, benchmark, score, weight), suite, view.history.models
    )
    fitted = published_quality(
        model=scores.model,
        benchmark=scores.benchmark,
        score=scores.score,
        weight=scores.weight,
        anchor=_anchor(rows.benchmarks, scores.benchmark, task),
        total_parameters_b=view.model_facts["total_parameters_b"],
        suite=np.arange(len(scores.weight)) >= len(weight),
    )
    runs = {run for each in suite for run in each.runs}
    return replace(fitted, suite_runs=tuple(sorted(runs)))


class _Scores(NamedTuple):
    model: Ints
    benchmark: Ints
    score: Floats
    weight: Floats  # by benchmark


def _with_suite(
    scores: _Scores, suite: Sequence[SuiteScore], models: Sequence[str]
) -> _Scores:
    """Add the suite's scores, each kind as a benchmark behind the others."""
    known = [each for each in suite if each.model in models]
    if not known:
        return scores
    kinds = sorted({each.kind for each in known})
    first, most = len(scores.weight), scores.weight.max()
    return _Scores(
        model=np.append(scores.model, [models.index(each.model) for each in known]),
        benchmark=np.append(
            scores.benchmark, [first + kinds.index(each.kind) for each in known]
        ),
        score=np.append(scores.score, [each.score for each in known]),
        weight=np.append(scores.weight, np.full(len(kinds), most)),
    )


def _anchor(benchmarks: Sequence[str], scored: Ints, task: TaskBenchmarks) -> int:
    """Return the task's anchor; without scores, the benchmark that has most of them.

    The ease of a benchmark nobody was scored on is unknown, and would be read as even.
    """
    counts = np.bincount(scored, minlength=1)
    if task.anchor in benchmarks:
        anchor = benchmarks.index(task.anchor)
        if anchor < len(counts) and counts[anchor]:
            return anchor
    return int(np.argmax(counts))


def threshold(
    floor: Floor, quality: Quality, *, eligible: Ints, models: tuple[str, ...]
) -> Threshold | None:
    """Return what the floor asks of a model; None where there is no floor to hold.

    Without the buyer's own evidence an absolute floor is read as that share of a
    reference model's quality: the one the buyer names, else the best published among
    the `eligible` models. None also where no such model has a published quality.
    """
    if floor.kind == FloorKind.NONE:
        return None
    reference = _reference(floor, quality, eligible, models)
    if reference == NONE:
        return None
    best = float(quality.estimate[reference])
    share = floor.value * best
    # At most the reference's own, which rounding must not refuse.
    log_odds = min(
        float(logit(np.array([share]))[0]), float(quality.log_odds[reference])
    )
    # The error of the reference carries over through share = value * best:
    # value * best * (1 - best) / (share * (1 - share)), shortened.
    slope = (1 - best) / (1 - share)
    return Threshold(
        log_odds=log_odds,
        ln_sd=float(quality.ln_sd[reference]) * slope,
        share=share,
        reference=reference,
    )


def _reference(
    floor: Floor, quality: Quality, eligible: Ints, models: tuple[str, ...]
) -> int:
    if floor.reference:
        named = np.array([name == floor.reference for name in models], dtype=bool)
        eligible = np.flatnonzero(named)
    published = eligible[quality.basis[eligible] >= PUBLISHED]
    if not len(published):
        return NONE
    best = quality.log_odds[published]
    # Equal estimates are settled by name, so that the order of rows never decides.
    tied = published[best == best.max()]
    return int(min(tied, key=lambda index: models[index]))
