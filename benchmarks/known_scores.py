"""How well each subject did on a set, summed up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.mean_scores import LEVEL, MeanScore, mean_score
from benchmarks.models import EvaluationItem
from benchmarks.selectors.known_outcomes import Floats, Ints, KnownOutcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownScore:
    """One subject's outcomes in brief; `score` is None without any score."""

    known: KnownOutcomes
    items: int
    outcomes: int
    samples: int
    score: Mapping[str, float] | None
    verdicts: Mapping[str, int]
    feeds_advice: bool


def known_scores(
    known: Iterable[KnownOutcomes], items: Sequence[EvaluationItem], *, fed: bool
) -> list[KnownScore]:
    """Return each subject's mean over the items that it was asked, weighted."""
    weights = np.array([item.weight for item in items], dtype=np.float64)
    clusters = _clusters(items)
    return [_in_brief(each, weights, clusters, fed=fed) for each in known]


def _clusters(items: Sequence[EvaluationItem]) -> Ints:
    """Return a number for each cluster; an item without one is its own."""
    names = [item.cluster or f"\0{item.position}" for item in items]
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(n, len(numbers)) for n in names], np.int64)


def _in_brief(
    known: KnownOutcomes, weights: Floats, clusters: Ints, *, fed: bool
) -> KnownScore:
    means = known.item_means(len(weights))
    asked = ~np.isnan(means)
    score = mean_score(means[asked], weights[asked], clusters[asked])
    per_item = np.bincount(known.item) if len(known.item) else np.zeros(1, np.int64)
    return KnownScore(
        known=known,
        items=int(asked.sum()),
        outcomes=len(known.item),
        samples=int(per_item.max()),
        score=_shown(score),
        verdicts=dict(sorted(Counter(known.verdict).items())),
        feeds_advice=fed,
    )


def _shown(score: MeanScore | None) -> dict[str, float] | None:
    if score is None:
        return None
    return {
        "mean": round(score.mean, 6),
        "low": round(score.low, 6),
        "high": round(score.high, 6),
        "level": LEVEL,
    }
