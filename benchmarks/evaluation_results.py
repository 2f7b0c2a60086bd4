"""What came of an evaluation run, summed up and item by item."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.harness.metrics import Percentiles, percentiles
from benchmarks.mean_scores import LEVEL, mean_score
from benchmarks.models import EvaluationItem, EvaluationRun

Floats = npt.NDArray[np.float64]
# What of an outcome stands beside its item.
_OF_A_SAMPLE = (
    "score",
    "verdict",
    "answer",
    "input_tokens",
    "output_tokens",
    "latency_ms",
    "error",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The weighted mean of item scores from 0 to 1, with its interval at `level`."""

    items: int
    mean: float
    low: float
    high: float
    level: float = LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of one kind: all of them, and per call; None where none was counted."""

    total: float | None
    mean: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All outcomes of a run in brief; a score is None without any answer."""

    outcomes: int
    verdicts: Mapping[str, int]
    errors_by_kind: Mapping[str, int]
    score: Score | None
    by_difficulty: Mapping[str, Score]
    input_tokens: Tokens
    output_tokens: Tokens
    latency_ms: Percentiles


def result_of(run: EvaluationRun, items: Iterable[EvaluationItem]) -> Result | None:
    """Return what came of a run by now; None before its first outcome.

    `items` are those of the run's set. An item's score is the mean of its samples, a
    sample without an answer left out.
    """
    if not run.item:
        return None
    means = _item_means(run)
    known = [item for item in items if item.position in means]
    by_difficulty: dict[str, list[EvaluationItem]] = defaultdict(list)
    for item in known:
        if item.difficulty:
            by_difficulty[item.difficulty].append(item)
    return Result(
        outcomes=len(run.item),
        verdicts=_counted(run.verdict),
        errors_by_kind=_counted(filter(None, run.error)),
        score=_score(known, means),
        by_difficulty={
            name: score
            for name, of_it in by_difficulty.items()
            if (score := _score(of_it, means)) is not None
        },
        input_tokens=_tokens(run.input_tokens),
        output_tokens=_tokens(run.output_tokens),
        latency_ms=percentiles(run.latency_ms),
    )


def outcomes_of(
    run: EvaluationRun, items: Iterable[EvaluationItem]
) -> list[dict[str, Any]]:
    """Return each item with its samples in their order; unknown figures are None."""
    samples: dict[int, list[dict[str, Any]]] = defaultdict(list)
    columns = [getattr(run, name) for name in _OF_A_SAMPLE]
    for item, sample, *values in zip(run.item, run.sample, *columns, strict=True):
        known = {
            name: _known(value)
            for name, value in zip(_OF_A_SAMPLE, values, strict=True)
        }
        samples[item].append({"sample": sample, **known})
    return [
        {
            "item": item,
            "samples": sorted(samples[item.position], key=lambda each: each["sample"]),
        }
        for item in items
    ]


def _item_means(run: EvaluationRun) -> dict[int, float]:
    scores: dict[int, list[float]] = defaultdict(list)
    for item, score in zip(run.item, run.score, strict=True):
        if not isnan(score):
            scores[item].append(score)
    return {item: sum(each) / len(each) for item, each in scores.items()}


def _score(items: Sequence[EvaluationItem], means: Mapping[int, float]) -> Score | None:
    numbers: dict[str, int] = {}
    # An item without a cluster is its own.
    names = [item.cluster or f"\0{item.position}" for item in items]
    clusters = [numbers.setdefault(name, len(numbers)) for name in names]
    found = mean_score(
        np.array([means[item.position] for item in items], dtype=np.float64),
        np.array([item.weight for item in items], dtype=np.float64),
        np.array(clusters, dtype=np.int64),
    )
    if found is None:
        return None
    return Score(items=len(items), mean=found.mean, low=found.low, high=found.high)


def _tokens(counts: Sequence[float]) -> Tokens:
    column: Floats = np.array(counts, dtype=np.float64)
    known = column[~np.isnan(column)]
    if not len(known):
        return Tokens(total=None, mean=None)
    return Tokens(total=float(known.sum()), mean=float(known.mean()))


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and isnan(value) else value
