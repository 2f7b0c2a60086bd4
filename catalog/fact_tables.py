"""Reading the project's own fact files: typed cells, errors that name row and column.

Pure Python; used for `models.csv` and `published_scores.csv`.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

FACTS_DIRECTORY = Path(__file__).parent / "facts"

Cell = TypeVar("Cell")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a fact file; `line` counts from 1, the header being line 1."""

    file: str
    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return the cell, stripped; empty when nothing is stated."""
        return self.cells[column].strip()

    def required(self, column: str) -> str:
        """Return the cell; raise ValueError when it is empty."""
        if not self.text(column):
            raise self.refusal(column, "must not be empty")
        return self.text(column)

    def number(self, column: str) -> Decimal | None:
        """Return the cell as an exact, finite number; None when empty."""
        value = self._parsed(column, Decimal, "is not a number")
        if value is not None and not value.is_finite():
            raise self.refusal(column, "is not a finite number")
        return value

    def count(self, column: str) -> int | None:
        """Return the cell as a whole number; None when empty."""
        return self._parsed(column, int, "is not a whole number")

    def day(self, column: str) -> date | None:
        """Return the cell as a date (ISO 8601); None when empty."""
        return self._parsed(column, date.fromisoformat, "is not a date as 2026-11-23")

    def flag(self, column: str) -> bool | None:
        """Return true or false; None when empty, which means unknown."""
        return self._parsed(column, _FLAGS.__getitem__, "must be true, false or empty")

    def refusal(self, column: str, problem: str) -> ValueError:
        """Return an error that names file, row, column and the offending cell."""
        value = self.cells.get(column, "")
        return ValueError(
            f"{self.file} row {self.line}, column {column}: {value!r} {problem}"
        )

    def _parsed(
        self, column: str, parse: Callable[[str], Cell], problem: str
    ) -> Cell | None:
        text = self.text(column)
        if not text:
            return None
        try:
            return parse(text)
        except (ValueError, KeyError, InvalidOperation) as error:
            raise self.refusal(column, problem) from error


_FLAGS = {"true": True, "false": False}


def read_table(path: Path, columns: Sequence[str]) -> Iterator[TableRow]:
    """Yield the rows of a UTF-8 CSV file whose header is exactly `columns`.

    Raise ValueError for another header, or a row of another length.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header != list(columns):
            raise ValueError(
                f"{path.name}: the header must be {','.join(columns)}, "
                f"not {','.join(header)}"
            )
        for line, cells in enumerate(reader, start=2):
            if len(cells) != len(columns):
                raise ValueError(
                    f"{path.name} row {line}: {len(cells)} columns instead of "
                    f"{len(columns)}"
                )
            named = dict(zip(columns, cells, strict=True))
            yield TableRow(file=path.name, line=line, cells=named)
