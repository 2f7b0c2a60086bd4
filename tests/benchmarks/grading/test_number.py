"""`number`: how quantities are read and compared."""

import pytest

from benchmarks.grading import Verdict, grade


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("42", "42"),
        ("-42", "-42"),
        ("\u221242", "-42"),
        ("$1,234.50", "1234.5"),
        ("-$5", "-5"),
        ("USD 12", "12"),
        ("EUR 1'234'567", "1234567"),
        ("1,5", "1.5"),
        ("0,123", "0.123"),
        ("1,234", "1234"),
        ("12,345,678", "12345678"),
        ("1.20", "1.2"),
        ("3e3", "3000"),
        ("12 %", "12"),
        ("12kg", "12"),
        ("- 5 apples", "5"),  # a bullet, no sign
        ("2026-11-25", "25"),
        ("0.0", "0"),
        ("We had 3, sold 2, so 1 is left: 1.", "1"),
        ("The answer is 7. I checked it 2 times.", "7"),
        ("#### 18", "18"),
        ("\\boxed{9} of 10", "9"),
        ("Answer: 6 * 7 = 42", "42"),
    ],
)
def test_numbers_are_read_as_people_write_them(text, answer):
    assert grade({"kind": "number"}, 1, text).answer == answer


@pytest.mark.parametrize("text", ["none", "gpt4o", "1.2.3", "1e999", "9" * 90])
def test_what_is_no_number_is_unparsable(text):
    assert grade({"kind": "number"}, 1, text).verdict == Verdict.UNPARSABLE


def test_a_decimal_comma_is_read_as_one_where_it_is_said_to_be():
    german = {"kind": "number", "decimal_comma": True}

    assert grade(german, "1.234,50", "1.234,5").score == 1.0
    assert grade(german, "1.234,50", "1.234,50 EUR").answer == "1234.5"


def test_a_percentage_may_stand_for_a_fraction():
    fraction = {"kind": "number", "percent": "fraction"}

    assert grade(fraction, 0.12, "12 %").score == 1.0
    assert grade(fraction, "12%", "0.12").score == 1.0


@pytest.mark.parametrize(
    ("tolerance", "text", "score"),
    [
        ({}, "100.0", 1.0),
        ({}, "100.1", 0.0),
        ({"absolute_tolerance": 0.1}, "100.1", 1.0),
        ({"absolute_tolerance": 0.1}, "100.11", 0.0),
        ({"relative_tolerance": 0.02}, "98", 1.0),  # 2 % of 100 is 2
        ({"relative_tolerance": 0.02}, "97.9", 0.0),
        ({"decimals": 0}, "100.4", 1.0),
        ({"decimals": 0}, "100.6", 0.0),
    ],
)
def test_right_is_what_is_within_the_tolerance(tolerance, text, score):
    assert grade({"kind": "number", **tolerance}, 100, text).score == score


def test_rounding_joins_votes_and_a_tolerance_does_not():
    rounded = {"kind": "number", "decimals": 1}
    near = {"kind": "number", "absolute_tolerance": 0.1}

    assert {grade(rounded, 5, text).answer for text in ("5.01", "5.02")} == {"5"}
    assert len({grade(near, 5, text).answer for text in ("5.01", "5.02")}) == 2


@pytest.mark.parametrize(
    ("take", "text", "answer"),
    [
        ("marked", "so 3 and 4", ""),
        ("marked", "Answer: 4, not 3", "4"),
        ("last", "Answer: 4, not 3", "3"),
        ("only", "3 and 4", ""),
        ("only", "it is 3", "3"),
    ],
)
def test_which_number_counts_is_stated(take, text, answer):
    assert grade({"kind": "number", "take": take}, 3, text).answer == answer


def test_a_number_in_the_middle_of_a_cut_off_answer_is_no_answer():
    working = "First, 12 apples cost 36, and"

    cut_off = grade({"kind": "number"}, 36, working, finish_reason="length")
    marked = grade({"kind": "number"}, 36, "Answer: 36.\nBec", finish_reason="length")

    assert (cut_off.verdict, cut_off.score) == (Verdict.TRUNCATED, 0.0)
    assert marked.verdict == Verdict.RIGHT
