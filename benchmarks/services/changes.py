"""Looks for lasting changes once a run is in: each is found at one run, and stays."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from benchmarks.detection.detect import detect
from benchmarks.detection.runs import Change, RunFigures
from benchmarks.models import Basis, BenchmarkRun, PerformanceChange

# The figures that the detector's false alarms were counted on, all of them together.
FIGURES = ("ttft_ms", "tpot_ms")
# A series is read from a run whose number is a multiple of this, and at least so many
# before the newest: three times the longest baseline, and the same start for long.
BLOCK = 500
# What two runs must have asked alike to be held against each other.
_ALIKE = ("profile", "concurrency", "requests_per_second", "prompt_cache", "workload")


def record_changes(run: BenchmarkRun, received_at: datetime) -> list[PerformanceChange]:
    """Keep the changes that a run, just closed and feeding advice, confirms.

    Call it in the transaction that closes the run, in the ledger's turn: a change is
    then known exactly when its run is.
    """
    ids, figures = _read(_series(run))
    if run.pk not in ids:
        return []
    at = ids.index(run.pk)
    confirmed = [each for each in detect(figures) if each.detected_index == at]
    changes = [_change(each, run, ids, received_at) for each in confirmed]
    return PerformanceChange.objects.bulk_create(changes)


def _series(run: BenchmarkRun) -> "QuerySet[BenchmarkRun]":
    """Return the runs that measured the same as this one, in order of time."""
    rows = BenchmarkRun.objects.filter(
        endpoint=run.endpoint_id,
        offering=run.offering_id,
        token_class=run.token_class,
        basis=Basis.BENCHMARKED,
        feeds_advice=True,
        started_at__isnull=False,
    )
    for name in _ALIKE:
        asked = run.asked.get(name)
        rows = (
            rows.filter(**{f"asked__{name}__isnull": True})
            if asked is None
            else rows.filter(**{f"asked__{name}": asked})
        )
    return rows.order_by("started_at", "pk")[first_of(rows.count()) :]


def first_of(runs: int) -> int:
    """Return the number of the run, from 0, that a series of so many is read from."""
    return max(runs // BLOCK - 1, 0) * BLOCK


def _read(rows: "QuerySet[BenchmarkRun]") -> tuple[list[UUID], list[RunFigures]]:
    medians = {
        f"{name}_p50": F(f"summary__metrics__latencies__{name}__p50__value")
        for name in FIGURES
    }
    ids, figures = [], []
    read: Any = rows.values(
        "pk", "started_at", "requests_done", "requests_failed", **medians
    )
    for row in read:
        ids.append(row["pk"])
        figures.append(
            RunFigures(
                at=row["started_at"],
                figures=dict(_known(row, medians)),
                requests=row["requests_done"],
                errors=row["requests_failed"],
            )
        )
    return ids, figures


def _known(row: dict[str, Any], names: dict[str, F]) -> Iterator[tuple[str, float]]:
    for name in names:
        value = row[name]
        if isinstance(value, int | float) and value > 0:
            yield name, float(value)


def _change(
    found: Change, run: BenchmarkRun, ids: list[UUID], received_at: datetime
) -> PerformanceChange:
    assert isinstance(found.began_at, datetime)  # noqa: S101  # as it was given
    return PerformanceChange(
        organization=run.organization,
        endpoint=run.endpoint,
        token_class=run.token_class,
        figure=found.figure,
        before=found.before,
        after=found.after,
        significance=found.score / found.threshold,
        began_run_id=ids[found.began_index],
        detected_run=run,
        effective_from=found.began_at,
        received_at=received_at,
    )
