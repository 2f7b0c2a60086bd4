"""What the workloads are projected to cost, and what they did cost."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from advisor.recommendations.amounts import cent, cents

Json = dict[str, Any]

BOUNDS = ("low", "expected", "high")


def spend_of(portfolio: Json) -> Json:
    """Return spend by month and for the year: as it runs, and as recommended.

    Both are of the workloads whose option in use has a price; where nothing else is
    recommended, what is in use stays. Bounds are added up, as if all workloads grew
    together, so the band is rather too wide than too narrow.
    """
    workloads = portfolio["workloads"]
    priced = [each for each in workloads if _monthly(each["in_use"]) is not None]
    in_use = [each["in_use"] for each in priced]
    then = [_then(each) for each in priced]
    return {
        "currency": portfolio["currency"],
        "monthly": {
            "in_use": _total(option["monthly"] for option in in_use),
            "recommended": _total(option["monthly"] for option in then),
        },
        "twelve_months": {
            "in_use": _bounds([option["twelve_months"] for option in in_use]),
            "recommended": _bounds([option["twelve_months"] for option in then]),
        },
        "months": _months(in_use, then),
        "savings": portfolio["totals"]["savings_monthly"],
        "realised": _realised(workloads),
        "priced": len(priced),
        "unpriced": sorted(
            each["name"] for each in workloads if _monthly(each["in_use"]) is None
        ),
    }


def _monthly(option: Json | None) -> str | None:
    return None if option is None else option["monthly"]


def _then(workload: Json) -> Json:
    """Return what would be in use if all advice were followed."""
    advice = workload["recommendation"]
    option: Json | None = None if advice is None else advice["option"]
    return workload["in_use"] if _monthly(option) is None else option  # type: ignore[return-value]  # priced


def _total(amounts: Iterable[str]) -> str:
    return cent(sum(map(Decimal, amounts), Decimal(0)))


def _bounds(years: Sequence[Json]) -> Json | None:
    if not years:
        return None
    return cents(
        {
            bound: sum((Decimal(year[bound]) for year in years), Decimal(0))
            for bound in BOUNDS
        }
    )


def _months(in_use: Sequence[Json], then: Sequence[Json]) -> list[Json]:
    """Return the bounds of each month of the projection, summed over workloads."""
    if not in_use:
        return []
    names = [month["month"] for month in in_use[0]["months"]]
    return [
        {
            "month": name,
            "in_use": _bounds([option["months"][place] for option in in_use]),
            "recommended": _bounds([option["months"][place] for option in then]),
        }
        for place, name in enumerate(names)
    ]


def _realised(workloads: Sequence[Json]) -> Json | None:
    """Return what last month really cost, where the buyer said; None where nowhere."""
    known = [
        each["spend"]["realised_last_month"]
        for each in workloads
        if each["spend"]["realised_last_month"] is not None
    ]
    if not known:
        return None
    return {
        "last_month": _total(known),
        "workloads": len(known),
        "of": len(workloads),
        "savings_to_date": _savings(workloads),
    }


def _savings(workloads: Sequence[Json]) -> str | None:
    known = [
        each["savings"]["realised_to_date"]
        for each in workloads
        if each["savings"]["realised_to_date"] is not None
    ]
    return _total(known) if known else None
