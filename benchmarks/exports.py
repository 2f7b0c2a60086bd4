"""The raw requests of a run, for spreadsheets and for programs."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
from django.http import StreamingHttpResponse

from benchmarks.harness.samples import WORDS, Floats, Sample, SampleTable
from benchmarks.models import BenchmarkRun

COLUMNS = tuple(field.name for field in fields(Sample))
TOKEN_COUNTS = tuple(name for name in COLUMNS if name.endswith("_tokens"))
COUNTS = frozenset({"phase", "attempts", "http_status", *TOKEN_COUNTS})
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection").
# Full-width signs and blanks before one count too, and so does a sign after what the
# settings of another spreadsheet take for a separator.
FORMULA = re.compile(r"(^|[;,|\t\r\n])\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
ROWS_PER_PIECE = 500


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_of(table: SampleTable) -> Iterator[str]:
    """Yield the requests as CSV (RFC 4180), piece by piece: a head, then one row each.

    What is unknown is an empty cell. Figures are numbers with the digits they were
    stored with; a word that a spreadsheet would take for a formula has an apostrophe
    before it, for words come from the endpoints that were measured.
    """
    write: Callable[[Any], str] = csv.writer(_Echo()).writerow
    yield write(COLUMNS)
    for start in range(0, len(table), ROWS_PER_PIECE):
        columns = _texts(table, slice(start, start + ROWS_PER_PIECE))
        yield "".join(write(row) for row in zip(*columns, strict=True))


def csv_response(run: BenchmarkRun) -> StreamingHttpResponse:
    """Return the requests of a run as a file to save."""
    name = f"{run.token_class}-run-{run.pk}.csv"
    return StreamingHttpResponse(
        csv_of(run.samples),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def columns_of(table: SampleTable) -> dict[str, list[Any]]:
    """Return the requests as columns that JSON can hold; what is unknown is None."""
    figures = {name: _numbers(table, name) for name in COLUMNS if name not in WORDS}
    words = {name: [word or None for word in table.words[name]] for name in WORDS}
    return {name: (figures | words)[name] for name in COLUMNS}


def harmless(word: str) -> str:
    """Return the word so that no spreadsheet carries it out."""
    return f"'{word}" if FORMULA.search(word) else word


def _texts(table: SampleTable, rows: slice) -> list[list[str]]:
    return [
        [harmless(word) for word in table.words[name][rows]]
        if name in WORDS
        else [_text(value) for value in _known(table, name)[rows]]
        for name in COLUMNS
    ]


def _text(value: np.float32) -> str:
    """Return the fewest digits that are this number and no other of four bytes."""
    return "" if np.isnan(value) else np.format_float_positional(value, trim="-")


def _numbers(table: SampleTable, name: str) -> list[int | float | None]:
    read = int if name in COUNTS else float
    texts = (_text(value) for value in _known(table, name))
    return [read(text) if text else None for text in texts]


def _known(table: SampleTable, name: str) -> Floats:
    """Return a column; that no answer came is no status, rather than status 0."""
    column = table[name]
    if name == "http_status":
        return np.where(column == 0, np.float32(np.nan), column)
    return column
