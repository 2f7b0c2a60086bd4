"""An evaluation run's result as facts and tables of words, for the run's page."""

from dataclasses import asdict
from typing import Any

from benchmarks.admin.run_tables import (
    PERCENTILE_NOTE,
    PERCENTILES,
    Table,
    asked_table,
    percentile_word,
)
from benchmarks.admin.shown import UNKNOWN, duration, milliseconds, percent, usd
from benchmarks.evaluation_results import Result, Score, Tokens
from benchmarks.models import EvaluationRun
from benchmarks.progress import duration_s


def evaluation_facts(
    run: EvaluationRun, result: Result | None
) -> list[tuple[str, str]]:
    """Return what a reader wants to know first."""
    facts = [
        ("Cost", usd(run.cost_usd)),
        ("Estimate", usd(run.estimate_usd)),
        ("Budget", usd(run.budget_usd)),
        ("Took", duration(duration_s(run))),
    ]
    if result is None:
        return facts
    score = percent(result.score.mean) if result.score else UNKNOWN
    median = milliseconds(result.latency_ms.p50.value)
    return [("Mean score", score), ("Latency p50", median), *facts]


def evaluation_tables(run: EvaluationRun, result: Result | None) -> list[Table]:
    """Return what there is to tell of a run; a table without rows is left out."""
    found = [asked_table(run.asked), _named("Answered by", run.served_models)]
    if result is not None:
        found = [
            _verdicts(result),
            _named("Without an answer", result.errors_by_kind),
            _scores(result),
            _latency(result),
            _tokens(result),
            *found,
        ]
    return [table for table in found if table.rows]


def _verdicts(result: Result) -> Table:
    return Table(
        title="Verdicts",
        headers=("Verdict", "Answers", "Share"),
        rows=tuple(
            (verdict, f"{count:,}", percent(count / result.outcomes))
            for verdict, count in result.verdicts.items()
        ),
    )


def _named(title: str, counts: Any) -> Table:
    rows = tuple((str(name), f"{count:,}") for name, count in counts.items())
    return Table(title=title, headers=("", "Calls"), rows=rows)


def _scores(result: Result) -> Table:
    scores = {"All": result.score, **result.by_difficulty}
    rows = (_score_row(name, each) for name, each in scores.items() if each)
    return Table(
        title="Mean score of items",
        headers=("Difficulty", "Items", "Mean", "Low", "High"),
        rows=tuple(rows),
        note="Weighted; the interval is at 90 %, with the items of a cluster as one.",
    )


def _score_row(name: str, score: Score) -> tuple[str, ...]:
    figures = (percent(each) for each in (score.mean, score.low, score.high))
    return (name, f"{score.items:,}", *figures)


def _latency(result: Result) -> Table:
    found = result.latency_ms
    if not found.n:
        return Table(title="", headers=(), rows=())
    words = (percentile_word(asdict(getattr(found, each))) for each in PERCENTILES)
    return Table(
        title="Latency",
        headers=("", "Answers", *PERCENTILES),
        rows=(("Whole answer", f"{found.n:,}", *words),),
        note=PERCENTILE_NOTE,
    )


def _tokens(result: Result) -> Table:
    kinds = {"Input": result.input_tokens, "Output": result.output_tokens}
    rows = (_token_row(name, each) for name, each in kinds.items())
    return Table(
        title="Tokens", headers=("", "All", "Per call"), rows=tuple(filter(None, rows))
    )


def _token_row(name: str, tokens: Tokens) -> tuple[str, ...] | None:
    if tokens.total is None or tokens.mean is None:
        return None
    return (name, f"{tokens.total:,.0f}", f"{tokens.mean:,.1f}")
