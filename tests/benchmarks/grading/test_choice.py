"""`choice`: which option an answer settles on."""

import pytest

from benchmarks.grading import grade

LETTERS = {"kind": "choice", "choices": ["A", "B", "C", "D"]}
WORDED = {
    "kind": "choice",
    "choices": {"A": "Paris", "B": "Lyon", "C": "Nice"},
}
QUEUES = {"kind": "choice", "choices": ["billing", "refund", "technical issue"]}


@pytest.mark.parametrize(
    "text",
    [
        "B",
        "b.",
        "(B)",
        "**B**",
        "B) because of the tides",
        "B. Lyon",
        "B: it follows",
        "B is correct, since A is not.",
        "The answer is B.",
        "The correct answer is: **B**",
        "A looks right at first.\nFinal answer: (B)",
        "Answer: A? No.\nAnswer: B",
        "so \\boxed{B}",
        "I would pick (B) here.",
        "A dog would choose [B]",
    ],
)
def test_a_letter_is_found_where_the_answer_settles_on_it(text):
    found = grade(LETTERS, "B", text)

    assert (found.verdict, found.answer) == ("right", "B")


@pytest.mark.parametrize(
    "text",
    [
        "A dog barks.",  # an article, not a choice
        "Either (A) or (B).",
        "None of them.",
        "E",
        "I cannot tell which of them holds.",
        "",
    ],
)
def test_what_settles_on_no_letter_is_unparsable_and_not_wrong(text):
    found = grade(LETTERS, "B", text)

    assert (found.verdict, found.answer, found.score) == ("unparsable", "", 0.0)


def test_another_letter_is_wrong():
    found = grade(LETTERS, "B", "Answer: C")

    assert (found.verdict, found.answer, found.score) == ("wrong", "C", 0.0)


@pytest.mark.parametrize("text", ["B", "Lyon", "It is Lyon.", "Answer: lyon"])
def test_the_wording_of_an_option_stands_for_its_letter(text):
    assert grade(WORDED, "B", text).answer == "B"
    assert grade(WORDED, "Lyon", text).score == 1.0


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("refund", "refund"),
        ("Refund.", "refund"),
        ("This is a technical issue, I think.", "technical issue"),
        ("Category: billing", "billing"),
        ("billing or refund", ""),
        ("unbilling", ""),
        ("Label: refund\nIt mentions billing too.", "refund"),
    ],
)
def test_a_word_is_found_when_it_is_the_only_one_or_marked(text, answer):
    assert grade(QUEUES, "billing", text).answer == answer
