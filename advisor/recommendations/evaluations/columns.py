"""The outcomes of closed runs and the weights of frozen items, each read once.

Neither ever changes, so what was read stays in memory.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar
from uuid import UUID

import numpy as np

from advisor.decision.arrays import Floats, Ints
from benchmarks.models import EvaluationItem, EvaluationRun

RUNS_KEPT = 2_000
SETS_KEPT = 500
_FIGURES = ("score", "input_tokens", "output_tokens", "latency_ms", "verifier_score")
_COLUMNS = ("item", "sample", *_FIGURES, "verdict", "answer")
# Answers that are none: what they say cannot be told, and they win no vote.
_NOT_PARSED = frozenset({"unparsable", "refused", "truncated"})

_lock = Lock()
Kept = TypeVar("Kept")


@dataclass(frozen=True, kw_only=True, eq=False)
class RunColumns:
    """One run's outcomes; entries without a score failed, and say nothing.

    An answer is None where it was not kept, and "" where it could not be parsed.
    """

    item: Ints
    sample: Ints
    figures: dict[str, Floats]
    answers: list[str | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class SetItems:
    """Weight and cluster of each item of a set, by position; a cluster has a name."""

    weights: dict[int, float]
    clusters: dict[int, str]


_runs: OrderedDict[UUID, RunColumns] = OrderedDict()
_sets: OrderedDict[UUID, SetItems] = OrderedDict()


def columns_of(run_ids: Iterable[UUID]) -> dict[UUID, RunColumns]:
    """Return the outcomes of runs, those that are not in memory by one query."""
    wanted = set(run_ids)
    found = _kept(_runs, wanted)
    missing = wanted - found.keys()
    if missing:
        rows = EvaluationRun.objects.filter(pk__in=missing).only("id", *_COLUMNS)
        read = {run.pk: _read(run) for run in rows}
        found |= read
        _keep(_runs, read, RUNS_KEPT)
    return found


def items_of(set_ids: Iterable[UUID]) -> dict[UUID, SetItems]:
    """Return the items of sets, those that are not in memory by one query."""
    wanted = set(set_ids)
    found = _kept(_sets, wanted)
    missing = wanted - found.keys()
    if missing:
        read = {each: SetItems(weights={}, clusters={}) for each in missing}
        rows = EvaluationItem.objects.filter(evaluation_set__in=missing)
        for set_id, position, weight, cluster in rows.values_list(
            "evaluation_set_id", "position", "weight", "cluster"
        ):
            read[set_id].weights[position] = weight
            read[set_id].clusters[position] = cluster
        found |= read
        _keep(_sets, read, SETS_KEPT)
    return found


def _kept(held: "OrderedDict[UUID, Kept]", wanted: set[UUID]) -> dict[UUID, Kept]:
    """Return what is in memory; what was used last is given up last."""
    with _lock:
        found = {each: held[each] for each in wanted if each in held}
        for each in found:
            held.move_to_end(each)
    return found


def _keep(held: "OrderedDict[UUID, Kept]", read: dict[UUID, Kept], most: int) -> None:
    with _lock:
        held.update(read)
        while len(held) > most:
            held.popitem(last=False)


def _read(run: EvaluationRun) -> RunColumns:
    scored = ~np.isnan(np.array(run.score, dtype=np.float64))
    return RunColumns(
        item=np.array(run.item, dtype=np.int64)[scored],
        sample=np.array(run.sample, dtype=np.int64)[scored],
        figures={
            name: np.array(getattr(run, name), dtype=np.float64)[scored]
            for name in _FIGURES
        },
        answers=[
            _answer(answer, verdict)
            for answer, verdict, counts in zip(
                run.answer, run.verdict, scored.tolist(), strict=True
            )
            if counts
        ],
    )


def _answer(answer: str, verdict: str) -> str | None:
    if answer:
        return answer
    return "" if verdict in _NOT_PARSED else None
