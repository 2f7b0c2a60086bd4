"""Outcomes that a buyer measured, as CSV or JSONL: `task,item,model,sample,score`, ….

Score may be left out where the raw `answer` is there to be graded. Columns that are not
known are ignored, by name in the notes, unless one looks like a known column misspelt.
Rows are numbered as an editor numbers lines: a CSV's header is row 1.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from benchmarks.importers.outcome_rows import (
    COLUMNS,
    FIGURES,
    REQUIRED,
    Outcome,
    RowProblem,
    RowsRefused,
    outcome,
)
from benchmarks.importers.reading import Unreadable

MOST_ROWS = 250_000
# How alike a column must be to a known one to be taken for it, misspelt.
_ALIKE = 0.8
_NAMED = 10
# After so many, reading on would tell nothing new.
ENOUGH_PROBLEMS = 1_000
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_LONGEST_NUMBER = 40
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Rows = Iterable[tuple[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtOutcomes:
    """The outcomes of one task, in the order of the file, and what was noticed."""

    task: str
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models by their names in the file, in order of appearance."""
        return tuple(dict.fromkeys(each.model for each in self.outcomes))

    def without(self, models: Collection[str]) -> "BroughtOutcomes":
        """Return the same without some models; raise Unreadable where none is left."""
        left_out = [name for name in self.models if name in models]
        if not left_out:
            return self
        kept = tuple(each for each in self.outcomes if each.model not in models)
        if not kept:
            raise Unreadable("All models are left out: map some to models of ours.")
        note = f"Left out, as you asked: {_some(left_out)}."
        return replace(self, outcomes=kept, notes=(*self.notes, note))


def read(text: str, *, task: str = "") -> BroughtOutcomes:
    """Return the outcomes of a CSV or JSONL file; raise Unreadable, or RowsRefused.

    `task` names the one to take from a file of several.
    """
    return read_rows(_rows_of(text), task=task)


def _rows_of(text: str) -> Rows:
    if not text.strip("\ufeff \t\r\n"):
        raise Unreadable("The file is empty.")
    if found := _UNSTORABLE.search(text):
        row = text.count("\n", 0, found.start()) + 1
        detail = "Holds a NUL or half a character: save it as text in UTF-8."
        raise RowsRefused([RowProblem(row, "", detail)])
    is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
    return json_lines(text) if is_json else _csv_rows(text)


def read_rows(rows: Rows, *, task: str = "") -> BroughtOutcomes:
    """Return the outcomes that numbered rows state; raise as `read` does."""
    outcomes, columns = _read(rows, MOST_ROWS)
    return BroughtOutcomes(**_of_task(outcomes, task), notes=_ignored(columns))


def read_tasks(text: str, *, most_rows: int) -> tuple[BroughtOutcomes, ...]:
    """Return the outcomes of every task of a file, in its order; raise as `read`."""
    outcomes, columns = _read(_rows_of(text), most_rows)
    tasks = dict.fromkeys(each.task for each in outcomes)
    return tuple(
        BroughtOutcomes(**_of_task(outcomes, task), notes=_ignored(columns))
        for task in tasks
    )


def _read(rows: Rows, most_rows: int) -> tuple[list[Outcome], dict[str, int]]:
    """Return all outcomes, and where each column was first seen."""
    columns: dict[str, int] = {}
    outcomes, problems = _taken(rows, columns, most_rows)
    if columns and not columns.keys() & {"score", "answer"}:
        problems = [_NO_SCORE, *problems]
    problems += _column_problems(columns)
    if problems:
        raise RowsRefused(problems)
    if not outcomes:
        raise Unreadable("There are no rows.")
    return outcomes, columns


def _taken(
    rows: Rows, columns: dict[str, int], most_rows: int
) -> tuple[list[Outcome], list[RowProblem]]:
    """Read rows one by one, and note in `columns` where each was first seen."""
    outcomes: list[Outcome] = []
    problems: list[RowProblem] = []
    for count, (at, row) in enumerate(rows, 1):
        if count > most_rows:
            raise Unreadable(
                f"Send at most {most_rows:,} rows at once: split the file."
            )
        for name in row:
            columns.setdefault(str(name), at)
        found = outcome(at, row)
        if isinstance(found, Outcome):
            outcomes.append(found)
        else:
            problems += found
        if len(problems) > ENOUGH_PROBLEMS:
            break
    return outcomes, problems


_NO_SCORE = RowProblem(
    1, "score", "The column is missing; without scores, give the raw answers."
)


def _meant(name: str) -> str | None:
    """Return the known column that an unknown one looks like, if any."""
    return next(iter(get_close_matches(name.lower(), COLUMNS, 1, _ALIKE)), None)


def _unknown(columns: Iterable[str]) -> list[str]:
    return [name for name in columns if name not in COLUMNS]


def _column_problems(columns: Mapping[str, int]) -> list[RowProblem]:
    return [
        RowProblem(
            columns[name], name[:80], f"No known column: did you mean {_meant(name)}?"
        )
        for name in _unknown(columns)
        if _meant(name)
    ]


def _ignored(columns: Iterable[str]) -> tuple[str, ...]:
    unknown = [name[:80] for name in _unknown(columns)]
    if not unknown:
        return ()
    return (f"Columns that mean nothing here were ignored: {_some(unknown)}.",)


def _of_task(outcomes: Sequence[Outcome], task: str) -> dict[str, Any]:
    tasks = Counter(each.task for each in outcomes)
    if task and task not in tasks:
        raise Unreadable(f"No row is of the task {task!r}: there are {_some(tasks)}.")
    if not task and len(tasks) > 1:
        raise Unreadable(
            f"The file holds {len(tasks)} tasks, and a set is about one: name one of"
            f" {_some(tasks)} as task."
        )
    named = task or next(iter(tasks))
    kept = [each for each in outcomes if each.task == named]
    check_once(kept)
    return {"task": named, "outcomes": tuple(kept)}


def check_once(outcomes: Iterable[Outcome]) -> None:
    """Raise RowsRefused where a sample of an item and model is stated twice."""
    rows: dict[tuple[str, str, int], int] = {}
    problems = []
    for each in outcomes:
        first = rows.setdefault((each.item, each.model, each.sample), each.row)
        if first != each.row:
            detail = (
                f"Repeats item, model and sample of row {first}: keep one of the two,"
                " or number the samples."
            )
            problems.append(RowProblem(each.row, "sample", detail))
    if problems:
        raise RowsRefused(problems)


def _some(names: Iterable[str]) -> str:
    named = sorted(names)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more


def json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (line, object) of a JSONL file; raise RowsRefused at what is none."""
    lines = text.removeprefix("\ufeff").split("\n")
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except RecursionError:
            raise _no_row(at, "Is nested too deeply.") from None
        except ValueError as error:
            raise _no_row(at, f"Is not JSON: {error}.") from None
        if not isinstance(row, dict):
            raise _no_row(at, "Is no JSON object: give one in braces on each line.")
        if _UNSTORABLE.search(json.dumps(row, ensure_ascii=False)):
            raise _no_row(at, "Holds a NUL or half a character.")
        yield at, row


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    plain = io.StringIO(text.removeprefix("\ufeff"), newline="")
    reader = csv.reader(plain, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                detail = f"Has {len(cells)} cells instead of {len(header)}."
                raise _no_row(reader.line_num, detail)
            row = zip(header, cells, strict=True)
            yield reader.line_num, {name: _value(name, cell) for name, cell in row}
    except csv.Error as error:
        raise _no_row(reader.line_num, f"Is not CSV: {error}.") from error


def _check_header(header: Sequence[str]) -> None:
    columns = dict.fromkeys(header, 1)
    problems = [
        RowProblem(1, name, "The column is repeated: keep one of them.")
        for name, count in Counter(header).items()
        if count > 1
    ]
    problems += _column_problems(columns)
    problems += [
        RowProblem(1, name, "The column is missing.")
        for name in REQUIRED
        if name not in columns
    ]
    if not columns.keys() & {"score", "answer"}:
        problems.append(_NO_SCORE)
    if problems:
        raise RowsRefused(problems)


def _value(name: str, cell: str) -> Any:
    """Return a cell as JSON would have it; what is no number stays a text."""
    stripped = cell.strip()
    if name not in FIGURES or len(stripped) > _LONGEST_NUMBER:
        return cell
    return float(stripped) if _NUMBER.fullmatch(stripped) else stripped


def _no_row(at: int, detail: str) -> RowsRefused:
    return RowsRefused([RowProblem(at, "", detail)])
