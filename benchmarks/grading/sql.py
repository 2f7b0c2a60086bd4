"""`sql`: a query, judged by the rows that it gives in SQLite."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.grading.families import Family
from benchmarks.grading.grades import GraderProblem, Mark, Marker
from benchmarks.grading.parameters import LONGEST_TEXT, Parameters
from benchmarks.grading.spelling import fenced
from benchmarks.grading.sqlite_box import QueryFailed, Rows, rows_of

_QUERY = re.compile(r"^\s*(select|with)\b", re.IGNORECASE)
_STARTS = re.compile(r"^(?:select|with)\b", re.IGNORECASE | re.MULTILINE)
_DECIMALS = 6


def sql_marker(parameters: Parameters, expected: Any) -> Marker:
    """Mark the query in a text by the rows it gives over `schema`.

    The schema creates tables and fills them. `expected` is a query or its rows.
    Columns count in their order and not by their names; rows in their order only
    where `ordered` is set. Numbers are rounded to `decimals`, six unless stated.
    """
    schema = parameters.needed_text("schema", longest=5 * LONGEST_TEXT)
    ordered = parameters.flag("ordered")
    stated = parameters.count("decimals", most=12)
    decimals = _DECIMALS if stated is None else stated
    wanted = _Result(_wanted(parameters, schema, expected), decimals, ordered)

    def mark(text: str) -> Mark:
        query = _query_in(text)
        if not query:
            return Mark(why="There is no SELECT in it.")
        try:
            found = _Result(rows_of(schema, query), decimals, ordered)
        except QueryFailed as error:
            return Mark(why=f"The query failed: {error}.")
        score = float(found.rows == wanted.rows)
        said = "It gives the expected rows." if score else "It gives other rows."
        return Mark(score=score, answer=found.spelled(), why=said, firm=bool(score))

    return mark


class _Result:
    """Rows of a query so that equal results are equal."""

    def __init__(self, rows: Rows, decimals: int, ordered: bool) -> None:
        lines = [tuple(_cell(cell, decimals) for cell in row) for row in rows]
        self.lines = lines if ordered else sorted(lines)
        self.rows = lines if ordered else Counter(lines)

    def spelled(self) -> str:
        """Return the rows as one text."""
        return "; ".join(", ".join(line) for line in self.lines) or "no rows"


def _cell(value: Any, decimals: int) -> str:
    if isinstance(value, int | float):
        return f"{round(float(value), decimals) + 0.0:.{decimals}f}"
    return "null" if value is None else repr(value)


def _wanted(parameters: Parameters, schema: str, expected: Any) -> Rows:
    try:
        rows_of(schema, "SELECT 1")
    except QueryFailed as error:
        raise parameters.problem("schema", f"cannot be run: {error}") from None
    rows: Any = expected
    if isinstance(expected, str):
        try:
            rows = rows_of(schema, expected)
        except QueryFailed as error:
            raise GraderProblem("expected", f"cannot be run: {error}") from None
    if not isinstance(rows, list) or not all(
        isinstance(row, list | tuple) for row in rows
    ):
        raise GraderProblem("expected", "must be a query, or a list of rows")
    if not rows:
        raise GraderProblem(
            "expected",
            "gives no rows, as many a wrong query does: add rows to the schema",
        )
    return rows


def _query_in(text: str) -> str:
    """Return the query of a text: the last fenced one, else from a line's SELECT on."""
    block = fenced(text, ("sql", "sqlite", "sqlite3"))
    if block is not None and _QUERY.match(block):
        return block
    start = _STARTS.search(text)
    return text[start.start() :].partition("```")[0].strip() if start else ""


def _own_answer(_: Mapping[str, Any], expected: Any) -> str | None:
    return f"```sql\n{expected}\n```" if isinstance(expected, str) else None


SQL = Family(marker=sql_marker, own_answer=_own_answer)
