"""Brought outcomes as the columns of a run."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.grading import Grade, Verdict, can_be_asked, grade
from benchmarks.grading.grades import compact
from benchmarks.importers.outcome_rows import Outcome, RowProblem, RowsRefused
from benchmarks.models import EvaluationItem

NO_SCORE = "no score in the file"
OUT_OF_TIME = "the grader ran out of time"

Grades = Mapping[int, Grade]


def grades_of(
    outcomes: Iterable[Outcome], items: Mapping[str, EvaluationItem]
) -> Grades:
    """Return by row what the set's graders make of answers that come without a score.

    Raises RowsRefused where an answer is of an item without a grader.
    """
    found: dict[int, Grade] = {}
    problems = []
    for each in outcomes:
        if each.answer is None or not math.isnan(each.score):
            continue
        item = items.get(each.item)
        if item is None and items:
            continue  # refused as unknown, with all others
        if item is None or not can_be_asked(item.grader):
            detail = "Is missing, and the set has no grader to grade the answer with."
            problems.append(RowProblem(each.row, "score", detail))
            continue
        found[each.row] = grade(item.grader, item.expected, each.answer)
    if problems:
        raise RowsRefused(problems)
    return found


def columns_of(
    outcomes: Iterable[Outcome], items: Mapping[str, EvaluationItem], grades: Grades
) -> dict[str, list[Any]]:
    """Return one model's outcomes as columns, in order of items and samples.

    A score that the file lacks is the grade's; without either, no answer came. Raises
    RowsRefused where there is no score at all.
    """
    ordered = sorted(
        outcomes, key=lambda each: (items[each.item].position, each.sample)
    )
    graded = [grades.get(each.row) or _brought(each) for each in ordered]
    if all(math.isnan(each.score) for each in graded):
        first = min(each.row for each in ordered)
        detail = f"The model {ordered[0].model} has no score at all."
        raise RowsRefused([RowProblem(first, "score", detail)])
    return {
        "item": [items[each.item].position for each in ordered],
        "sample": [each.sample for each in ordered],
        "score": [each.score for each in graded],
        "input_tokens": [each.input_tokens for each in ordered],
        "output_tokens": [each.output_tokens for each in ordered],
        "latency_ms": [each.latency_ms for each in ordered],
        "verifier_score": [each.verifier_score for each in ordered],
        "verdict": [each.verdict.value for each in graded],
        "answer": [each.answer for each in graded],
        "error": [
            _error(each, stated) for each, stated in zip(graded, ordered, strict=True)
        ],
    }


def digest_of(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return a hash of what was answered, whatever the order and format of the file."""
    told = [columns[name] for name in ("item", "sample", "score", "answer")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _brought(outcome: Outcome) -> Grade:
    """Return what the file itself says; answers alike but for spaces are one class."""
    answer = " ".join((outcome.answer or "").split())
    if math.isnan(outcome.score):
        verdict = Verdict.ERROR
    elif outcome.score in (0, 1):
        verdict = Verdict.RIGHT if outcome.score else Verdict.WRONG
    else:
        verdict = Verdict.PARTIAL
    return Grade(score=outcome.score, verdict=verdict, answer=compact(answer))


def _error(graded: Grade, stated: Outcome) -> str:
    if not math.isnan(graded.score):
        return ""
    return NO_SCORE if stated.answer is None else OUT_OF_TIME
