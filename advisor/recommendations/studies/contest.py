"""A study's outcomes as the contest that the core decides: pure arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.assumptions import QUALITY_Z
from advisor.decision.evidence.allocation import Step
from advisor.decision.evidence.contest import Contest
from advisor.decision.evidence.floor import RELATIVE
from advisor.recommendations.evaluations.columns import RunColumns, SetItems

UNPRICED, NO_ANSWERS = "unpriced", "no_answers"


@dataclass(frozen=True, kw_only=True)
class Entrant:
    """One endpoint of a study: what it answered, what it costs, how far it is asked.

    `usd_month` is what single calls of it would cost the workload a month, None where
    nobody knows; `asked` is how many items of the order it was asked.
    """

    endpoint: str
    runs: Sequence[RunColumns]
    usd_month: float | None
    asked: int

    @property
    def dropped(self) -> str:
        """Why it takes no part; empty when it does."""
        if self.usd_month is None:
            return UNPRICED
        answered = any(len(run.item) for run in self.runs)
        return NO_ANSWERS if self.asked and not answered else ""


def values_of(entrant: Entrant, order: Sequence[int]) -> Floats:
    """Return the mean score of each item in the study's order; NaN where not known."""
    place = {position: index for index, position in enumerate(order)}
    sums, counts = np.zeros(len(order)), np.zeros(len(order))
    for run in entrant.runs:
        places = np.array([place[each] for each in run.item.tolist()], dtype=np.int64)
        np.add.at(sums, places, run.figures["score"])
        np.add.at(counts, places, 1)
    with np.errstate(invalid="ignore"):
        values: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return values


def contest_of(
    entrants: Sequence[Entrant],
    *,
    order: Sequence[int],
    items: SetItems,
    kind: str,
    value: float,
    confidence: float,
    calls_left: int,
    samples: int,
) -> Contest:
    """Return the contest between entrants that take part; all may set the floor."""
    return Contest(
        values=np.array([values_of(each, order) for each in entrants]),
        weights=np.array([items.weights.get(each, 1.0) for each in order]),
        clusters=_clusters(items, order),
        costs=np.array([float(each.usd_month or 0.0) for each in entrants]),
        references=np.full(len(entrants), kind == RELATIVE),
        kind=kind,
        value=value,
        confidence=confidence,
        calls_left=calls_left,
        samples=samples,
    )


def _clusters(items: SetItems, order: Sequence[int]) -> Ints:
    names = [items.clusters.get(each) or each for each in order]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], dtype=np.int64)


def standing_json(
    step: Step | None,
    contest: Contest | None,
    taking_part: Sequence[Entrant],
    everybody: Sequence[Entrant],
    *,
    calls_done: int,
    calls_of_fixed: int,
    monthly: bool,
) -> dict[str, Any]:
    """Return where a study stands, as its row keeps it; `monthly` if costs are."""
    found = {each.endpoint: _nothing(each, monthly) for each in everybody}
    for index, entrant in enumerate(taking_part):
        if step is not None and contest is not None:
            found[entrant.endpoint] |= _stands(step, contest, index, monthly)

    def name(index: int | None) -> str | None:
        return None if index is None else taking_part[index].endpoint

    return {
        "pick": None if step is None else name(step.pick),
        "cheapest_if_proven": None if step is None else name(step.cheapest_if_proven),
        "proof_calls": None if step is None else step.proof_calls,
        "threshold": None if step is None else _rounded(step.standing.threshold),
        "endpoints": found,
        "calls_done": calls_done,
        "share_of_fixed": _rounded(calls_done / max(calls_of_fixed, 1)),
    }


def _nothing(entrant: Entrant, monthly: bool) -> dict[str, Any]:
    return {
        "items": sum(len(np.unique(run.item)) for run in entrant.runs),
        "cost_usd_month": _rounded(entrant.usd_month) if monthly else None,
        "dropped": entrant.dropped,
    }


def _stands(
    step: Step, contest: Contest, index: int, monthly: bool
) -> Mapping[str, Any]:
    known, standing = contest.posterior, step.standing
    mean, reach = float(known.mean[index]), QUALITY_Z * float(known.sd[index])
    return {
        "probability": _rounded(standing.met[index]),
        "best": _rounded(standing.best[index]),
        "mean": _rounded(mean),
        "low": _rounded(max(mean - reach, 0.0)),
        "high": _rounded(min(mean + reach, 1.0)),
        "worth_usd_month": _rounded(step.worth[index]) if monthly else None,
    }


def _rounded(figure: Any) -> float | None:
    """Return a figure as JSON takes it: NaN is null."""
    if figure is None or np.isnan(figure):
        return None
    return round(float(figure), 4)
