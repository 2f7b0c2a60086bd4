"""A replay in figures: a row for each task, and one line of JSON for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.recommendations.replay.tallies import (
    Bin,
    Tally,
    Trial,
    calibration,
    tally,
)

HEADINGS = (
    *("task", "options", "decided", "violations", "rate"),
    *("upper 95 %", "cost ratio", "geometric", "calls"),
)
_ROW = "{:<24} {:>7} {:>9} {:>10} {:>6} {:>10} {:>10} {:>9} {:>6}"


def table(tallies: Mapping[str, tuple[int, Tally]]) -> list[str]:
    """Return lines: a heading, then for each task its options and its tally."""
    return [
        _ROW.format(*HEADINGS),
        *(_row(task, options, found) for task, (options, found) in tallies.items()),
    ]


def _row(task: str, options: int, found: Tally) -> str:
    return _ROW.format(
        task[:24],
        options,
        f"{found.decided}/{found.trials}",
        found.violations,
        f"{found.violation_rate:.3f}",
        f"{found.violation_upper95:.3f}",
        _ratio(found.cost_ratio),
        _ratio(found.cost_ratio_geometric),
        f"{found.evaluation_share:.3f}",
    )


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def report(by_task: Sequence[Sequence[Trial]]) -> dict[str, Any]:
    """Return the line's figures over all tasks; each task has as many trials.

    `violation_rate` and its Wilson limit are among the trials that decided;
    `evaluation_share` is calls over items times options; `trials` are of each task.
    """
    trials = [trial for task in by_task for trial in task]
    found = tally(trials)
    return {
        "bench": "decision",
        "violation_rate": round(found.violation_rate, 4),
        "violation_upper95": round(found.violation_upper95, 4),
        "violation_worst_task": round(
            max(tally(task).violation_rate for task in by_task), 4
        ),
        "abstained": round(found.abstained, 4),
        "cost_ratio": _rounded(found.cost_ratio),
        "cost_ratio_geometric": _rounded(found.cost_ratio_geometric),
        "evaluation_share": round(found.evaluation_share, 4),
        "calibration": [_calibrated(each) for each in calibration(trials)],
        "trials": len(by_task[0]),
        "tasks": len(by_task),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _calibrated(each: Bin | None) -> dict[str, float | int | None]:
    if each is None:
        return {"count": 0, "stated": None, "achieved": None}
    return {
        "count": each.count,
        "stated": round(each.stated, 4),
        "achieved": round(each.achieved, 4),
    }
