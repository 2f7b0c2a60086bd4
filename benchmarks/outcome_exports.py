"""All that is known on an evaluation set as CSV, in the form that imports take."""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from django.http import StreamingHttpResponse

from benchmarks.exports import harmless
from benchmarks.importers.outcome_rows import COLUMNS
from benchmarks.models import EvaluationRun, EvaluationSet
from benchmarks.selectors.known_outcomes import subject_of

# What imports ignore: how an outcome came about.
ORIGIN = ("verdict", "error", "basis", "run")
_FIGURES = ("score", "input_tokens", "output_tokens", "latency_ms", "verifier_score")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def outcomes_csv(
    evaluation_set: EvaluationSet, runs: Iterable[EvaluationRun]
) -> StreamingHttpResponse:
    """Return the outcomes of closed runs as a file to save."""
    keys = dict(evaluation_set.items.values_list("position", "key"))
    return StreamingHttpResponse(
        csv_of(evaluation_set.name, keys, runs),
        content_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": f'attachment; filename="{evaluation_set.pk}.csv"'
        },
    )


def csv_of(
    task: str, keys: Mapping[int, str], runs: Iterable[EvaluationRun]
) -> Iterator[str]:
    """Yield the outcomes as CSV, a run at a time; `keys` are items' by position.

    What is unknown is an empty cell. Answers are parsed ones, as votes count them; a
    word that a spreadsheet would take for a formula has an apostrophe before it.
    """
    write: Callable[[Any], str] = csv.writer(_Echo()).writerow
    yield write((*COLUMNS, *ORIGIN))
    for run in runs:
        yield "".join(write(row) for row in _rows(task, keys, run))


def _rows(
    task: str, keys: Mapping[int, str], run: EvaluationRun
) -> Iterator[tuple[str, ...]]:
    model = subject_of(run).name
    figures = zip(*(getattr(run, name) for name in _FIGURES), strict=True)
    words = zip(run.answer, run.verdict, run.error, strict=True)
    for item, sample, (score, *more), (answer, verdict, error) in zip(
        run.item, run.sample, figures, words, strict=True
    ):
        yield (
            harmless(task),
            harmless(keys[item]),
            harmless(model),
            str(sample),
            _text(score),
            harmless(answer),
            *map(_text, more),
            verdict,
            harmless(error),
            run.basis,
            str(run.pk),
        )


def _text(value: float) -> str:
    """Return the fewest digits that are this number and no other of four bytes."""
    if math.isnan(value):
        return ""
    return np.format_float_positional(np.float32(value), trim="-")
