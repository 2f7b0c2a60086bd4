"""lm-evaluation-harness (EleutherAI): samples_<task>_<timestamp>.jsonl.

`--log_samples` writes one line per document and filter: doc_id, the document, the
responses before and after the filter, hashes of document, prompt and target, and the
metrics, each a key of its own (named in `metrics` from 0.4.9 on). A line has one score
however many responses were drawn, so it is one sample. The model is not in the file.

An item is `<doc_id>-<first ten digits of doc_hash>`: the number tells documents of the
same text apart, the hash tells apart what other versions of a task number alike.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.importers.outcome_rows import (
    LONGEST_ANSWER,
    LONGEST_ITEM,
    LONGEST_NAME,
    Outcome,
    RowProblem,
    RowsRefused,
)
from benchmarks.importers.outcomes import (
    MOST_ROWS,
    BroughtOutcomes,
    check_once,
    json_lines,
)
from benchmarks.importers.reading import Unreadable, at, text_of

TOOL = "lm_evaluation"
# What a line holds besides its metrics, in all versions from 0.4.0 to 0.4.9.
_NO_METRICS = frozenset(
    {
        *("doc_id", "doc", "target", "arguments", "resps", "filtered_resps"),
        *("filter", "metrics", "doc_hash", "prompt_hash", "target_hash"),
        *("schema", "doc_to_target", "token_counts"),
    }
)
_UNFILTERED = "none"
_HASH_DIGITS = 10

Line = tuple[int, Mapping[str, Any]]


def read(text: str, *, model: str, task: str = "", metric: str = "") -> BroughtOutcomes:
    """Return the outcomes of one model's file; raise Unreadable, or RowsRefused.

    `metric` is a metric's name, with the filter behind a comma as the tool's own
    results have it ("exact_match,strict-match"); it may be left out where there is but
    one of each. `task` is a name for it only: the file has none.
    """
    if not model or len(model) > LONGEST_NAME or not model.isprintable():
        raise Unreadable("Name the model: the file does not say whose answers it has.")
    lines = list(_lines(text))
    if not lines:
        raise Unreadable("The file has no lines.")
    named, _, filtered = (part.strip() for part in metric.partition(","))
    lines = _filtered(lines, filtered)
    named = _metric(lines, named)
    outcomes = _outcomes(lines, named, model, task or TOOL)
    check_once(outcomes)
    return BroughtOutcomes(
        task=task or TOOL, outcomes=outcomes, notes=tuple(_notes(lines, named))
    )


def _lines(text: str) -> Iterable[Line]:
    for count, (row, line) in enumerate(json_lines(text), 1):
        if count > MOST_ROWS:
            raise Unreadable(f"Send at most {MOST_ROWS:,} lines at once.")
        if "doc_id" not in line or "filtered_resps" not in line:
            detail = "Is no line of --log_samples: it has no doc_id or filtered_resps."
            raise RowsRefused([RowProblem(row, "", detail)])
        yield row, line


def _filter(line: Mapping[str, Any]) -> str:
    return text_of(line.get("filter")) or _UNFILTERED


def _filtered(lines: list[Line], named: str) -> list[Line]:
    filters = sorted({_filter(line) for _, line in lines})
    if named and named not in filters:
        raise Unreadable(
            f"No line is of the filter {named!r}: there are {', '.join(filters)}."
        )
    if not named and len(filters) > 1:
        raise Unreadable(
            f"The file holds the filters {', '.join(filters)}: name one behind the"
            f' metric, such as "exact_match,{filters[0]}".'
        )
    return [each for each in lines if not named or _filter(each[1]) == named]


def _metric(lines: list[Line], named: str) -> str:
    found = _metrics_of(lines)
    if named in found:
        return named
    if not found:
        raise Unreadable("No line has a metric.")
    if named:
        raise Unreadable(f"There is no metric {named!r}: there are {', '.join(found)}.")
    if len(found) > 1:
        raise Unreadable(f"Name one of the metrics {', '.join(found)} as metric.")
    return found[0]


def _metrics_of(lines: list[Line]) -> list[str]:
    """Return the metrics by name; of older files, the keys that hold numbers."""
    stated = {
        name
        for _, line in lines
        for name in (at(line, "metrics") or ())
        if isinstance(name, str)
    }
    numbers = {
        name
        for _, line in lines
        for name, value in line.items()
        if name not in _NO_METRICS and isinstance(value, int | float)
    }
    return sorted(stated & numbers or numbers)


def _outcomes(
    lines: list[Line], metric: str, model: str, task: str
) -> tuple[Outcome, ...]:
    outcomes, problems = [], []
    for row, line in lines:
        score = line.get(metric)
        if not isinstance(score, int | float) or not 0 <= score <= 1:
            shown = str(score)[:40]
            detail = f"{shown} is no score from 0 to 1: choose another metric."
            problems.append(RowProblem(row, metric, detail))
            continue
        item = _item(line)
        if not item or len(item) > LONGEST_ITEM:
            problems.append(RowProblem(row, "doc_id", "Is no number of a document."))
            continue
        outcomes.append(
            Outcome(
                row=row,
                task=task,
                item=item,
                model=model,
                sample=0,
                score=float(score),
                answer=_answer(line),
            )
        )
    if problems:
        raise RowsRefused(problems)
    return tuple(outcomes)


def _item(line: Mapping[str, Any]) -> str:
    doc_id = line["doc_id"]
    if isinstance(doc_id, bool) or not isinstance(doc_id, int | str):
        return ""
    digits = text_of(line.get("doc_hash"))[:_HASH_DIGITS]
    return f"{doc_id}-{digits}" if digits else str(doc_id)


def _answer(line: Mapping[str, Any]) -> str | None:
    """Return the filtered response where it is one text; likelihoods are none."""
    response = at(line, "filtered_resps", 0)
    nested = at(response, 0)
    text = nested if isinstance(nested, str) else response
    return text[:LONGEST_ANSWER] if isinstance(text, str) else None


def _notes(lines: list[Line], metric: str) -> Iterable[str]:
    yield f"Scores are the metric {metric}, filter {_filter(lines[0][1])}."
    drawn = max(len(at(line, "resps", 0) or ()) for _, line in lines)
    if drawn > 1:
        yield (
            f"Up to {drawn} responses a document were drawn, and one score was kept of"
            " them: they count as one sample."
        )
    if not any(text_of(line.get("doc_hash")) for _, line in lines):
        yield "The file has no hashes of documents: items are known by number alone."
