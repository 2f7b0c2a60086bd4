"""Answers compared as texts: `exact` and `contains`."""

from typing import Any

from benchmarks.grading.families import Family, first_accepted
from benchmarks.grading.grades import Mark, Marker
from benchmarks.grading.parameters import Parameters, expected_texts
from benchmarks.grading.spelling import bare, spelled


def exact_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark a text right when it is one of the accepted ones, white space apart.

    Case and surrounding punctuation count only where they are asked to.
    """
    ignore_case = not parameters.flag("case_sensitive")
    keep_marks = parameters.flag("punctuation")
    accepted = expected_texts(expected)

    def spelling(text: str) -> str:
        return spelled(text if keep_marks else bare(text), ignore_case=ignore_case)

    known = frozenset(map(spelling, accepted))

    def mark(text: str) -> Mark:
        answer = spelling(text)
        if answer in known:
            said = "It is an accepted answer."
            return Mark(score=1.0, answer=answer, why=said, firm=True)
        return Mark(answer=answer, why="It is none of the accepted answers.")

    return mark


def contains_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark a text by which of the expected texts occur in it."""
    ignore_case = not parameters.flag("case_sensitive")
    need = parameters.word("match", ("all", "any", "share"), default="all")
    needles = {
        each: spelled(each, ignore_case=ignore_case)
        for each in expected_texts(expected)
    }

    def mark(text: str) -> Mark:
        answer = spelled(text, ignore_case=ignore_case)
        missing = [each for each, needle in needles.items() if needle not in answer]
        found = len(needles) - len(missing)
        return Mark(
            score=_share(found, len(needles), need),
            answer=answer,
            why=f"It lacks {missing[0]!r}." if missing else "It contains all of them.",
            firm=not missing,
        )

    return mark


def _share(found: int, wanted: int, need: str) -> float:
    if need == "any":
        return float(found > 0)
    return found / wanted if need == "share" else float(found == wanted)


def _all_together(_: Any, expected: Any) -> str | None:
    return "\n".join(expected) if isinstance(expected, list) else expected


EXACT = Family(marker=exact_marker, own_answer=first_accepted)
CONTAINS = Family(marker=contains_marker, own_answer=_all_together)
