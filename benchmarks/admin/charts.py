"""Charts of the admin pages, drawn by the copy of Chart.js that unfold ships."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import Any

import numpy as np

from benchmarks.harness.samples import Bools, SampleTable
from benchmarks.listings import with_headline
from benchmarks.models import BenchmarkRun, Endpoint, PlanTokenClass

SHOWN = timedelta(days=30)
# Newest ones; a plan that runs every ten minutes has so many in four days.
MAX_RUNS = 600
# Points beyond this hide each other.
MAX_POINTS = 2_000
GREY = "#9ca3af"
FIRST, SECOND, BAD = "#7c3aed", "#0ea5e9", "#dc2626"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: `kind` is of Chart.js, `data` and `options` its JSON."""

    title: str
    kind: str
    data: str
    options: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The charts of one token class, over `runs` runs."""

    token_class: str
    runs: int
    charts: tuple[Chart, ...]


def history_charts(endpoint: Endpoint, *, at: datetime) -> list[History]:
    """Return the last thirty days of an endpoint, run by run, per token class."""
    runs = (
        with_headline(BenchmarkRun.objects.filter(endpoint=endpoint))
        .filter(created_at__gte=at - SHOWN, started_at__isnull=False)
        .exclude(summary={})
        .order_by("-created_at")
        .values("token_class", "started_at", *LINES_BY_FIGURE)[:MAX_RUNS]
    )
    by_class: dict[str, list[dict[str, Any]]] = {}
    for run in reversed(runs):
        by_class.setdefault(run["token_class"], []).append(run)
    return [
        History(
            token_class=PlanTokenClass(token_class).label,
            runs=len(rows),
            charts=tuple(_history_chart(*spec, rows) for spec in HISTORY),
        )
        for token_class, rows in sorted(by_class.items())
    ]


# Title, unit of the axis, factor, and each line's figure with its name and colour.
HISTORY: tuple[tuple[str, str, float, dict[str, tuple[str, str]]], ...] = (
    (
        "Time to first token",
        "ms",
        1.0,
        {"ttft_ms_p50": ("p50", FIRST), "ttft_ms_p95": ("p95", SECOND)},
    ),
    ("Time per output token", "ms", 1.0, {"tpot_ms_p50": ("p50", FIRST)}),
    ("Errors", "%", 100.0, {"error_share": ("errors", BAD)}),
)
LINES_BY_FIGURE = {
    figure: line for *_, lines in HISTORY for figure, line in lines.items()
}


def _history_chart(
    title: str,
    unit: str,
    factor: float,
    lines: Mapping[str, tuple[str, str]],
    rows: Iterable[Mapping[str, Any]],
) -> Chart:
    rows = list(rows)
    datasets = [
        {
            "label": name,
            "data": [_scaled(row[figure], factor) for row in rows],
            "borderColor": colour,
            "backgroundColor": colour,
            "borderWidth": 2,
            "pointRadius": 2,
        }
        for figure, (name, colour) in lines.items()
    ]
    labels = [f"{row['started_at']:%d %b %H:%M}" for row in rows]
    options = _options(unit, legend=len(lines) > 1)
    options["scales"]["x"]["ticks"] |= {"maxTicksLimit": 4, "maxRotation": 0}
    return _chart(title, "line", {"labels": labels, "datasets": datasets}, options)


def _scaled(figure: float | None, factor: float) -> float | None:
    return None if figure is None else round(figure * factor, 3)


def request_charts(table: SampleTable) -> tuple[Chart, ...]:
    """Return every request of a run as a point, by its intended start."""
    if not len(table):
        return ()
    table = _thinned(table)
    return (
        _scatter(table, "ttft_ms", "Time to first token of each request"),
        _scatter(table, "tpot_ms", "Time per output token of each request"),
    )


def _thinned(table: SampleTable) -> SampleTable:
    """Return at most MAX_POINTS rows, evenly, but every failure."""
    step = -(-len(table) // MAX_POINTS)
    keep: Bools = (np.arange(len(table)) % step == 0) | table.failed
    return table.where(keep)


def _scatter(table: SampleTable, figure: str, title: str) -> Chart:
    failed, warmup = table.failed, table["phase"] < 0
    datasets = [
        _points(table.where(~failed & ~warmup), figure, "measured", FIRST),
        _points(table.where(warmup & ~failed), figure, "warm-up", GREY),
        _points(table.where(failed), None, "failed, drawn at 0", BAD),
    ]
    options = _options("ms", legend=True)
    options["scales"]["x"] |= {
        "type": "linear",
        "title": {"display": True, "text": "s after the start", "color": GREY},
    }
    shown = [each for each in datasets if each["data"]]
    return _chart(title, "scatter", {"datasets": shown}, options)


def _points(
    rows: SampleTable, figure: str | None, label: str, colour: str
) -> dict[str, Any]:
    starts = rows["intended_s"].tolist()
    values = rows[figure].tolist() if figure else [0.0] * len(rows)
    points = [
        {"x": round(start, 3), "y": round(value, 3)}
        for start, value in zip(starts, values, strict=True)
        if not isnan(value)
    ]
    return {"label": label, "data": points, "backgroundColor": colour, "pointRadius": 3}


def _options(unit: str, *, legend: bool) -> dict[str, Any]:
    ticks = {"color": GREY}
    title = {"display": True, "text": unit, "color": GREY}
    return {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "spanGaps": True,
        "plugins": {
            "legend": {
                "display": legend,
                "align": "end",
                "labels": {"usePointStyle": True, "boxHeight": 6, "color": GREY},
            }
        },
        "scales": {
            "x": {"ticks": {**ticks}, "grid": {"display": False}},
            "y": {"ticks": {**ticks}, "beginAtZero": True, "title": title},
        },
    }


def _chart(
    title: str, kind: str, data: Mapping[str, Any], options: Mapping[str, Any]
) -> Chart:
    return Chart(
        title=title, kind=kind, data=json.dumps(data), options=json.dumps(options)
    )
