"""Items of an evaluation set as JSONL, CSV or rows of JSON; all of them or none.

Rows are numbered as an editor numbers lines: a CSV's header is row 1.
docs/buyers.md has the format.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from time import thread_time
from typing import Any

from benchmarks.importers.evaluation_item_rows import COLUMNS, Item, digest, item
from benchmarks.importers.outcome_rows import RowProblem, RowsRefused
from benchmarks.importers.outcomes import json_lines
from benchmarks.importers.reading import Unreadable

MAX_ITEMS = 20_000
# Twenty thousand plain graders take 3 s; one pattern or query may take half a second.
CHECKED_WITHIN_S = 30.0
# After so many, reading on would tell nothing new.
_ENOUGH_PROBLEMS = 1_000
# How alike a column must be to a known one to be taken for it, misspelt.
_ALIKE = 0.8
# A cell of these is JSON where it can be read as that.
_JSON_COLUMNS = ("messages", "grader")
_FIGURES = ("weight", "max_output_tokens")
# Kinds whose expected answer may be a list.
_LISTS = ("json", "sql", "exact", "contains", "regex")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# What a row really is, is looked at.
Rows = Iterable[tuple[int, Any]]


def read(text: str, *, grader: Any = None) -> tuple[Item, ...]:
    """Return the items of a JSON lines or CSV file; raise Unreadable, or RowsRefused.

    `grader` is for the rows that state none.
    """
    if not text.strip("\ufeff \t\r\n"):
        raise Unreadable("The file is empty.")
    if found := _UNSTORABLE.search(text):
        row = text.count("\n", 0, found.start()) + 1
        detail = "Holds a NUL or half a character: save it as text in UTF-8."
        raise RowsRefused([RowProblem(row, "", detail)])
    is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
    rows = json_lines(text) if is_json else _csv_rows(text, grader)
    return read_rows(rows, grader=grader)


def read_rows(
    rows: Rows, *, grader: Any = None, within_s: float = CHECKED_WITHIN_S
) -> tuple[Item, ...]:
    """Return the items that numbered rows state; raise as `read` does.

    `within_s` is how much of the processor's time their graders may take.
    """
    items: list[Item] = []
    problems: list[RowProblem] = []
    started = thread_time()
    for count, (at, row) in enumerate(rows, 1):
        if count > MAX_ITEMS:
            raise Unreadable(f"A set has at most {MAX_ITEMS:,} items: split it.")
        if thread_time() - started > within_s:
            raise Unreadable(
                f"Checking the graders up to row {at} took more than {within_s:g} s:"
                " make their patterns and queries simpler, or split the set."
            )
        found = _item(at, row, grader)
        if isinstance(found, Item):
            items.append(found)
        else:
            problems += found
        if len(problems) > _ENOUGH_PROBLEMS:
            break
    problems += _repeated(items)
    if problems:
        raise RowsRefused(problems)
    if not items:
        raise Unreadable("There are no items: a set has at least one.")
    return tuple(items)


def content_hash(items: Sequence[Item]) -> str:
    """Return the SHA-256 over all that items say, in their order."""
    return digest([each.fields() for each in items])


def _item(at: int, row: Any, grader: Any) -> Item | tuple[RowProblem, ...]:
    if not isinstance(row, Mapping):
        return (RowProblem(at, "", "Is no JSON object: give one in braces."),)
    found = item(at, row, grader)
    unknown = _unknown(at, row)
    if not unknown:
        return found
    return (*unknown, *(found if isinstance(found, tuple) else ()))


def _unknown(at: int, row: Mapping[str, Any]) -> list[RowProblem]:
    return [
        RowProblem(at, str(name)[:80], _unknown_detail(str(name)))
        for name in row
        if name not in COLUMNS
    ]


def _unknown_detail(name: str) -> str:
    close = get_close_matches(name, COLUMNS, 1, _ALIKE)
    if close:
        return f"Is unknown: did you mean {close[0]}?"
    return f"Is unknown: take it out. There are {', '.join(COLUMNS)}."


def _repeated(items: Iterable[Item]) -> list[RowProblem]:
    """Name the rows that repeat a key, or ask what another one asks."""
    keys: dict[str, int] = {}
    questions: dict[str, int] = {}
    problems = []
    for each in items:
        first = keys.setdefault(each.key, each.row)
        same = questions.setdefault(each.asks(), each.row) if each.messages else None
        if first != each.row:
            detail = f"Repeats that of row {first}: items are told apart by it."
            problems.append(RowProblem(each.row, "key", detail))
        elif same is not None and same != each.row:
            detail = f"Asks what row {same} asks: keep one, and weigh it more."
            problems.append(RowProblem(each.row, "prompt", detail))
    return problems


def _csv_rows(text: str, grader: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    plain = io.StringIO(text.removeprefix("\ufeff"), newline="")
    reader = csv.reader(plain, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, grader)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                detail = f"Has {len(cells)} cells instead of {len(header)}."
                raise RowsRefused([RowProblem(reader.line_num, "", detail)])
            yield reader.line_num, _row(dict(zip(header, cells, strict=True)), grader)
    except csv.Error as error:
        problem = RowProblem(reader.line_num, "", f"Is not CSV: {error}.")
        raise RowsRefused([problem]) from error


def _check_header(header: Sequence[str], grader: Any) -> None:
    problems = [
        RowProblem(1, name, "The column is repeated: keep one of them.")
        for name, count in Counter(header).items()
        if count > 1
    ]
    problems += _unknown(1, dict.fromkeys(header))
    if not grader and "grader" not in header:
        detail = "The column is missing: add it, or state one grader for all rows."
        problems.append(RowProblem(1, "grader", detail))
    if problems:
        raise RowsRefused(problems)


def _row(cells: Mapping[str, str], grader: Any) -> dict[str, Any]:
    """Return a row as JSON would have it."""
    row: dict[str, Any] = dict(cells)
    for name in _JSON_COLUMNS:
        if cells.get(name, "").lstrip()[:1] in ("{", "["):
            row[name] = _json_or_text(cells[name])
    for name in _FIGURES:
        stripped = cells.get(name, "").strip()
        if _NUMBER.fullmatch(stripped):
            row[name] = float(stripped)
    used = row.get("grader") or grader
    row["expected"] = _expected(cells.get("expected", ""), used)
    return row


def _expected(cell: str, grader: Any) -> Any:
    """Return an expected answer: any JSON for the grader `json`, else lists alone."""
    kind = grader.get("kind") if isinstance(grader, Mapping) else grader
    if kind == "json" or (kind in _LISTS and cell.lstrip().startswith("[")):
        return _json_or_text(cell)
    return cell


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _json_or_text(cell: str) -> Any:
    try:
        return json.loads(cell, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return cell
