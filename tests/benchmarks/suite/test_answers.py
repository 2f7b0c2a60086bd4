"""Answers as models word them: right ones are graded right, near misses wrong."""

import json
from datetime import date, timedelta

import pytest

from benchmarks.grading import Verdict, grade
from benchmarks.suite import KINDS, SEED, items
from benchmarks.suite.kinds.sql_queries import slips


def answered(item, text):
    return grade(item["grader"], item["expected"], text)


def drawn(*names):
    return [
        pytest.param(item, id=f"{name}-{item['key']}")
        for name in names
        for item in items(KINDS[name], seed=SEED, count=30)
    ]


@pytest.mark.parametrize("item", drawn("multi_hop_choice"))
def test_a_letter_is_right_bare_or_worded_and_another_wrong(item):
    letter, choices = item["expected"], item["grader"]["choices"]
    other = next(each for each in choices if each != letter)

    for wording in ("{0}", "{0}.", "**{0}**", "The answer is {0}.", "{0}. {1}", "{1}"):
        assert answered(item, wording.format(letter, choices[letter])).score == 1
        wrong = answered(item, wording.format(other, choices[other]))
        assert (wrong.score, wrong.verdict) == (0, Verdict.WRONG)


@pytest.mark.parametrize("item", drawn("ticket_routing"))
def test_a_team_is_right_by_its_name_and_another_wrong(item):
    right = item["expected"]
    other = next(each for each in item["grader"]["choices"] if each != right)

    for wording in ("{}", "{}.", "**{}**", "The answer is {}.", "{}: it is theirs"):
        assert answered(item, wording.format(right)).score == 1
        wrong = answered(item, wording.format(other))
        assert (wrong.score, wrong.verdict) == (0, Verdict.WRONG)


@pytest.mark.parametrize("item", drawn("sentiment"))
def test_a_sentiment_is_right_as_a_word_and_another_wrong(item):
    others = [each for each in item["grader"]["choices"] if each != item["expected"]]

    assert answered(item, f"{item['expected'].title()}.").score == 1
    assert answered(item, f"The customer's view is {item['expected']}.").score == 1
    assert [answered(item, each).verdict for each in others] == [Verdict.WRONG] * 2
    assert answered(item, "Hard to say.").verdict == Verdict.UNPARSABLE


@pytest.mark.parametrize("item", drawn("invoice_extraction", "email_extraction"))
def test_a_record_is_right_when_every_value_is(item):
    right = item["expected"]

    assert answered(item, f"```json\n{json.dumps(right, indent=2)}\n```").score == 1
    assert answered(item, f"Here it is: {json.dumps(right)}").score == 1
    for name in right:
        lacking = {key: value for key, value in right.items() if key != name}
        assert answered(item, json.dumps(lacking)).score == 0
        assert answered(item, json.dumps({**right, name: "Other"})).score == 0


@pytest.mark.parametrize("item", drawn("invoice_extraction"))
def test_a_sum_that_is_one_cent_off_is_wrong(item):
    off = {**item["expected"], "total": round(item["expected"]["total"] + 0.01, 2)}

    assert answered(item, json.dumps(off)).score == 0


@pytest.mark.parametrize("item", drawn("normalization"))
def test_a_date_or_amount_is_right_in_the_form_asked_for_alone(item):
    right = item["expected"]
    if "." in right:
        near = [f"{float(right) + 0.01:.2f}", f"{float(right):,.2f}", right[:-1]]
    else:
        day = date.fromisoformat(right)
        near = [str(day + timedelta(days=1)), f"{day:%Y-%d-%m}", f"{day:%d.%m.%Y}"]
    near = [each for each in near if each != right]

    assert answered(item, right).score == 1
    assert answered(item, f"That is {right}.").score == 1
    assert [answered(item, each).score for each in near] == [0] * len(near)


@pytest.mark.parametrize("item", drawn("table_arithmetic"))
def test_a_figure_is_right_alone_or_after_a_sum_and_one_off_wrong(item):
    right = item["expected"]

    assert answered(item, f"{right}").score == 1
    assert answered(item, f"40 + 2 = 42, so the answer is {right}.").score == 1
    assert answered(item, f"{right + 1}").score == 0
    assert answered(item, f"{right + 0.2:.1f}").score == 0


@pytest.mark.parametrize("item", drawn("sql_queries"))
def test_a_query_is_right_by_its_rows_and_slips_are_wrong(item):
    query = item["expected"]

    assert answered(item, f"{query};").score == 1
    assert answered(item, f"```sql\n{query}\n```").score == 1
    assert [answered(item, slip).score for slip in slips(query)] == [0] * len(
        slips(query)
    )
    assert answered(item, "SELECT nothing FROM nowhere").score == 0


@pytest.mark.parametrize("item", drawn("instruction_following"))
def test_a_reply_that_breaks_any_rule_is_wrong(item):
    reply = item["expected"]
    broken = {
        "words": "Done.",
        "starts_with": f"Well. {reply}",
        "ends_with": f"{reply} PS: have a nice day",
        "paragraphs": f"{reply}\n\nBye",
    }

    assert answered(item, reply).score == 1
    for rule in item["grader"]["rules"]:
        if rule["rule"] == "contains_none":
            texts = [f"{reply} {word}" for word in rule["texts"]]
        elif rule["rule"] == "contains":
            texts = [reply.replace(word, "it") for word in rule["texts"]]
        else:
            texts = [broken[rule["rule"]]]
        assert [answered(item, text).score for text in texts] == [0] * len(texts)
