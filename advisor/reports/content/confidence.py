"""How sure the advice is, and what would make it surer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from advisor.reports.content.options import is_pending

Json = dict[str, Any]

# What a buyer can do, by what is missing.
OWN_ITEMS, MEASURE, STATE_PRICE, REPORT_USAGE = (
    "own_items",
    "measure",
    "state_price",
    "report_usage",
)


def confidence_of(portfolio: Json) -> Json:
    """Count what quality and latency of the options rest on, and what is missing.

    An option counts once for each workload: the advised one, else the one in use.
    """
    workloads = portfolio["workloads"]
    judged = [(each["name"], _option(each)) for each in workloads]
    known = [(name, option) for name, option in judged if option is not None]
    return {
        "workloads": len(workloads),
        "judged": len(known),
        "provisional": sum(_is_provisional(each) for each in workloads),
        "quality": _counted(option["quality"]["basis"] for _, option in known),
        "latency": _counted(option["latency"]["basis"] for _, option in known),
        "lines": [_line(name, option) for name, option in known],
        "surer": _surer(workloads, known),
    }


def _option(workload: Json) -> Json | None:
    advised: Json | None = (
        workload["recommendation"]["option"] if is_pending(workload) else None
    )
    return workload["in_use"] if advised is None else advised


def _is_provisional(workload: Json) -> bool:
    return is_pending(workload) and bool(workload["recommendation"]["provisional"])


def _counted(bases: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(bases).items()))


def _line(name: str, option: Json) -> Json:
    quality, latency = option["quality"], option["latency"]
    return {
        "workload": name,
        "quality_basis": quality["basis"],
        "meets_floor_probability": quality["meets_floor_probability"],
        "latency_basis": latency["basis"],
        "requests": latency["requests"],
    }


def _surer(workloads: Sequence[Json], known: Sequence[tuple[str, Json]]) -> list[Json]:
    """Return what would help, with the workloads it would help; most of them first."""
    missing = {
        OWN_ITEMS: [n for n, each in known if each["quality"]["basis"] != "evaluated"],
        MEASURE: [n for n, each in known if each["latency"]["basis"] == "modelled"],
        STATE_PRICE: [n for n, each in known if each["monthly"] is None],
        REPORT_USAGE: [
            each["name"]
            for each in workloads
            if each["spend"]["realised_last_month"] is None
        ],
    }
    return [
        {
            "code": code,
            "workloads": sorted(names),
            "all": len(names) == len(workloads),
        }
        for code, names in missing.items()
        if names
    ]
