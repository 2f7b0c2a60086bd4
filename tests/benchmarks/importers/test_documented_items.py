"""The items that docs/buyers.md shows are ones that can be uploaded."""

import re
from pathlib import Path

import pytest

from benchmarks.grading import KINDS
from benchmarks.grading.constraint_rules import RULES
from benchmarks.importers.evaluation_item_rows import COLUMNS
from benchmarks.importers.evaluation_items import read

BUYERS = Path(__file__).parents[3] / "docs" / "buyers.md"


@pytest.fixture(scope="module")
def section():
    return BUYERS.read_text().partition("Questions of your own\n")[2]


def block(section, language):
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


def test_the_lines_of_json_show_every_kind_of_grader(section):
    items = read(block(section, "jsonl"))

    assert {each.grader["kind"] for each in items} == set(KINDS)


def test_the_rows_of_csv_are_read(section):
    items = read(block(section, "csv"))

    assert [(each.key, each.weight) for each in items] == [
        ("ticket-1", 1.0),
        ("ticket-2", 0.5),
    ]


def test_every_column_kind_and_rule_is_named(section):
    missing = [
        name for name in (*COLUMNS, *KINDS, *RULES) if f"`{name}`" not in section
    ]

    assert not missing
