"""What had been measured of each option at a moment, read once per run.

A closed run never changes, so its figures stay in memory once read. An index of all
runs that feed advice is kept beside them; it only ever grows.
"""

from bisect import bisect_right, insort
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from advisor.decision.assumptions import MEASURED_DAYS
from advisor.decision.dated_rows import microseconds
from advisor.decision.measured import (
    NOTHING_MEASURED,
    Change,
    MeasuredRun,
    Measurements,
)
from advisor.decision.question import OptionKey
from advisor.decision.view import View
from advisor.recommendations.catalogue import BEFORE_ALL
from benchmarks.models import BenchmarkRun, PerformanceChange

# Of each endpoint and token class, this many of the newest runs are looked at.
RUNS_TAKEN = 40
# Runs whose figures stay in memory, at a few kilobytes each.
RUNS_KEPT = 8_000
_WINDOW = MEASURED_DAYS * 86_400_000_000  # microseconds
_SAMPLE_COLUMNS = (
    *("phase", "error", "answer_ttft_ms", "ttft_ms", "tpot_ms", "input_tokens"),
    *("asked_input_tokens", "output_tokens", "reasoning_tokens"),
)


class Series(NamedTuple):
    """Whose runs lie together: one option's at one endpoint, of one token class."""

    option: OptionKey
    organization: str  # empty for a shared endpoint
    endpoint: str  # empty for imported runs
    token_class: str


class RunMark(NamedTuple):
    """When a run was finished and known of, in microseconds since 1970."""

    finished: int
    received: int
    id: UUID


class ChangeMark(NamedTuple):
    """A change and since when it is known of, in microseconds since 1970."""

    received: int
    change: Change


@dataclass(kw_only=True)
class Index:
    """Every run that feeds advice, and every change, received up to `known_at`."""

    known_at: datetime
    runs: dict[Series, list[RunMark]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[Series, list[ChangeMark]] = field(
        default_factory=lambda: defaultdict(list)
    )


_lock = Lock()
_indexes: dict[str, Index] = {}
_figures: OrderedDict[UUID, MeasuredRun] = OrderedDict()


def measurements_seen(seen: View, newest: datetime) -> Measurements:
    """Return what had been measured of the view's slots, as known at its moments.

    `newest` is the moment of the newest committed measurement; one index per process
    is brought up to it. Runs of other organizations' endpoints stay out.
    """
    with _lock:
        index = _index_up_to(newest)
        if not index.runs:
            return NOTHING_MEASURED
        chosen = {
            series: _newest_of(marks, seen)
            for series, marks in index.runs.items()
            if series.organization in ("", seen.organization)
        }
        changes = {
            series: [mark.change for mark in marks if _is_known(mark, seen)]
            for series, marks in index.changes.items()
        }
    figures = _read(mark.id for marks in chosen.values() for mark in marks)
    return _by_slot(seen, chosen, figures, changes)


def _newest_of(marks: list[RunMark], seen: View) -> list[RunMark]:
    """Return the newest runs finished by the view's moment, oldest first."""
    at = seen.at_microseconds
    until = bisect_right(marks, at, key=lambda mark: mark.finished)
    from_there = bisect_right(marks, at - _WINDOW, key=lambda mark: mark.finished)
    known = seen.known_microseconds
    return [mark for mark in marks[from_there:until] if mark.received <= known][
        -RUNS_TAKEN:
    ]


def _is_known(mark: ChangeMark, seen: View) -> bool:
    recent = seen.at_microseconds - _WINDOW < mark.change.effective
    past = mark.change.effective <= seen.at_microseconds
    return recent and past and mark.received <= seen.known_microseconds


def _by_slot(
    seen: View,
    chosen: dict[Series, list[RunMark]],
    figures: dict[UUID, MeasuredRun],
    changes: dict[Series, list[Change]],
) -> Measurements:
    runs_of: defaultdict[int, list[MeasuredRun]] = defaultdict(list)
    changes_of: defaultdict[int, list[Change]] = defaultdict(list)
    for series, marks in chosen.items():
        slot = seen.slot_of(series.option)
        if slot is not None and marks:
            runs_of[slot] += [figures[each.id] for each in marks if each.id in figures]
            changes_of[slot] += changes.get(series, [])
    for runs in runs_of.values():
        runs.sort(key=lambda run: run.finished)
    return Measurements(runs=runs_of, changes=changes_of)


def _index_up_to(newest: datetime) -> Index:
    """Return the index of all runs received up to `newest`; only new ones are read."""
    name = str(connection.settings_dict["NAME"])
    index = _indexes.get(name)
    if index is None:
        index = _indexes[name] = Index(known_at=BEFORE_ALL)
    if index.known_at < newest:
        later = {"received_at__gt": index.known_at, "received_at__lte": newest}
        for series, mark in _marks_of_runs(later):
            insort(index.runs[series], mark)
        for series, change in _marks_of_changes(later):
            index.changes[series].append(change)
        index.known_at = newest
    return index


def _marks_of_runs(later: dict[str, datetime]) -> Iterator[tuple[Series, RunMark]]:
    rows = BenchmarkRun.objects.filter(feeds_advice=True, **later).values_list(
        *("offering_id", "service_tier", "organization_id", "endpoint_id"),
        *("token_class", "finished_at", "received_at", "id"),
    )
    for row in rows.iterator():
        finished, received, run_id = row[5:]
        yield (
            _series(*row[:5]),
            RunMark(microseconds(finished), microseconds(received), run_id),
        )


def _marks_of_changes(
    later: dict[str, datetime],
) -> Iterator[tuple[Series, ChangeMark]]:
    rows = PerformanceChange.objects.filter(**later).select_related("endpoint")
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
) -> Series:
    return Series(
        option=OptionKey(offering=str(offering), service_tier=service_tier),
        organization=str(organization or ""),
        endpoint=str(endpoint or ""),
        token_class=token_class,
    )


def _read(ids: Iterable[UUID]) -> dict[UUID, MeasuredRun]:
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
        *("id", "endpoint_id", "token_class", "basis", "finished_at"), *_SAMPLE_COLUMNS
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
        basis=run.basis,
        finished=microseconds(run.finished_at),
        answer_ttft_ms=_first(column("answer_ttft_ms"), unanswered),
        tpot_ms=tpot,
        input_tokens=_first(column("input_tokens"), column("asked_input_tokens")),
        reasoning_tokens=reasoning,
        requests=int(counted.sum()),
        errors=int((counted & failed).sum()),
    )


def _first(stated: Any, otherwise: Any) -> Any:
    return np.where(np.isnan(stated), otherwise, stated)
