"""`regex`: what a pattern finds in the answer. A pattern of a buyer's is on the clock.

No bound of lengths keeps a pattern with nested repeats from running for hours, so it
is matched by `regex`, which heeds a time limit.
"""

from collections.abc import Mapping
from typing import Any

import regex

from benchmarks.grading.families import Family, first_accepted
from benchmarks.grading.grades import Mark, Marker, OutOfTime
from benchmarks.grading.parameters import Parameters, expected_texts
from benchmarks.grading.spelling import spelled

LONGEST_PATTERN = 500
MATCH_LIMIT_S = 0.25
# A pattern that counts further is unrolled while it is compiled.
_MOST_REPEATS = 1_000


def pattern_of(parameters: Parameters, name: str, *, ignore_case: bool) -> Any:
    """Return the compiled pattern under a name; raise GraderProblem."""
    stated = parameters.needed_text(name, longest=LONGEST_PATTERN)
    counts = regex.findall(r"\{(\d*),?(\d*)\}", stated)
    if any(int(each or 0) > _MOST_REPEATS for pair in counts for each in pair):
        raise parameters.problem(
            name, f"must repeat nothing more than {_MOST_REPEATS} times: use + or *"
        )
    flags = regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
    try:
        return regex.compile(stated, flags)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise parameters.problem(name, f"is no pattern: {error}") from None


def found_in(pattern: Any, text: str, *, last: bool = False) -> Any:
    """Return the first or last match, else None; raise OutOfTime."""
    try:
        if not last:
            return pattern.search(text, timeout=MATCH_LIMIT_S)
        match = None
        for each in pattern.finditer(text, timeout=MATCH_LIMIT_S):
            match = each
    except TimeoutError:
        raise OutOfTime(
            f"The pattern took more than {MATCH_LIMIT_S * 1000:.0f} ms on this answer:"
            " make it simpler, without repeats inside repeats."
        ) from None
    return match


def regex_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark the pattern's first group, or all it matched, as `exact` would.

    `take` is "last" (the default) or "first". `example` is an answer that must be
    right; it is needed where the pattern does not match the bare expected text.
    """
    ignore_case = not parameters.flag("case_sensitive")
    pattern = pattern_of(parameters, "pattern", ignore_case=ignore_case)
    last = parameters.word("take", ("first", "last"), default="last") == "last"
    parameters.text("example")
    accepted = {
        spelled(each, ignore_case=ignore_case) for each in expected_texts(expected)
    }

    def mark(text: str) -> Mark:
        match = found_in(pattern, text, last=last)
        if match is None:
            return Mark(why="The pattern does not occur in it.")
        part = match[1] if pattern.groups else match[0]
        answer = spelled(part or "", ignore_case=ignore_case)
        score = float(answer in accepted)
        said = "What it found is accepted." if score else "What it found is not."
        return Mark(score=score, answer=answer, why=said, firm=bool(score))

    return mark


def _own_answer(grader: Mapping[str, Any], expected: Any) -> str | None:
    return grader.get("example") or first_accepted(grader, expected)


REGEX = Family(marker=regex_marker, own_answer=_own_answer)
