"""A query over two tables, checked by what it returns."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import CITIES, FIRMS
from benchmarks.suite.question import Difficulty, Kind, Question

PARENTS, CHILDREN, TOWNS = 7, 16, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The words of two tables: each row of `children` belongs to one of `parents`."""

    parents: str
    parent: str
    names: tuple[str, ...]
    children: str
    child: str
    link: str
    label: str
    labels: tuple[str, ...]
    count: str
    worth: str
    day: str


THEMES = (
    Theme(
        parents="customers",
        parent="customer",
        names=FIRMS,
        children="orders",
        child="order",
        link="customer_id",
        label="article",
        labels=("lamp", "chair", "shelf", "clock", "pump"),
        count="pieces",
        worth="amount",
        day="ordered_on",
    ),
    Theme(
        parents="departments",
        parent="department",
        names=(
            *("Finance", "Design", "Legal", "Research", "Quality", "Purchasing"),
            *("Training", "Security", "Planning", "Support"),
        ),
        children="employees",
        child="employee",
        link="department_id",
        label="job",
        labels=("analyst", "clerk", "engineer", "lead", "assistant"),
        count="holidays",
        worth="salary",
        day="hired_on",
    ),
    Theme(
        parents="depots",
        parent="depot",
        names=(
            *("Depot A1", "Depot A2", "Depot B1", "Depot B7", "Depot C3", "Depot D4"),
            *("Harbour", "Old Mill", "Airfield", "Quarry"),
        ),
        children="vehicles",
        child="vehicle",
        link="depot_id",
        label="type",
        labels=("van", "truck", "trailer", "bus", "forklift"),
        count="trips",
        worth="mileage",
        day="bought_on",
    ),
)
SCHEMA = """CREATE TABLE {t.parents} (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE {t.children} (id INTEGER PRIMARY KEY, {t.link} INTEGER REFERENCES \
{t.parents}(id), {t.label} TEXT, {t.count} INTEGER, {t.worth} INTEGER, {t.day} TEXT);"""

# What is asked, and a query that answers it; many others do.
ASKED = {
    Difficulty.EASY: (
        (
            "How many {t.children} have the {t.label} '{label}'?",
            "SELECT COUNT(*) FROM {t.children} WHERE {t.label} = '{label}'",
        ),
        (
            "What is the sum of {t.worth} over the {t.children} with a {t.day} of"
            " {day} or later?",
            "SELECT SUM({t.worth}) FROM {t.children} WHERE {t.day} >= '{day}'",
        ),
        (
            "List the name of every {t.parent} in the city {city}, in alphabetical"
            " order.",
            "SELECT name FROM {t.parents} WHERE city = '{city}' ORDER BY name",
        ),
        (
            "List the id of every {t.child} with a value of {t.count} above {limit},"
            " smallest id first.",
            "SELECT id FROM {t.children} WHERE {t.count} > {limit} ORDER BY id",
        ),
        (
            "What is the largest {t.worth} among the {t.children} with the {t.label}"
            " '{label}'?",
            "SELECT MAX({t.worth}) FROM {t.children} WHERE {t.label} = '{label}'",
        ),
    ),
    Difficulty.MEDIUM: (
        (
            "List each {t.label} with the number of {t.children} that have it and a"
            " {t.day} of {day} or later, in alphabetical order of {t.label}; leave out"
            " those with none. Columns: {t.label}, number.",
            "SELECT {t.label}, COUNT(*) FROM {t.children} WHERE {t.day} >= '{day}'"
            " GROUP BY {t.label} ORDER BY {t.label}",
        ),
        (
            "What is the sum of {t.worth} over the {t.children} of {t.parents} in the"
            " city {city}?",
            "SELECT SUM(c.{t.worth}) FROM {t.children} c JOIN {t.parents} p ON p.id ="
            " c.{t.link} WHERE p.city = '{city}'",
        ),
        (
            "List the id of each {t.child} of the {t.parent} named '{name}', smallest"
            " id first.",
            "SELECT c.id FROM {t.children} c JOIN {t.parents} p ON p.id = c.{t.link}"
            " WHERE p.name = '{name}' ORDER BY c.id",
        ),
        (
            "Of the {t.children} with a value of {t.count} below {limit}, list the two"
            " with the largest {t.worth}, largest first. Columns: id, {t.worth}.",
            "SELECT id, {t.worth} FROM {t.children} WHERE {t.count} < {limit}"
            " ORDER BY {t.worth} DESC LIMIT 2",
        ),
        (
            "How many {t.children} with the {t.label} '{label}' have a {t.day} in the"
            " year {year}?",
            "SELECT COUNT(*) FROM {t.children} WHERE {t.label} = '{label}' AND {t.day}"
            " BETWEEN '{year}-01-01' AND '{year}-12-31'",
        ),
    ),
    Difficulty.HARD: (
        (
            "List the name of each {t.parent} without any {t.child} of the {t.label}"
            " '{label}', in alphabetical order.",
            "SELECT name FROM {t.parents} WHERE id NOT IN (SELECT {t.link} FROM"
            " {t.children} WHERE {t.label} = '{label}') ORDER BY name",
        ),
        (
            "What is the name of the {t.parent} with the largest sum of {t.worth} over"
            " its {t.children} with a {t.day} of {day} or later?",
            "SELECT p.name FROM {t.parents} p JOIN {t.children} c ON c.{t.link} = p.id"
            " WHERE c.{t.day} >= '{day}' GROUP BY p.id"
            " ORDER BY SUM(c.{t.worth}) DESC LIMIT 1",
        ),
        (
            "List each {t.parent} with two or more {t.children} that have a value of"
            " {t.count} above {limit}, in alphabetical order. Columns: name, number of"
            " these {t.children}.",
            "SELECT p.name, COUNT(*) FROM {t.parents} p JOIN {t.children} c ON"
            " c.{t.link} = p.id WHERE c.{t.count} > {limit} GROUP BY p.id"
            " HAVING COUNT(*) >= 2 ORDER BY p.name",
        ),
        (
            "List each city with the sum of {t.worth} over the {t.children} of its"
            " {t.parents} with a {t.day} before {day}, largest sum first; leave out"
            " cities with none. Columns: city, sum.",
            "SELECT p.city, SUM(c.{t.worth}) FROM {t.parents} p JOIN {t.children} c ON"
            " c.{t.link} = p.id WHERE c.{t.day} < '{day}' GROUP BY p.city"
            " ORDER BY SUM(c.{t.worth}) DESC",
        ),
        (
            "How many {t.children} with a {t.day} of {day} or later have a {t.worth}"
            " above the mean {t.worth} of all {t.children}?",
            "SELECT COUNT(*) FROM {t.children} WHERE {t.day} >= '{day}' AND"
            " {t.worth} > (SELECT AVG({t.worth}) FROM {t.children})",
        ),
        (
            "List for each {t.parent} that has {t.children} with a value of {t.count}"
            " above {limit} the latest {t.day} among these, in alphabetical order of"
            " the names. Columns: name, {t.day}.",
            "SELECT p.name, MAX(c.{t.day}) FROM {t.parents} p JOIN {t.children} c ON"
            " c.{t.link} = p.id WHERE c.{t.count} > {limit} GROUP BY p.id"
            " ORDER BY p.name",
        ),
    ),
}


SLIPS = (
    (r" WHERE .*?(?= GROUP| ORDER|$)", ""),
    (r" HAVING .*?(?= ORDER)", ""),
    (r" LIMIT \d", ""),
    (r" DESC", ""),
    (r"> |>= ", "< "),
    (r"< ", "> "),
    (r"NOT IN", "IN"),
    (r"MAX", "MIN"),
)


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    theme = draw.one(THEMES)
    form = draw.whole(0, len(ASKED[difficulty]) - 1)
    asked, query = ASKED[difficulty][form]
    names, towns = draw.some(theme.names, PARENTS), draw.some(CITIES, TOWNS)
    words = {
        "t": theme,
        "label": draw.one(theme.labels),
        "city": draw.one(towns),
        "name": draw.one(names),
        "limit": draw.whole(15, 35),
        "year": draw.whole(2024, 2026),
        "day": f"{draw.whole(2024, 2025)}-{draw.whole(4, 12):02}-01",
    }
    schema, query = SCHEMA.format(t=theme), query.format(**words)
    rows = _telling_rows(draw, theme, names, towns, f"{schema}\n", query)
    prompt = (
        f"SQLite tables, dates as texts like 2025-03-31:\n\n{schema}\n\n"
        f"{asked.format(**words)}\n\nReply with one SQL query only."
    )
    return Question(
        prompt=prompt,
        expected=query,
        grader={"kind": "sql", "schema": f"{schema}\n{rows}", "ordered": True},
        pattern=f"{theme.parents}-{form}",
        max_output_tokens=160,
    )


def _telling_rows(
    draw: Draw,
    theme: Theme,
    names: list[str],
    towns: list[str],
    schema: str,
    query: str,
) -> str:
    """Return rows on which the query finds something, and none of its slips the same.

    On others a wrong query could pass for right.
    """
    while True:
        rows = _rows(draw, theme, names, towns)
        with closing(sqlite3.connect(":memory:")) as database:
            database.executescript(schema + rows)
            found = database.execute(query).fetchall()
            others = [database.execute(slip).fetchall() for slip in slips(query)]
        if found and found[0][0] not in (None, 0) and found not in others:
            return rows


def slips(query: str) -> list[str]:
    """Return queries that are wrong by one thing left out or turned round."""
    turned = (re.sub(pattern, instead, query) for pattern, instead in SLIPS)
    return [other for other in turned if other != query]


def _rows(draw: Draw, theme: Theme, names: list[str], towns: list[str]) -> str:
    """Return inserts; worths and days differ all, and one parent has no child."""
    parents = [
        f"({number}, '{name}', '{draw.one(towns)}')"
        for number, name in enumerate(names, 1)
    ]
    childless = draw.whole(1, PARENTS)
    others = [number for number in range(1, PARENTS + 1) if number != childless]
    worths = draw.some(range(21, 980), CHILDREN)
    days = draw.some(range(3 * 365), CHILDREN)
    children = [
        f"({number}, {draw.one(others)}, '{draw.one(theme.labels)}',"
        f" {draw.whole(1, 50)}, {worth * 10},"
        f" '{date(2024, 1, 1) + timedelta(days=day)}')"
        for number, (worth, day) in enumerate(zip(worths, days, strict=True), 11)
    ]
    return (
        # All of it is drawn here: nothing of it comes from outside.
        f"INSERT INTO {theme.parents} VALUES {', '.join(parents)};\n"  # noqa: S608
        f"INSERT INTO {theme.children} VALUES {', '.join(children)};"
    )


KIND = Kind(
    name="sql_queries",
    task_family="code",
    title="SQL queries",
    asks="one SQLite query over two tables: filters, joins, groups, subqueries",
    question=_question,
)
