"""What every grader has in common: refusals, cut-off answers, bad graders."""

import pytest

from benchmarks.grading import (
    BROUGHT,
    KINDS,
    GraderProblem,
    Verdict,
    can_be_asked,
    check_grader,
    grade,
)

EXACT = {"kind": "exact"}
CHOICE = {"kind": "choice", "choices": ["A", "B"]}
SORRY = "I'm sorry, but I can't help with that request."


@pytest.mark.parametrize(
    "text",
    [
        SORRY,
        "Sorry, I cannot assist with this.",
        "I am unable to provide medical advice.",
        "I won\u2019t help with that.",
        "As an AI language model, I cannot answer this.",
        "Unfortunately, I can't do that.",
    ],
)
def test_a_refusal_is_told_from_a_wrong_answer(text):
    found = grade(EXACT, "yes", text)

    assert (found.verdict, found.score, found.answer) == (Verdict.REFUSED, 0.0, "")


@pytest.mark.parametrize(
    "text",
    [
        "I cannot be certain, but the sum is odd.",
        "The customer says: I'm sorry, but I can't help with that.",
        SORRY + " " + "Here is what can be said about it. " * 20,
    ],
)
def test_what_only_sounds_like_a_refusal_is_an_answer(text):
    assert grade(EXACT, "yes", text).verdict == Verdict.WRONG


def test_an_expected_refusal_is_right():
    assert grade(EXACT, SORRY, SORRY).verdict == Verdict.RIGHT


def test_the_providers_word_for_a_refusal_counts_whatever_the_text():
    said = grade(EXACT, "yes", "yes", refusal="Not allowed.")
    filtered = grade(EXACT, "yes", "yes", finish_reason="content_filter")

    assert (said.verdict, said.why) == (Verdict.REFUSED, "Not allowed.")
    assert filtered.verdict == Verdict.REFUSED


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_an_answer_that_was_cut_off_is_not_wrong(reason):
    found = grade(
        CHOICE, "B", "Let us look at each option. First", finish_reason=reason
    )

    assert (found.verdict, found.answer, found.score) == (Verdict.TRUNCATED, "", 0.0)


def test_what_was_cut_off_after_its_answer_counts():
    right = grade(CHOICE, "B", "Answer: B\nThis is bec", finish_reason="length")
    wrong = grade(CHOICE, "B", "Answer: A\nThis is bec", finish_reason="length")

    assert (right.verdict, wrong.verdict) == (Verdict.RIGHT, Verdict.WRONG)


def test_an_answer_of_absurd_length_is_unparsable():
    found = grade(EXACT, "x", "x" * 400_001)

    assert found.verdict == Verdict.UNPARSABLE


def test_what_cannot_be_stored_is_replaced():
    found = grade(EXACT, "x", "a\x00b\ud800")

    assert found.answer == "a\ufffdb?"


@pytest.mark.parametrize(
    ("grader", "expected", "field", "said"),
    [
        (None, "x", "grader.kind", "must be one of exact"),
        ("exact", "x", "grader.kind", "must be one of exact"),
        ({}, "x", "grader.kind", "must be one of exact"),
        ({"kind": "magic"}, "x", "grader.kind", "must be one of exact"),
        ({"kind": ["exact"]}, "x", "grader.kind", "must be one of exact"),
        ({"kind": "exact", "case": 1}, "x", "grader.case", "is unknown"),
        ({"kind": "brought", "by": "x"}, None, "grader.by", "is unknown"),
        ({"kind": "exact", "punctuation": 1}, "x", "grader.punctuation", "true or"),
        ({"kind": "exact", "after": ""}, "x", "grader.after", "not empty"),
        ({"kind": "exact"}, None, "expected", "is missing"),
        ({"kind": "exact"}, "", "expected", "not empty"),
        ({"kind": "exact"}, 5, "expected", "a text or a list of texts"),
        ({"kind": "exact"}, [], "expected", "a text or a list of texts"),
        ({"kind": "exact"}, ["a", 5], "expected", "not empty"),
        ({"kind": "exact"}, ["a"] * 201, "expected", "at most 200"),
        ({"kind": "exact"}, "a" * 20_001, "expected", "20,000 characters"),
        ({"kind": "exact"}, "...", "expected", "not right by its own grader"),
        ({"kind": "contains", "match": "most"}, "x", "grader.match", "one of all"),
        ({"kind": "number"}, "many", "expected", "must be one number"),
        ({"kind": "number"}, "1 or 2", "expected", "must be one number"),
        ({"kind": "number"}, True, "expected", "must be one number"),
        ({"kind": "number"}, float("nan"), "expected", "must be one number"),
        (
            {"kind": "number", "absolute_tolerance": -1},
            1,
            "grader.absolute_tolerance",
            "from 0",
        ),
        (
            {"kind": "number", "relative_tolerance": 2},
            1,
            "grader.relative_tolerance",
            "from 0 to 1",
        ),
        ({"kind": "number", "decimals": 2.5}, 1, "grader.decimals", "whole number"),
        (CHOICE, "C", "expected", "one of the choices"),
        (CHOICE, 1, "expected", "one of the choices"),
        ({"kind": "choice"}, "A", "grader.choices", "a list of 2 to 200"),
        ({"kind": "choice", "choices": ["A"]}, "A", "grader.choices", "2 to 200"),
        ({"kind": "choice", "choices": ["A", "a"]}, "A", "grader.choices", "apart"),
        (
            {"kind": "choice", "choices": {"A": "x", "B": "X"}},
            "A",
            "grader.choices",
            "apart",
        ),
    ],
)
def test_a_grader_that_cannot_do_its_work_is_refused(grader, expected, field, said):
    with pytest.raises(GraderProblem, match=said) as refused:
        check_grader(grader, expected)

    assert refused.value.field == field


def test_what_is_graded_elsewhere_needs_nothing_and_cannot_be_asked():
    brought = {"kind": BROUGHT}

    check_grader(brought, None)

    assert not can_be_asked(brought)
    with pytest.raises(GraderProblem, match="cannot be asked"):
        grade(brought, None, "text")


def test_all_kinds_but_those_and_a_judges_can_be_asked():
    unasked = [kind for kind in KINDS if not can_be_asked({"kind": kind})]

    assert unasked == ["judge", BROUGHT]
