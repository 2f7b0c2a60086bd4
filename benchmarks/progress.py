"""How far a run is, and how long it took."""

from typing import Any

from benchmarks.models import BenchmarkRun, EvaluationRun
from benchmarks.models.runs import WAITING


def share_done(run: BenchmarkRun) -> float:
    """Return the share of its requests that a run is through with, from 0 to 1."""
    if not run.requests_total:
        return 0.0 if run.status in WAITING else 1.0
    return min(run.requests_done / run.requests_total, 1.0)


def share_called(run: EvaluationRun) -> float:
    """Return the share of its calls that an evaluation is through with, likewise."""
    return min(run.calls_done / run.calls_total, 1.0) if run.calls_total else 1.0


def calls_progress(run: EvaluationRun) -> dict[str, Any]:
    """Return how far an evaluation is, as pages show it; `over` stops the looking."""
    words = f"{run.calls_done:,} of {run.calls_total:,} calls"
    if run.calls_failed:
        words += f", {run.calls_failed:,} without an answer"
    return {
        "status": run.status,
        "over": run.closed_at is not None,
        "percent": round(100 * share_called(run)),
        "words": words,
    }


def duration_s(run: BenchmarkRun | EvaluationRun) -> float | None:
    """Return how long a run took, in seconds; None until it is over."""
    if run.started_at is None or run.finished_at is None:
        return None
    return (run.finished_at - run.started_at).total_seconds()


def progress_of(run: BenchmarkRun) -> dict[str, Any]:
    """Return how far a run is, as pages show it; `over` stops the looking."""
    words = f"{run.requests_done} of {run.requests_total} requests"
    if run.requests_failed:
        words += f", {run.requests_failed} failed"
    if run.cut_off:
        words += f", {run.cut_off} cut off"
    return {
        "status": run.status,
        "over": run.closed_at is not None,
        "percent": round(100 * share_done(run)),
        "words": words,
    }
