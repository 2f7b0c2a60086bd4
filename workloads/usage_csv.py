"""Usage as CSV: cells become what the same row would say in JSON. Pure."""

import csv
import io
from collections.abc import Iterator
from typing import Any

REQUIRED = ("offering", "requests", "input_tokens", "output_tokens")
COUNTS = (
    *("requests", "input_tokens", "cached_input_tokens"),
    *("output_tokens", "reasoning_tokens"),
)
BILL = {"billed_amount": "amount", "billed_currency": "currency"}
COLUMNS = ("day", "from", "to", "offering", "service_tier", *COUNTS, *BILL)
# More digits than any count has; Python refuses to read thousands of them.
_MOST_DIGITS = 30

Row = dict[str, Any]
Problems = dict[str, list[str]]


class Unreadable(ValueError):
    """The text is no table of usage; `problems` are by column, "" for the whole row."""

    def __init__(self, line: int, problems: Problems) -> None:
        super().__init__(f"row {line} cannot be read")
        self.line = line
        self.problems = problems


def read(text: str) -> Iterator[tuple[int, Row]]:
    """Yield (number of the row, the row), the header being row 1.

    Raises `Unreadable` at the first row that no table can have.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                detail = f"Has {len(cells)} cells instead of {len(header)}."
                raise Unreadable(reader.line_num, {"": [detail]})
            yield reader.line_num, _row(dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        raise Unreadable(reader.line_num, {"": [f"Is not CSV: {error}."]}) from error


def _check_header(header: list[str]) -> None:
    problems: Problems = {}
    for name in REQUIRED:
        if name not in header:
            problems[name] = ["The column is missing."]
    for index, name in enumerate(header):
        if name not in COLUMNS:
            problems[name] = [f"No known column; known are {', '.join(COLUMNS)}."]
        elif name in header[:index]:
            problems[name] = ["The column is repeated: keep one of them."]
    if problems:
        raise Unreadable(1, problems)


def _row(cells: dict[str, str]) -> Row:
    """Return the row as JSON would say it; an empty cell is not stated."""
    stated = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    bill = {BILL[name]: stated.pop(name) for name in tuple(BILL) if name in stated}
    row: Row = {
        name: _number(cell) if name in COUNTS else cell for name, cell in stated.items()
    }
    return {**row, "billed": bill} if bill else row


def _number(cell: str) -> int | str:
    readable = cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS
    return int(cell) if readable else cell
