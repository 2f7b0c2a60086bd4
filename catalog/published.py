"""Published benchmark scores, and which of them stand in for a buyer's task.

Pure Python. The figures are their publishers'; they rank models roughly and prove
nothing about a buyer's own items. `catalog/facts/README.md` tells where they come from.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from catalog.fact_tables import FACTS_DIRECTORY, TableRow, read_table

SCORES_FILE = FACTS_DIRECTORY / "published_scores.csv"
TASK_BENCHMARKS_FILE = FACTS_DIRECTORY / "task_benchmarks.toml"
SCORE_COLUMNS = ("model", "benchmark", "score", "source", "published_on")
TASK_FAMILIES = (
    "support_chat",
    "classification",
    "extraction",
    "summarization",
    "rag_question_answering",
    "code",
    "maths_reasoning",
    "agentic_tool_use",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedScore:
    """One model's score on one benchmark, from 0 to 1, and who said so when."""

    model: str
    benchmark: str
    score: Decimal
    source: str
    published_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBenchmarks:
    """The benchmarks that stand in for a task family.

    `weights` sum to 1. The `anchor` is one of them: widely reported and not yet
    saturated, so that models compared on nothing else can be compared on it.
    """

    task_family: str
    anchor: str
    weights: Mapping[str, Decimal]


def load_scores(path: Path | None = None) -> tuple[PublishedScore, ...]:
    """Return the scores of `path`, by default of the project's own file.

    Raise ValueError naming row and column for a cell that cannot be read, a score
    outside 0 to 1, and a second score of one model on one benchmark.
    """
    scores: dict[tuple[str, str], PublishedScore] = {}
    for row in read_table(path or SCORES_FILE, SCORE_COLUMNS):
        score = _score(row)
        if scores.setdefault((score.model, score.benchmark), score) is not score:
            raise row.refusal("benchmark", f"is scored twice for {score.model}")
    return tuple(scores.values())


def load_task_benchmarks(path: Path | None = None) -> Mapping[str, TaskBenchmarks]:
    """Return the benchmarks of each task family, by default of the project's own file.

    Raise ValueError naming the family when it is missing, unknown, when its weights
    are not numbers above 0 that sum to 1, or when its anchor has no weight.
    """
    path = path or TASK_BENCHMARKS_FILE
    with path.open("rb") as file:
        tables = tomllib.load(file, parse_float=Decimal)
    if set(tables) != set(TASK_FAMILIES):
        odd = ", ".join(sorted(set(tables) ^ set(TASK_FAMILIES)))
        raise ValueError(f"{path.name}: families missing or unknown: {odd}")
    return {family: _task_benchmarks(family, tables[family]) for family in tables}


@cache
def own_scores() -> tuple[PublishedScore, ...]:
    """Return the project's own scores; the file is read once per process."""
    return load_scores()


@cache
def own_task_benchmarks() -> Mapping[str, TaskBenchmarks]:
    """Return the project's own map of benchmarks; read once per process."""
    return load_task_benchmarks()


def _score(row: TableRow) -> PublishedScore:
    score, published_on = row.number("score"), row.day("published_on")
    if score is None or not 0 <= score <= 1:
        raise row.refusal("score", "must be from 0 to 1")
    if published_on is None:
        raise row.refusal("published_on", "must not be empty")
    return PublishedScore(
        model=row.required("model"),
        benchmark=row.required("benchmark"),
        score=score,
        source=row.required("source"),
        published_on=published_on,
    )


def _task_benchmarks(family: str, table: Mapping[str, Any]) -> TaskBenchmarks:
    anchor, weights = table.get("anchor"), table.get("weights")
    if not isinstance(weights, dict) or not all(
        isinstance(weight, Decimal) and weight > 0 for weight in weights.values()
    ):
        raise ValueError(f"{family}: weights must be decimals above 0, as 0.25")
    if sum(weights.values()) != 1:
        raise ValueError(f"{family}: weights must sum to 1")
    if not isinstance(anchor, str) or anchor not in weights:
        raise ValueError(f"{family}: the anchor must be one of its benchmarks")
    return TaskBenchmarks(task_family=family, anchor=anchor, weights=weights)
