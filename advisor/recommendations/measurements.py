"""What had been measured of each option at a moment, from what is in memory.

An index of all runs that feed advice is brought up to the newest change when advice is
asked for; it only ever grows.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.db import connection

from advisor.decision.assumptions import MEASURED_DAYS
from advisor.decision.measured import (
    NOTHING_MEASURED,
    Change,
    MeasuredRun,
    Measurements,
)
from advisor.decision.view import View
from advisor.recommendations.catalogue import BEFORE_ALL
from advisor.recommendations.measurement_rows import (
    ChangeMark,
    RunMark,
    Series,
    figures_of,
    marks_of_changes,
    marks_of_runs,
)

# Of each series this many of the newest runs are looked at.
RUNS_TAKEN = 40
_WINDOW = MEASURED_DAYS * 86_400_000_000  # microseconds


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
            if series.organization in ("", seen.organization)
        }
    figures = figures_of(mark.id for marks in chosen.values() for mark in marks)
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
    for series, found in changes.items():
        slot = seen.slot_of(series.option)
        if slot is not None and slot in runs_of:
            changes_of[slot] += found
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
        # Read to the end first: half of it would be added again at the next try.
        runs = list(marks_of_runs(index.known_at, newest))
        changes = list(marks_of_changes(index.known_at, newest))
        for series, mark in runs:
            insort(index.runs[series], mark)
        for series, change in changes:
            index.changes[series].append(change)
        index.known_at = newest
    return index
