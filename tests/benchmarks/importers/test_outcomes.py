"""Outcomes that a buyer measured: taken whole, or refused by row and column."""

import json
import math

import pytest

from benchmarks.importers import outcomes
from benchmarks.importers.outcome_rows import RowProblem, RowsRefused
from benchmarks.importers.reading import Unreadable

HEAD = "task,item,model,sample,score"


def table(*rows, head=HEAD):
    return "\n".join((head, *rows)) + "\n"


def lines(*rows):
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def row(**changes):
    return {
        "task": "routing",
        "item": "q1",
        "model": "acme/small",
        "sample": 0,
        "score": 1,
        **changes,
    }


def problems_of(text, **options):
    with pytest.raises(RowsRefused) as refused:
        outcomes.read(text, **options)
    return refused.value.problems


def test_a_table_of_the_required_columns_is_read():
    brought = outcomes.read(
        table("routing,q1,small,0,1", "routing,q1,large,0,0.25", "routing,q2,small,0,0")
    )

    assert brought.task == "routing"
    assert brought.models == ("small", "large")
    assert [(each.row, each.item, each.score) for each in brought.outcomes] == [
        (2, "q1", 1.0),
        (3, "q1", 0.25),
        (4, "q2", 0.0),
    ]
    assert brought.notes == ()


def test_lines_of_json_say_the_same_as_a_table():
    figures = {"answer": "billing", "input_tokens": 120, "output_tokens": 3}
    more = {"latency_ms": 250.5, "verifier_score": -1.5}
    head = ",".join((HEAD, *figures, *more))
    cells = "routing,q1,acme/small,0,1,billing,120,3,250.5,-1.5"

    as_table = outcomes.read(table(cells, head=head)).outcomes
    as_lines = outcomes.read("\n" + lines(row(**figures, **more))).outcomes

    assert as_table == as_lines
    (found,) = as_lines
    assert (found.answer, found.input_tokens, found.output_tokens) == (
        "billing",
        120,
        3,
    )
    assert (found.latency_ms, found.verifier_score) == (250.5, -1.5)


def test_what_is_not_stated_is_unknown_and_not_zero():
    text = table("routing,q1,small,0,,,", head=f"{HEAD},answer,output_tokens")

    (found,) = outcomes.read(text).outcomes

    assert math.isnan(found.score)
    assert math.isnan(found.output_tokens)
    assert math.isnan(found.latency_ms)
    assert found.answer is None


def test_answers_may_stand_in_for_scores():
    head = "task,item,model,sample,answer"

    (found,) = outcomes.read(table("routing,q1,small,0,billing", head=head)).outcomes

    assert found.answer == "billing"
    assert math.isnan(found.score)


def test_unknown_columns_are_ignored_by_name():
    text = table("gsm8k,q1,small,0,1,233,x", head=f"{HEAD},output_chars,remark")

    brought = outcomes.read(text)

    assert brought.notes == (
        "Columns that mean nothing here were ignored: output_chars, remark.",
    )


@pytest.mark.parametrize(
    ("column", "meant"),
    [("ouput_tokens", "output_tokens"), ("Latency_ms", "latency_ms")],
)
def test_a_misspelt_column_is_refused_with_the_one_meant(column, meant):
    text = table("routing,q1,small,0,1,7", head=f"{HEAD},{column}")

    assert problems_of(text) == (
        RowProblem(1, column, f"No known column: did you mean {meant}?"),
    )
    assert problems_of(lines(row(), row(item="q2", **{column: 7})))[0].row == 2


@pytest.mark.parametrize("missing", ["task", "item", "model", "sample", "score"])
def test_a_missing_column_is_named(missing):
    head = HEAD.replace(missing, "remark")

    (problem,) = problems_of(table("a,b,c,0,1", head=head))

    assert (problem.row, problem.column) == (1, missing)
    assert problem.detail.startswith("The column is missing")


def test_rows_of_json_without_score_or_answer_anywhere_are_refused():
    bare = row()
    del bare["score"]

    (problem,) = problems_of(lines(bare, {**bare, "item": "q2"}))

    assert (problem.row, problem.column) == (1, "score")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("score", "1.01", "is out of range: give 0 to 1"),
        ("score", "-0.1", "is out of range: give 0 to 1"),
        ("score", "nan", "'nan' is no number"),
        ("score", "inf", "'inf' is no number"),
        ("score", "1_0", "'1_0' is no number"),
        ("score", "true", "'true' is no number"),
        ("sample", "1.5", "is not whole"),
        ("sample", "-1", "out of range"),
        ("sample", "64", "64 is out of range: give 0 to 63"),
        ("sample", "", "Number the samples"),
        ("item", "", "Is missing."),
        ("model", " ", "Is missing."),
        ("task", "", "Is missing."),
        ("item", "x" * 121, "at most 120"),
        ("model", "a\x07b", "printable"),
        ("input_tokens", "-1", "out of range"),
        ("output_tokens", "2.5", "not whole"),
        ("output_tokens", "1e9", "out of range"),
        ("latency_ms", "-3", "out of range"),
        ("latency_ms", "1e12", "out of range"),
        ("verifier_score", "1e300", "out of range"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_by_row_and_column(column, cell, said):
    head = f"{HEAD},input_tokens,output_tokens,latency_ms,verifier_score"
    good = dict(
        zip(head.split(","), ["routing", "q1", "s", "0", *"11111"], strict=True)
    )
    bad = good | {"item": "q2", column: cell}

    (problem,) = problems_of(
        table(",".join(good.values()), ",".join(bad.values()), head=head)
    )

    assert (problem.row, problem.column) == (3, column)
    assert said in problem.detail


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"score": math.nan}, "'nan' is no number"),
        ({"score": True}, "'True' is no number"),
        ({"score": "0.5"}, "'0.5' is no number"),
        ({"score": 10**400}, "is no number"),
        ({"item": ["q1"]}, "Give a text."),
        ({"item": True}, "Give a text."),
        ({"model": None}, "Is missing."),
        ({"answer": {"label": "a"}}, "Give a text."),
        ({"answer": "x" * 200_001}, "at most 200,000 characters"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(changes, said):
    (problem,) = problems_of(lines(row(**changes)))

    assert problem.column == next(iter(changes))
    assert said in problem.detail


def test_numbered_items_and_answers_are_taken_as_text():
    (found,) = outcomes.read(lines(row(item=17, answer=42))).outcomes

    assert (found.item, found.answer) == ("17", "42")


def test_a_sample_stated_twice_names_both_rows():
    text = table("routing,q1,small,0,1", "routing,q1,large,0,1", "routing,q1,small,0,0")

    (problem,) = problems_of(text)

    assert (problem.row, problem.column) == (4, "sample")
    assert "of row 2" in problem.detail


def test_of_several_tasks_one_must_be_named():
    text = table("b,q1,small,0,1", "a,q1,small,0,0")

    with pytest.raises(Unreadable, match=r"2 tasks.*name one of a, b as task"):
        outcomes.read(text)
    with pytest.raises(Unreadable, match="No row is of the task 'c': there are a, b"):
        outcomes.read(text, task="c")
    (found,) = outcomes.read(text, task="a").outcomes
    assert (found.task, found.score) == ("a", 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The file is empty."),
        ("\ufeff \n\n", "The file is empty."),
        (f"{HEAD}\n", "There are no rows."),
        (table("a,b,c,0"), "Row 2: Has 4 cells instead of 5."),
        (table('a,"b,c,0,1'), "Is not CSV"),
        (table("a,b,c,0,1", head=f"{HEAD},score"), "repeated"),
        (table("a,b\x00,c,0,1"), "Row 2: Holds a NUL"),
        ('{"task": "a"', "Row 1: Is not JSON"),
        (lines(row()) + "[1]", "Row 2: Is no JSON object"),
        ('{"task":' + "[" * 100_000, "nested too deeply"),
        (lines(row(answer="\ud800")), "half a character"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text, said):
    with pytest.raises(Unreadable, match=said.replace("[", r"\[")):
        outcomes.read(text)


def test_more_rows_than_are_read_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(outcomes, "MOST_ROWS", 2)

    with pytest.raises(Unreadable, match="at most 2 rows"):
        outcomes.read(table(*(f"a,q{n},s,0,1" for n in range(3))))


def test_of_thousands_of_faulty_rows_the_first_hundred_are_told():
    text = table(*(f"a,q{n},s,0,2" for n in range(3_000)))

    with pytest.raises(RowsRefused) as refused:
        outcomes.read(text)

    assert len(refused.value.problems) == 100
    assert refused.value.count == 1_001
    assert str(refused.value).startswith("Row 2: score: 2 is out of range")
