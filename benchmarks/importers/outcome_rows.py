"""One outcome of one model on one item: what a row must say, and what it may not."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.samples import UNKNOWN
from benchmarks.importers.reading import LARGEST_MS, LARGEST_TOKENS, Unreadable

REQUIRED = ("task", "item", "model", "sample")
FIGURES = (
    *("sample", "score", "input_tokens", "output_tokens"),
    *("latency_ms", "verifier_score"),
)
COLUMNS = (
    *REQUIRED,
    *("score", "answer", "input_tokens", "output_tokens"),
    *("latency_ms", "verifier_score"),
)
LONGEST_ITEM = 120
LONGEST_NAME = 200
# An answer is text of a model, of the longest output that can be asked for.
LONGEST_ANSWER = 200_000
# Samples of an item are numbered from 0; a run holds so many at most.
MOST_SAMPLES = 64
MOST_PROBLEMS = 100
_SHOWN = 60

Row = Mapping[str, Any]
Refuse = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one model answered on one item, once.

    `score` is 0 to 1, NaN where the file has none; `answer` None likewise. The other
    figures are in tokens and milliseconds, NaN unless stated. `row` is where it stood.
    """

    row: int
    task: str
    item: str
    model: str
    sample: int
    score: float = UNKNOWN
    answer: str | None = None
    input_tokens: float = UNKNOWN
    output_tokens: float = UNKNOWN
    latency_ms: float = UNKNOWN
    verifier_score: float = UNKNOWN


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a cell; row 0 and column "" stand for the whole."""

    row: int
    column: str
    detail: str


class RowsRefused(Unreadable):
    """Nothing of the file is taken; `problems` are the first hundred of `count`."""

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        found = sorted(problems, key=lambda each: each.row)
        self.problems = tuple(found[:MOST_PROBLEMS])
        self.count = len(found)
        first = self.problems[0]
        where = f"Row {first.row}: " if first.row else ""
        column = f"{first.column}: " if first.column else ""
        more = f" (and {self.count - 1:,} more)" if self.count > 1 else ""
        super().__init__(f"{where}{column}{first.detail}{more}")


def outcome(at: int, row: Row) -> Outcome | tuple[RowProblem, ...]:
    """Return the outcome that a row states, or all that is wrong with it.

    Values are as JSON has them; what is missing, null or "" is not stated.
    """
    problems: list[RowProblem] = []

    def refuse(column: str, detail: str) -> None:
        problems.append(RowProblem(at, column, detail))

    sample = _figure(row, "sample", refuse, highest=MOST_SAMPLES - 1, whole=True)
    if math.isnan(sample) and not any(p.column == "sample" for p in problems):
        refuse("sample", "Number the samples of an item from 0.")
    found = Outcome(
        row=at,
        task=_name(row, "task", LONGEST_NAME, refuse),
        item=_name(row, "item", LONGEST_ITEM, refuse),
        model=_name(row, "model", LONGEST_NAME, refuse),
        sample=0 if math.isnan(sample) else int(sample),
        score=_figure(row, "score", refuse, highest=1),
        answer=_answer(row, refuse),
        input_tokens=_tokens(row, "input_tokens", refuse),
        output_tokens=_tokens(row, "output_tokens", refuse),
        latency_ms=_figure(row, "latency_ms", refuse, highest=LARGEST_MS),
        verifier_score=_figure(row, "verifier_score", refuse, lowest=-1e9, highest=1e9),
    )
    return tuple(problems) or found


def _name(row: Row, column: str, longest: int, refuse: Refuse) -> str:
    value = row.get(column)
    # Items are often numbered.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e30:
        value = str(value)
    text = value.strip() if isinstance(value, str) else ""
    if value not in (None, "") and not isinstance(value, str):
        refuse(column, "Give a text.")
    elif not text:
        refuse(column, "Is missing.")
    elif len(text) > longest or not text.isprintable():
        refuse(column, f"Give at most {longest} printable characters.")
    return text


def _answer(row: Row, refuse: Refuse) -> str | None:
    value = row.get("answer")
    if isinstance(value, bool | int | float):
        value = str(value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        refuse("answer", "Give a text.")
        return None
    if len(value) > LONGEST_ANSWER:
        refuse("answer", f"Give at most {LONGEST_ANSWER:,} characters.")
    return value


def _tokens(row: Row, column: str, refuse: Refuse) -> float:
    return _figure(row, column, refuse, highest=LARGEST_TOKENS, whole=True)


def _figure(
    row: Row,
    column: str,
    refuse: Refuse,
    *,
    lowest: float = 0,
    highest: float,
    whole: bool = False,
) -> float:
    value = row.get(column)
    if value is None or value == "":
        return UNKNOWN
    number = _finite(value)
    if number is None:
        shown = str(value)[:_SHOWN]
        refuse(column, f"{shown!r} is no number: leave it empty where unknown.")
        return UNKNOWN
    if not lowest <= number <= highest:
        bounds = f"{lowest:g} to {highest:g}"
        refuse(column, f"{number:g} is out of range: give {bounds}.")
        return UNKNOWN
    if whole and not number.is_integer():
        refuse(column, f"{number:g} is not whole: give a whole number.")
        return UNKNOWN
    return number


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
