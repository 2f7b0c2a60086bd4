"""A price sheet's report as lines to read: what was charged, what would be. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MOST_LINES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One rate of one listing before and after a sheet; empty is unknown or none."""

    change: str
    listing: str
    service_tier: str
    effective_from: str
    meter: str
    before: str
    after: str
    factor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableReport:
    """A report as pages show it; `left_out` lines were too many to show."""

    counts: Mapping[str, int]
    held_because: Sequence[str]
    differences: Sequence[Difference]
    left_out: int
    lost: Sequence[str]
    problems: Sequence[Mapping[str, str]]
    remarks: Sequence[Mapping[str, str]]


def readable(report: Mapping[str, Any]) -> ReadableReport:
    """Return the report of an import as lines, suspicious ones first."""
    lines = [line for change in report.get("changes", ()) for line in _lines(change)]
    return ReadableReport(
        counts={
            name.replace("_", " "): count
            for name, count in report.get("counts", {}).items()
            if count
        },
        held_because=report.get("held_because", ()),
        differences=lines[:MOST_LINES],
        left_out=max(0, len(lines) - MOST_LINES),
        lost=[_listing(place) for place in report.get("lost", ())],
        problems=report.get("problems", ()),
        remarks=report.get("remarks", ()),
    )


def _listing(place: Mapping[str, Any]) -> str:
    region = f" ({place['region']})" if place.get("region") else ""
    return f"{place['provider']}/{place['name']}{region}"


def _lines(change: Mapping[str, Any]) -> Iterator[Difference]:
    if change["change"] == "suspicious":
        yield _line(change, change["meter"], change["before"], change["after"])
        return
    before, after = change["before"] or {}, change["after"] or {}
    for meter in {**before, **after}:
        if before.get(meter) != after.get(meter):
            yield _line(change, meter, before.get(meter), after.get(meter))


def _line(change: Mapping[str, Any], meter: str, before: Any, after: Any) -> Difference:
    return Difference(
        change=change["change"],
        listing=_listing(change),
        service_tier=change["service_tier"],
        effective_from=change["effective_from"][:16].replace("T", " "),
        meter=meter.replace("_per_mtok", " / Mtok").replace("_", " "),
        before=_shown(before),
        after=_shown(after),
        factor=change.get("factor") or _factor(before, after),
        reason=change.get("reason", ""),
    )


def _shown(rate: Any) -> str:
    if rate is None:
        return ""
    if not isinstance(rate, str):
        return f"{len(rate)} entries" if len(rate) != 1 else "1 entry"
    text = f"{Decimal(rate):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _factor(before: Any, after: Any) -> str:
    if not isinstance(before, str) or not isinstance(after, str) or not Decimal(before):
        return ""
    return f"{Decimal(after) / Decimal(before):.3f}"
