"""`regex`: what a pattern finds, and that no pattern holds up a worker."""

import time

import pytest

from benchmarks.grading import GraderProblem, Verdict, check_grader, grade

TOTAL = {
    "kind": "regex",
    "pattern": r"total:\s*(\S+)",
    "example": "Total: 42",
}


@pytest.mark.parametrize(
    ("text", "verdict", "answer"),
    [
        ("Total: 42", "right", "42"),
        ("Total: 41\nTotal: 42", "right", "42"),  # the last one counts
        ("Total: 43", "wrong", "43"),
        ("42", "unparsable", ""),
    ],
)
def test_the_first_group_is_the_answer(text, verdict, answer):
    found = grade(TOTAL, "42", text)

    assert (found.verdict, found.answer) == (verdict, answer)


def test_the_first_match_counts_where_it_is_asked_for_and_all_of_it_without_a_group():
    grader = {"kind": "regex", "pattern": r"[A-Z]{2}\d{4}", "take": "first"}

    assert grade(grader, "AB1234", "ab1234, not CD5678").answer == "ab1234"


def test_case_counts_where_it_is_asked_to():
    grader = {"kind": "regex", "pattern": "[A-Z]+", "case_sensitive": True}

    assert grade(grader, "AB", "xAB").answer == "AB"


def test_a_pattern_that_would_run_for_hours_is_stopped_and_no_wrong_answer():
    grader = {"kind": "regex", "pattern": "(a|aa)+$", "example": "aa"}
    started = time.monotonic()

    found = grade(grader, "a", "a" * 300 + "b")

    assert found.verdict == Verdict.ERROR
    assert found.score != found.score  # NaN
    assert "took more than 250 ms" in found.why
    assert time.monotonic() - started < 5


def test_a_pattern_that_cannot_find_its_own_answer_needs_an_example():
    bare = {"kind": "regex", "pattern": r"total: (\d+)"}

    with pytest.raises(GraderProblem, match=r"grader\.example"):
        check_grader(bare, "42")
    check_grader({**bare, "example": "Total: 42"}, "42")
    with pytest.raises(GraderProblem, match="expected: is not right"):
        check_grader({**bare, "example": "Total: 41"}, "42")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "is no pattern"),
        ("a{5000}", "more than 1000 times"),
        ("x" * 501, "at most 500 characters"),
        (None, "is missing"),
        (5, "must be a text"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern, said):
    with pytest.raises(GraderProblem, match=said) as refused:
        check_grader({"kind": "regex", "pattern": pattern}, "x")

    assert refused.value.field == "grader.pattern"


def test_an_example_that_takes_too_long_is_refused():
    grader = {"kind": "regex", "pattern": "(a|aa)+$", "example": "a" * 300 + "b"}

    with pytest.raises(GraderProblem, match="took more than"):
        check_grader(grader, "a")
