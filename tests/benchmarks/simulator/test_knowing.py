"""What a simulated model knows turns out in the shares that it was told."""

import pytest

from benchmarks.simulator.knowing import Known, Turn, said

PROMPTS = [f"Question {number}?" for number in range(2_000)]


def turns(known, prompts=PROMPTS, seed=1):
    return [known.turn(prompt, seed) for prompt in prompts]


@pytest.mark.parametrize(
    ("turn", "share"), [("right", 0.6), ("refused", 0.1), ("truncated", 0.05)]
)
def test_shares_turn_out_as_they_were_told(turn, share):
    known = Known(when="?", right="Yes", **{f"{turn}_share": share, "right_share": 0})
    if turn == "right":
        known = Known(when="?", right="Yes", right_share=share)

    # Five standard deviations of a share of 2,000 are at most 5 x 0.011.
    assert turns(known).count(Turn(turn)) / 2_000 == pytest.approx(share, abs=0.056)


def test_the_rest_is_wrong_and_takes_its_words_in_turn():
    known = Known(when="?", right="Yes", right_share=0.0, wrong=("No", "Perhaps"))

    found = {said((known,), prompt, 1, 10).tokens for prompt in PROMPTS}

    assert found == {("No",), ("Perhaps",)}


def test_the_same_question_and_seed_turn_out_alike():
    known = Known(when="?", right="Yes", right_share=0.5)

    assert turns(known) == turns(known)
    assert turns(known) != turns(known, seed=2)


def test_what_is_of_the_question_no_seed_changes():
    known = Known(when="?", right="Yes", right_share=0.5, of_question=1.0)

    assert turns(known) == turns(known, seed=2)


def test_the_first_that_fits_answers_and_nobody_else():
    known = (Known(when="1?", right="One"), Known(when="?", right="Many"))

    assert said(known, "Question 1?", None, 10).tokens == ("One",)
    assert said(known, "Question 2?", None, 10).tokens == ("Many",)
    assert said(known, "A statement.", None, 10) is None


def test_tokens_make_the_text_to_the_letter():
    known = Known(when="?", right=" A  line,\n\n{'and': 1} ")

    found = said((known,), "?", None, 10)

    assert "".join(found.tokens) == " A  line,\n\n{'and': 1} "
    assert (found.finish, found.refusal) == ("stop", False)


@pytest.mark.parametrize(
    ("fields", "most", "tokens", "finish", "refusal"),
    [
        ({}, 2, ("one", " two"), "length", False),
        ({"truncated_share": 1.0}, 9, ("one", " two"), "length", False),
        ({"refused_share": 1.0}, 9, ("I", " cannot"), "stop", True),
        ({"unparsable_share": 1.0}, 9, ("Let", " me"), "stop", False),
    ],
)
def test_what_is_no_answer_comes_as_endpoints_give_it(
    fields, most, tokens, finish, refusal
):
    share = 0.0 if fields else 1.0
    known = Known(when="?", right="one two three four", right_share=share, **fields)

    found = said((known,), "?", None, most)

    assert found.tokens[:2] == tokens
    assert (found.finish, found.refusal) == (finish, refusal)
