"""`exact` and `contains`."""

import pytest

from benchmarks.grading import Verdict, grade


@pytest.mark.parametrize(
    ("text", "verdict", "answer"),
    [
        ("Paris", "right", "paris"),
        ("  **paris**.\n", "right", "paris"),
        ("Paris  ,", "right", "paris"),
        ("Lyon", "wrong", "lyon"),
        ("It is Paris", "wrong", "it is paris"),
        ("", "unparsable", ""),
        ("...", "unparsable", ""),
    ],
)
def test_a_text_is_compared_without_case_and_surrounding_marks(text, verdict, answer):
    found = grade({"kind": "exact"}, "Paris", text)

    assert (found.verdict, found.answer) == (verdict, answer)
    assert found.score == float(verdict == "right")


def test_case_and_punctuation_count_where_they_are_asked_to():
    strict = {"kind": "exact", "case_sensitive": True, "punctuation": True}

    assert grade(strict, "Yes.", "Yes.").verdict == Verdict.RIGHT
    assert grade(strict, "Yes.", "yes.").verdict == Verdict.WRONG
    assert grade(strict, "Yes.", "Yes").verdict == Verdict.WRONG


def test_any_of_several_texts_is_accepted_and_they_stay_different_votes():
    accepted = ["United Kingdom", "UK"]

    first = grade({"kind": "exact"}, accepted, "UK")
    second = grade({"kind": "exact"}, accepted, "United  Kingdom")

    assert (first.score, second.score) == (1.0, 1.0)
    assert (first.answer, second.answer) == ("uk", "united kingdom")


def test_only_what_follows_the_marker_is_graded():
    grader = {"kind": "exact", "after": "Answer:"}

    right = grade(grader, "B", "Not A. answer: C? No. ANSWER: b")
    without = grade(grader, "B", "B")

    assert (right.verdict, right.answer) == (Verdict.RIGHT, "b")
    assert without.verdict == Verdict.UNPARSABLE
    assert "after 'Answer:'" in without.why


def test_reasoning_in_tags_is_no_part_of_the_answer():
    assert grade({"kind": "exact"}, "4", "<think>5? no</think>\n4").score == 1.0
    assert grade({"kind": "exact"}, "4", "5? no</think> 4").score == 1.0
    unended = grade({"kind": "exact"}, "4", "<think>it is 4", finish_reason="length")
    assert unended.verdict == Verdict.TRUNCATED


def test_long_answers_stay_apart_though_they_are_kept_short():
    one = grade({"kind": "exact"}, "x", "a" * 500 + "b")
    other = grade({"kind": "exact"}, "x", "a" * 500 + "c")

    assert len(one.answer) <= 200
    assert one.answer != other.answer
    assert one.answer == grade({"kind": "exact"}, "x", "A" * 500 + "b.").answer


@pytest.mark.parametrize(
    ("match", "text", "score", "verdict"),
    [
        ("all", "Net 30 days, by wire", 1.0, "right"),
        ("all", "net 30 days", 0.0, "wrong"),
        ("any", "net 30 days", 1.0, "right"),
        ("any", "cash", 0.0, "wrong"),
        ("share", "net 30 days", 0.5, "partial"),  # one of two
        ("share", "cash", 0.0, "wrong"),
    ],
)
def test_texts_are_looked_for_in_the_answer(match, text, score, verdict):
    grader = {"kind": "contains", "match": match}

    found = grade(grader, ["30 days", "wire"], text)

    assert (found.score, found.verdict) == (score, verdict)


def test_what_is_looked_for_may_have_to_be_of_the_same_case():
    grader = {"kind": "contains", "case_sensitive": True}

    assert grade(grader, "IBAN", "the IBAN is").score == 1.0
    assert grade(grader, "IBAN", "the iban is").score == 0.0
