"""Arithmetic on tables: worked out again from the table as it is printed."""

import re

import pytest

from benchmarks.suite import KINDS, items


def table(text):
    """Return the rows under the header as article, warehouse, stock, sold, price."""
    lines = text.split("\n\n")[1].splitlines()
    rows = [re.split(r" \| |;|, |\t", line) for line in lines[1:]]
    return [(name, place, int(a), int(b), int(c)) for name, place, a, b, c in rows]


def worked_out(question, rows):
    named = sorted((row for row in rows if row[0] in question), key=lambda r: -r[4])
    place = re.findall(r"warehouse (North|South|West)", question)
    limit = int(found[1]) if (found := re.search(r"cost (\d+) or", question)) else 0
    sold = {p: sum(r[3] for r in rows if r[1] == p) for p in ("North", "South", "West")}
    best = max(rows, key=lambda row: row[3])
    forms = {
        "together are in stock": lambda: sum(row[2] for row in named),
        "larger than its sales": lambda: named[0][2] - named[0][3],
        "highest number in stock": lambda: max(row[2] for row in rows),
        "highest price": lambda: max(row[4] for row in rows),
        "How much dearer": lambda: named[0][4] - named[1][4],
        "sold in all": lambda: sum(row[3] for row in rows),
        "in stock in the warehouse": lambda: sum(
            row[2] for row in rows if row[1] == place[0]
        ),
        "pieces sold of the": lambda: named[0][3] * named[0][4],
        "or more?": lambda: sum(row[3] for row in rows if row[4] >= limit),
        "worth": lambda: sum(row[2] * row[4] for row in rows if row[1] == place[0]),
        "percentage": lambda: round(100 * named[0][3] / sum(row[3] for row in rows), 1),
        "How many more": lambda: sold[place[0]] - sold[place[1]],
        "the most pieces": lambda: best[3] * best[4],
    }
    (form,) = [form for form in forms if form in question]
    return forms[form]()


@pytest.mark.parametrize("item", items(KINDS["table_arithmetic"], seed=5, count=90))
def test_the_table_gives_the_expected_figure(item):
    text = item["messages"][0]["content"]

    found = worked_out(text.split("\n\n")[2], table(text))

    assert found == item["expected"]
    # What is asked as a difference is one: the larger stands first.
    assert found >= 0
