"""Items of an evaluation set, read from files: all of them or none."""

import json

import pytest

from benchmarks.importers import evaluation_item_rows, evaluation_items
from benchmarks.importers.evaluation_items import content_hash, read, read_rows
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.importers.reading import Unreadable
from benchmarks.models.evaluations import sets

GOOD = {"prompt": "2 + 2?", "expected": 4, "grader": "number"}


def rows(*changes):
    """Return rows of different questions, each with a change."""
    return list(
        enumerate(
            (
                {**GOOD, "prompt": f"{at} + 2?", **each}
                for at, each in enumerate(changes)
            ),
            1,
        )
    )


def problems_of(refused):
    return [(each.row, each.column, each.detail) for each in refused.value.problems]


def test_a_line_of_json_is_an_item():
    lines = [
        json.dumps(
            {
                "key": "t-1",
                "system": "Answer with a letter.",
                "prompt": "Which?\n",
                "expected": "B",
                "grader": {"kind": "choice", "choices": ["A", "B"]},
                "weight": 2,
                "cluster": "mail 7",
                "difficulty": "hard",
                "max_output_tokens": 8,
            }
        ),
        "",
        json.dumps(GOOD),
    ]

    first, second = read("\ufeff" + "\n".join(lines))

    assert first.fields() == {
        "key": "t-1",
        "messages": [
            {"role": "system", "content": "Answer with a letter."},
            {"role": "user", "content": "Which?\n"},
        ],
        "expected": "B",
        "grader": {"kind": "choice", "choices": ["A", "B"]},
        "weight": 2.0,
        "cluster": "mail 7",
        "difficulty": "hard",
        "max_output_tokens": 8,
    }
    assert second.row == 3
    assert (second.weight, second.cluster, second.max_output_tokens) == (1.0, "", 256)
    assert second.grader == {"kind": "number"}


def test_a_row_of_csv_is_an_item_and_its_cells_are_read_as_json_where_they_are_that():
    text = (
        "key,prompt,expected,grader,weight\r\n"
        '1,"Name, please?",Ada,exact,\r\n'
        '2,Sum?,12.5,"{""kind"": ""number"", ""decimals"": 1}",0.5\r\n'
        '3,Extract.,"{""total"": 3}",json,1\r\n'
        '4,Capital?,"[""Paris"", ""paris, France""]",exact,1\r\n'
        "5,Code?,[X],exact,1\r\n"
    )

    items = read(text)

    assert [each.key for each in items] == ["1", "2", "3", "4", "5"]
    assert [each.expected for each in items] == [
        "Ada",
        "12.5",
        {"total": 3},
        ["Paris", "paris, France"],
        "[X]",
    ]
    assert items[0].weight == 1.0
    assert items[1].weight == 0.5
    assert items[1].grader == {"kind": "number", "decimals": 1}
    assert items[1].messages == [{"role": "user", "content": "Sum?"}]


def test_one_grader_may_be_stated_for_all_rows():
    items = read("prompt,expected\nA?,a\nB?,b\n", grader={"kind": "exact"})

    assert [each.grader for each in items] == [{"kind": "exact"}] * 2


def test_an_item_without_a_key_is_named_by_what_it_asks():
    (item,) = read_rows(rows({}))
    (again,) = read_rows(rows({"weight": 3}))

    assert len(item.key) == 16
    assert item.key == again.key


def test_messages_are_taken_as_they_are():
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "2 + 2?"},
    ]
    row = {"messages": messages, "expected": 4, "grader": "number"}

    (item,) = read_rows([(1, row)])

    assert item.messages == messages


def test_what_is_graded_elsewhere_needs_a_name_alone():
    (item,) = read_rows([(1, {"key": "q1", "grader": "brought"})])

    assert (item.messages, item.expected) == ([], None)
    with pytest.raises(RowsRefused, match="Is needed where nothing is asked"):
        read_rows([(1, {"grader": "brought"})])


@pytest.mark.parametrize(
    ("change", "column", "detail"),
    [
        ({"expected": None}, "expected", "Is missing: number compares answers with"),
        ({"expected": ""}, "expected", "Is missing"),
        ({"expected": "many"}, "expected", "Must be one number"),
        ({"expected": float("nan")}, "expected", "Must be JSON, without NaN"),
        ({"grader": None}, "grader", "Is missing: state one of exact"),
        ({"grader": 5}, "grader", "Must be an object"),
        ({"grader": "magic"}, "grader", "kind must be one of exact"),
        ({"grader": {"kind": "number", "case": 1}}, "grader", "case is unknown"),
        ({"prompt": " "}, "prompt", "Is missing: state what is asked"),
        ({"prompt": ["a"]}, "prompt", "Must be a text"),
        ({"prompt": "x" * 400_001}, "prompt", "at most 400,000"),
        ({"messages": [{"role": "user", "content": "a"}]}, "messages", "leave out"),
        ({"prompt": "", "messages": "Hi"}, "messages", "a list of 1 to 100"),
        ({"prompt": "", "messages": []}, "messages", "a list of 1 to 100"),
        ({"prompt": "", "messages": ["Hi"]}, "messages", "a role and a content"),
        (
            {"prompt": "", "messages": [{"role": "tool", "content": "a"}]},
            "messages",
            "is one of system",
        ),
        (
            {"prompt": "", "messages": [{"role": "user", "content": ""}]},
            "messages",
            "not empty",
        ),
        (
            {"prompt": "", "messages": [{"role": "system", "content": "a"}]},
            "messages",
            "Must end with what the user says",
        ),
        ({"key": "k" * 121}, "key", "at most 120"),
        ({"key": 1.5}, "key", "Must be a text"),
        ({"weight": 0}, "weight", "Must be above 0"),
        ({"weight": -1}, "weight", "Must be above 0"),
        ({"weight": float("nan")}, "weight", "Must be above 0"),
        ({"weight": 1e7}, "weight", "at most 1,000,000"),
        ({"weight": "heavy"}, "weight", "Must be a number"),
        ({"weight": True}, "weight", "Must be a number"),
        ({"difficulty": "d" * 21}, "difficulty", "at most 20"),
        ({"cluster": {}}, "cluster", "Must be a text"),
        ({"max_output_tokens": 0}, "max_output_tokens", "from 1 to 32,000"),
        ({"max_output_tokens": 1.5}, "max_output_tokens", "a whole number"),
        ({"max_output_tokens": float("inf")}, "max_output_tokens", "a whole number"),
        ({"max_output_tokens": "8"}, "max_output_tokens", "a whole number"),
        ({"wieght": 1}, "wieght", "did you mean weight?"),
        ({"colour": 1}, "colour", "Is unknown: take it out"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_the_remedy(change, column, detail):
    with pytest.raises(RowsRefused) as refused:
        read_rows(rows({}, change))

    ((row, named, said),) = problems_of(refused)
    assert (row, named) == (2, column)
    assert detail in said


def test_all_bad_rows_are_told_at_once():
    with pytest.raises(RowsRefused) as refused:
        read_rows(rows({"weight": 0, "expected": None}, {}, {"grader": "magic"}))

    told = [(row, column) for row, column, _ in problems_of(refused)]
    assert told == [(1, "expected"), (1, "weight"), (3, "grader")]


def test_a_repeated_key_or_question_is_refused():
    with pytest.raises(RowsRefused) as refused:
        read_rows(
            rows(
                {"key": "a", "prompt": "2?"},
                {"key": "a", "prompt": "3?"},
                {"key": "b", "prompt": "2?"},
                {"key": "c", "prompt": "2?", "expected": 5},
            )
        )

    assert problems_of(refused) == [
        (2, "key", "Repeats that of row 1: items are told apart by it."),
        (3, "prompt", "Asks what row 1 asks: keep one, and weigh it more."),
    ]


def test_one_item_is_a_set_and_none_is_not():
    assert len(read_rows(rows({}))) == 1
    with pytest.raises(Unreadable, match="no items"):
        read_rows([])


def test_too_many_items_are_refused():
    brought = ((at, {"key": at, "grader": "brought"}) for at in range(20_001))

    with pytest.raises(Unreadable, match="at most 20,000 items"):
        read_rows(brought)


def test_the_limits_are_those_of_the_rows_that_are_kept():
    assert evaluation_items.MAX_ITEMS == sets.MAX_ITEMS
    assert evaluation_item_rows.MAX_OUTPUT_TOKENS == sets.MAX_OUTPUT_TOKENS


@pytest.mark.parametrize(
    ("text", "row", "detail"),
    [
        ('{"prompt": "a"}\n[1]', 2, "Is no JSON object"),
        ('{"prompt": "a"}\nnonsense', 2, "Is not JSON"),
        ("prompt,expected\na,b", 1, "The column is missing: add it"),
        ("prompt,prompt,grader\na,b,exact", 1, "The column is repeated"),
        ("prompt,grader,colour\na,exact,c", 1, "Is unknown"),
        ("prompt,grader\na", 2, "Has 1 cells instead of 2"),
        ('prompt,grader\n"a"b,exact', 2, "Is not CSV"),
        ("prompt,grader\na\x00,exact", 2, "Holds a NUL"),
    ],
)
def test_what_is_no_table_is_refused_with_its_row(text, row, detail):
    with pytest.raises(RowsRefused) as refused:
        read(text)

    found, _, said = problems_of(refused)[0]
    assert found == row
    assert detail in said


def test_an_empty_file_is_refused():
    with pytest.raises(Unreadable, match="The file is empty"):
        read("\ufeff \n")


def test_a_row_of_a_list_has_to_be_an_object():
    with pytest.raises(RowsRefused, match="Row 1: Is no JSON object"):
        read_rows([(1, "2 + 2?")])


def test_the_hash_is_of_all_that_items_say_in_their_order():
    one, other = rows({"key": "a"}, {"key": "b"})

    hashes = {
        content_hash(read_rows(each))
        for each in (
            [one, other],
            [(1, other[1]), (2, one[1])],
            [one, (2, {**other[1], "weight": 2})],
        )
    }

    assert len(hashes) == 3
    turned = dict(reversed(one[1].items()))
    assert content_hash(read_rows([(7, turned)])) == content_hash(read_rows([one]))


def test_graders_that_take_long_to_check_do_not_hold_up_an_upload():
    with pytest.raises(Unreadable, match="up to row 1 took more than 0 s"):
        read_rows(rows({}), within_s=0.0)


def test_reading_stops_once_nothing_new_can_be_told():
    lines = ((at, {"weight": 0, "grader": "exact"}) for at in range(1, 20_000))

    with pytest.raises(RowsRefused) as refused:
        read_rows(lines)

    # Three faults a row: no prompt, no expected answer, no weight.
    assert refused.value.count == 1_002
    assert len(refused.value.problems) == 100


def test_empty_lines_of_csv_are_passed_over_and_broken_json_stays_text():
    text = 'prompt,expected,grader\n\nA?,"[NaN]",exact\n , , \n'

    (item,) = read(text)

    assert (item.row, item.expected) == (3, "[NaN]")
