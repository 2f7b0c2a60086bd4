"""Brought outcomes as the columns of a run."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.importers.outcome_rows import Outcome, RowProblem, RowsRefused
from benchmarks.models import EvaluationItem
from benchmarks.services.evaluations.brought_items import BROUGHT

# Longer answers are told apart by their hash.
_LONGEST = 200
_DIGITS = 16
NO_SCORE = "no score in the file"


def columns_of(
    outcomes: Iterable[Outcome], items: Mapping[str, EvaluationItem]
) -> dict[str, list[Any]]:
    """Return one model's outcomes as columns, in order of items and samples.

    A score that the file lacks is graded from the raw answer where the item has a
    grader; without either, no answer came. Raises RowsRefused where an answer cannot be
    graded, and where there is no score at all.
    """
    ordered = sorted(
        outcomes, key=lambda each: (items[each.item].position, each.sample)
    )
    _check_gradable(ordered, items)
    graded = [_graded(each, items[each.item]) for each in ordered]
    if all(math.isnan(score) for score, _, _ in graded):
        first = min(each.row for each in ordered)
        detail = f"The model {ordered[0].model} has no score at all."
        raise RowsRefused([RowProblem(first, "score", detail)])
    return {
        "item": [items[each.item].position for each in ordered],
        "sample": [each.sample for each in ordered],
        "score": [score for score, _, _ in graded],
        "input_tokens": [each.input_tokens for each in ordered],
        "output_tokens": [each.output_tokens for each in ordered],
        "latency_ms": [each.latency_ms for each in ordered],
        "verifier_score": [each.verifier_score for each in ordered],
        "verdict": [verdict for _, verdict, _ in graded],
        "answer": [answer for _, _, answer in graded],
        "error": [NO_SCORE if math.isnan(score) else "" for score, _, _ in graded],
    }


def digest_of(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return a hash of what was answered, whatever the order and format of the file."""
    told = [columns[name] for name in ("item", "sample", "score", "answer")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _check_gradable(
    outcomes: Iterable[Outcome], items: Mapping[str, EvaluationItem]
) -> None:
    detail = "Is missing, and the set has no grader to grade the answer with."
    problems = [
        RowProblem(each.row, "score", detail)
        for each in outcomes
        if math.isnan(each.score)
        and each.answer is not None
        and items[each.item].grader.get("kind") == BROUGHT
    ]
    if problems:
        raise RowsRefused(problems)


def _graded(outcome: Outcome, item: EvaluationItem) -> tuple[float, str, str]:
    """Return score, verdict and class of answer."""
    answer = "" if outcome.answer is None else " ".join(outcome.answer.split())
    return outcome.score, _verdict(outcome.score), compact(answer)


def _verdict(score: float) -> str:
    if math.isnan(score):
        return "error"
    return {0.0: "wrong", 1.0: "right"}.get(score, "partial")


def compact(answer: str) -> str:
    """Return an answer as a column holds it: equal ones equal, others different."""
    if len(answer) <= _LONGEST:
        return answer
    digits = hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return f"{answer[: _LONGEST - _DIGITS - 2]}… {digits}"
