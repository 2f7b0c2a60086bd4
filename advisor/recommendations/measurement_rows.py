"""Reads runs and changes as advice needs them; the figures of a run are read once.

A closed run never changes, so what was read of it stays in memory.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db.models.fields.json import KeyTransform

from advisor.decision.dated_rows import microseconds
from advisor.decision.measured import Change, MeasuredRun
from advisor.decision.question import OptionKey
from benchmarks.harness.load import Profile
from benchmarks.models import BenchmarkRun, PerformanceChange

# Runs whose figures stay in memory, at a few kilobytes each.
RUNS_KEPT = 8_000
_SAMPLE_COLUMNS = (
    *("phase", "error", "answer_ttft_ms", "ttft_ms", "tpot_ms", "request_ms"),
    *("input_tokens", "asked_input_tokens", "output_tokens", "reasoning_tokens"),
)
_ASKED = ("profile", "concurrency", "requests_per_second")

_lock = Lock()
_figures: OrderedDict[UUID, MeasuredRun] = OrderedDict()


class Series(NamedTuple):
    """Whose runs lie together: one option's at one endpoint, asked alike.

    `arrival` says how requests came; it is empty for changes, which are of all.
    """

    option: OptionKey
    organization: str  # empty for a shared endpoint
    endpoint: str  # empty for imported runs
    token_class: str
    arrival: str = ""


class RunMark(NamedTuple):
    """When a run was finished and known of, in microseconds since 1970."""

    finished: int
    received: int
    id: UUID


class ChangeMark(NamedTuple):
    """A change and since when it is known of, in microseconds since 1970."""

    received: int
    change: Change


def marks_of_runs(after: datetime, until: datetime) -> Iterator[tuple[Series, RunMark]]:
    """Yield the runs that feed advice, received after one moment and by another."""
    rows = BenchmarkRun.objects.filter(
        feeds_advice=True, received_at__gt=after, received_at__lte=until
    ).values_list(
        *("offering_id", "service_tier", "organization_id", "endpoint_id"),
        *("token_class", "finished_at", "received_at", "id"),
        *(KeyTransform(name, "asked") for name in _ASKED),
    )
    for row in rows.iterator():
        offering, tier, organization, endpoint, token_class = row[:5]
        finished, received, run_id = row[5:8]
        yield (
            _series(
                offering, tier, organization, endpoint, token_class, _arrival(*row[8:])
            ),
            RunMark(microseconds(finished), microseconds(received), run_id),
        )


def _arrival(
    profile: str | None, concurrency: int | None, requests_per_second: float | None
) -> str:
    """Return a word for how requests came; empty where another tool left it open."""
    if profile == Profile.CONCURRENT:
        return f"{profile} {concurrency}"
    if profile == Profile.POISSON:
        return f"{profile} {requests_per_second:g}"
    return profile or ""


def marks_of_changes(
    after: datetime, until: datetime
) -> Iterator[tuple[Series, ChangeMark]]:
    """Yield the changes that were received after one moment and by another."""
    rows = PerformanceChange.objects.filter(
        received_at__gt=after, received_at__lte=until
    ).select_related("endpoint")
    for row in rows.iterator():
        change = Change(
            id=str(row.pk),
            endpoint=str(row.endpoint_id),
            token_class=row.token_class,
            figure=row.figure,
            before=row.before,
            after=row.after,
            effective=microseconds(row.effective_from),
        )
        series = _series(
            row.endpoint.offering_id,
            row.endpoint.service_tier,
            row.organization_id,
            row.endpoint_id,
            row.token_class,
        )
        yield series, ChangeMark(microseconds(row.received_at), change)


def _series(
    offering: UUID,
    service_tier: str,
    organization: UUID | None,
    endpoint: UUID | None,
    token_class: str,
    arrival: str = "",
) -> Series:
    return Series(
        option=OptionKey(offering=str(offering), service_tier=service_tier),
        organization=str(organization or ""),
        endpoint=str(endpoint or ""),
        token_class=token_class,
        arrival=arrival,
    )


def figures_of(ids: Iterable[UUID]) -> dict[UUID, MeasuredRun]:
    """Return the figures of runs, those that are not in memory by one query."""
    wanted = set(ids)
    with _lock:
        found = {each: _figures[each] for each in wanted if each in _figures}
    missing = wanted - found.keys()
    if missing:
        read = {run.pk: _measured(run) for run in _rows(missing)}
        found |= read
        with _lock:
            _figures.update(read)
            while len(_figures) > RUNS_KEPT:
                _figures.popitem(last=False)
    return found


def _rows(ids: set[UUID]) -> Iterator[BenchmarkRun]:
    rows = BenchmarkRun.objects.filter(pk__in=ids).only(
        *("id", "endpoint_id", "token_class", "basis", "finished_at", "asked"),
        *("window_start_s", "window_end_s", *_SAMPLE_COLUMNS),
    )
    return rows.iterator()


def _measured(run: BenchmarkRun) -> MeasuredRun:
    """Return a run's answers without its warm-up; what failed is only counted."""
    assert run.finished_at is not None  # noqa: S101  # it feeds advice
    counted = np.array(run.phase) >= 0
    failed = run.failed
    answered = counted & ~failed

    def column(name: str) -> Any:
        return np.array(getattr(run, name), dtype=np.float64)[answered]

    tpot, reasoning = column("tpot_ms"), column("reasoning_tokens")
    # An answer that was all reasoning would have begun after it.
    unanswered = column("ttft_ms") + np.nan_to_num(reasoning * tpot)
    return MeasuredRun(
        id=str(run.pk),
        endpoint=str(run.endpoint_id or ""),
        token_class=run.token_class,
        arrival=_arrival(*(run.asked.get(name) for name in _ASKED)),
        concurrency=_concurrency(run, column("request_ms")),
        basis=run.basis,
        finished=microseconds(run.finished_at),
        answer_ttft_ms=_first(column("answer_ttft_ms"), unanswered),
        tpot_ms=tpot,
        input_tokens=_first(column("input_tokens"), column("asked_input_tokens")),
        reasoning_tokens=reasoning,
        requests=int(counted.sum()),
        errors=int((counted & failed).sum()),
    )


def _concurrency(run: BenchmarkRun, request_ms: Any) -> float:
    """Return how many requests were under way at a time, on average; NaN if unknown.

    By Little's law: the time that all of them took, over the time that was measured.
    """
    if run.window_start_s is None or run.window_end_s is None:
        return float(run.asked.get("concurrency") or np.nan)
    seconds = run.window_end_s - run.window_start_s
    return float(np.nansum(request_ms)) / 1e3 / seconds if seconds > 0 else np.nan


def _first(stated: Any, otherwise: Any) -> Any:
    return np.where(np.isnan(stated), otherwise, stated)
