"""Grades answers: what kinds of graders there are, and how any answer is judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from benchmarks.grading.choice import CHOICE
from benchmarks.grading.constraints import CONSTRAINTS
from benchmarks.grading.families import Family
from benchmarks.grading.grades import (
    NOT_GRADED,
    Grade,
    GraderProblem,
    Mark,
    Marker,
    OutOfTime,
    Verdict,
    compact,
)
from benchmarks.grading.json_answers import JSON
from benchmarks.grading.judge import JUDGE, needs_judge, rubric_of
from benchmarks.grading.number import NUMBER
from benchmarks.grading.parameters import Parameters
from benchmarks.grading.patterns import REGEX
from benchmarks.grading.refusals import is_refusal, was_cut_off, was_refused
from benchmarks.grading.spelling import spelled, without_thoughts
from benchmarks.grading.sql import SQL
from benchmarks.grading.texts import CONTAINS, EXACT

# Graded elsewhere: outcomes can be brought along, but nothing can be asked.
BROUGHT = "brought"
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "exact": EXACT,
        "choice": CHOICE,
        "number": NUMBER,
        "regex": REGEX,
        "json": JSON,
        "contains": CONTAINS,
        "sql": SQL,
        "constraints": CONSTRAINTS,
    }
)
KINDS = (*FAMILIES, JUDGE, BROUGHT)
LONGEST_ANSWER = 400_000
_MOST_OF_WHY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grader:
    mark: Marker
    after: str


def can_be_asked(grader: Mapping[str, Any]) -> bool:
    """Return whether `grade` can grade answers, so that they can be asked for.

    Those that `needs_judge` tells of can be asked too, once there is a judge.
    """
    return grader.get("kind") in FAMILIES


def check_grader(grader: Any, expected: Any) -> None:
    """Raise GraderProblem for a grader that cannot do its work on an item.

    That is an unknown kind or parameter, a missing expected answer, and one that the
    grader itself does not mark right.
    """
    if isinstance(grader, Mapping) and grader.get("kind") == BROUGHT:
        Parameters(grader).refuse_unknown()
        return
    if isinstance(grader, Mapping) and needs_judge(grader):
        rubric_of(grader, expected)
        return
    made = _grader(grader, expected)
    own = FAMILIES[grader["kind"]].own_answer(grader, expected)
    if own is None:
        return
    try:
        mark = made.mark(own)
    except OutOfTime as error:
        raise GraderProblem("grader.pattern", str(error)) from None
    if mark.score < 1 or not mark.answer:
        raise GraderProblem("expected", _not_understood(grader, mark))


def grade(
    grader: Mapping[str, Any],
    expected: Any,
    text: str,
    *,
    finish_reason: str = "",
    refusal: str = "",
) -> Grade:
    """Return what a grader makes of an answer's text.

    `finish_reason` is the provider's word for why the answer ended, `refusal` its own
    text of one. Reasoning in tags before the answer is left out. Raises GraderProblem
    for a grader that `check_grader` refuses, and for one whose outcomes are brought.
    """
    made = _grader(grader, expected)
    cut_off = was_cut_off(finish_reason)
    if refused := _refused_by_provider(finish_reason, refusal):
        return refused
    answer = _after(without_thoughts(text), made.after)
    try:
        mark = _marked(made, answer)
    except OutOfTime as error:
        return Grade(score=NOT_GRADED, verdict=Verdict.ERROR, why=str(error))
    if cut_off and not (mark.answer and mark.firm):
        return _without_answer(Verdict.TRUNCATED, "It ended before its answer did.")
    if mark.score < 1 and is_refusal(text.strip()):
        return _without_answer(Verdict.REFUSED, "It says that it will not answer.")
    if not mark.answer:
        return _without_answer(Verdict.UNPARSABLE, mark.why)
    return Grade(
        score=mark.score,
        verdict=_verdict(mark.score),
        answer=compact(mark.answer),
        why=mark.why[:_MOST_OF_WHY],
    )


def answer_for_judge(
    grader: Mapping[str, Any], text: str, *, finish_reason: str = "", refusal: str = ""
) -> str | Grade:
    """Return what a judge is to score of an answer, or its grade where nothing is.

    A refusal, an answer that was cut off and an empty one need no judge.
    """
    if refused := _refused_by_provider(finish_reason, refusal):
        return refused
    after = str(grader.get("after") or "")
    answer = _after(without_thoughts(text), after)
    if was_cut_off(finish_reason):
        return _without_answer(Verdict.TRUNCATED, "It ended before its answer did.")
    if is_refusal(text.strip()):
        return _without_answer(Verdict.REFUSED, "It says that it will not answer.")
    if not answer or len(answer) > LONGEST_ANSWER:
        return _without_answer(Verdict.UNPARSABLE, "There is no text to score.")
    return answer


def grade_of_judge(answer: str, score: float) -> Grade:
    """Return the grade of an answer that a judge scored, from 0 to 1."""
    return Grade(
        score=score,
        verdict=_verdict(score),
        answer=compact(spelled(answer)),
        why="A judge scored it.",
    )


def _refused_by_provider(finish_reason: str, refusal: str) -> Grade | None:
    if not refusal.strip() and not was_refused(finish_reason):
        return None
    said = refusal.strip() or f"The provider ended it: {finish_reason}."
    return _without_answer(Verdict.REFUSED, said)


def _grader(grader: Any, expected: Any) -> _Grader:
    kind = grader.get("kind") if isinstance(grader, Mapping) else None
    if kind == JUDGE:
        raise GraderProblem("grader.kind", "is scored by a judge: name its endpoint")
    if kind == BROUGHT:
        raise GraderProblem("grader.kind", "is graded elsewhere: it cannot be asked")
    family = FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None:
        raise GraderProblem("grader.kind", f"must be one of {', '.join(KINDS)}")
    if family.needs_expected and expected is None:
        raise GraderProblem(
            "expected", f"is missing: {kind} compares answers with it; state it"
        )
    parameters = Parameters(grader)
    after = parameters.text("after", longest=200)
    mark = family.marker(parameters, expected)
    parameters.refuse_unknown()
    return _Grader(mark=mark, after=after)


def _marked(grader: _Grader, answer: str) -> Mark:
    if not answer:
        return Mark(
            why=f"It has no text after {grader.after!r}."
            if grader.after
            else "There is no text."
        )
    if len(answer) > LONGEST_ANSWER:
        return Mark(why=f"It has more than {LONGEST_ANSWER:,} characters.")
    try:
        return grader.mark(answer)
    except RecursionError:
        return Mark(why="It is nested too deeply.")


def _after(text: str, marker: str) -> str:
    """Return what follows the last marker, whatever its case; empty without one."""
    if not marker:
        return text
    parts = re.split(re.escape(marker), text, flags=re.IGNORECASE)
    return parts[-1].strip() if len(parts) > 1 else ""


def _without_answer(verdict: Verdict, why: str) -> Grade:
    return Grade(
        score=0.0, verdict=verdict, why=spelled(why, ignore_case=False)[:_MOST_OF_WHY]
    )


def _verdict(score: float) -> Verdict:
    if score >= 1:
        return Verdict.RIGHT
    return Verdict.PARTIAL if score > 0 else Verdict.WRONG


def _not_understood(grader: Mapping[str, Any], mark: Mark) -> str:
    remedy = (
        "give an example of a right answer in grader.example"
        if grader["kind"] == "regex" and "example" not in grader
        else "correct one of the two"
    )
    return f"is not right by its own grader ({mark.why.rstrip('.')}): {remedy}"
