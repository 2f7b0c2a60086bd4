"""Which drivers moved the spend of advice from what it was to what it is."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import altair as alt

from advisor.reports.charts.theme import (
    GREEN,
    GREY,
    VERMILION,
    WIDTH,
    Spec,
    spec_of,
)

Json = dict[str, Any]

BEFORE, AFTER = "Before", "After"
_COLOURS = {"costs more": VERMILION, "costs less": GREEN, "total": GREY}
_BAR = 30  # px


def drivers_chart(
    drivers: Iterable[Json], *, before: Decimal, after: Decimal, currency: str = "USD"
) -> Spec:
    """Draw a waterfall: twelve months before, each driver that moved it, and after.

    A driver is {"driver": its words, "amount": a decimal string}; one of 0 moves
    nothing and is left out.
    """
    rows = _rows(drivers, before, after)
    effects = [name for name in _COLOURS if any(r["effect"] == name for r in rows)]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(height={"band": 0.7})
        .encode(
            x=alt.X("start:Q", title=f"{currency} in twelve months").axis(
                format="~s", tickCount=5
            ),
            x2="end:Q",
            y=alt.Y("driver:N", title=None, sort=[row["driver"] for row in rows]).axis(
                labelLimit=180
            ),
            color=alt.Color("effect:N").scale(
                domain=effects, range=[_COLOURS[name] for name in effects]
            ),
            tooltip=[
                alt.Tooltip("driver:N"),
                alt.Tooltip("amount:Q", format="+,.2f", title=currency),
            ],
        )
    )
    return spec_of(bars.properties(width=WIDTH - 190, height=_BAR * len(rows)))


def _rows(drivers: Iterable[Json], before: Decimal, after: Decimal) -> list[Json]:
    rows = [_row(BEFORE, Decimal(0), before, "total")]
    reached = before
    for each in drivers:
        amount = Decimal(each["amount"])
        if amount:
            effect = "costs more" if amount > 0 else "costs less"
            rows.append(_row(each["driver"], reached, reached + amount, effect))
            reached += amount
    rows.append(_row(AFTER, Decimal(0), after, "total"))
    return rows


def _row(driver: str, start: Decimal, end: Decimal, effect: str) -> Json:
    return {
        "driver": driver,
        "start": float(start),
        "end": float(end),
        "amount": float(end - start),
        "effect": effect,
    }


def drivers_words(
    drivers: Iterable[Json], *, before: str, after: str, amount: Mapping[str, str]
) -> str:
    """Say what the chart shows; amounts are in words, by driver."""
    moved = [each["driver"] for each in drivers if Decimal(each["amount"])]
    said = ", ".join(f"{name} {amount[name]}" for name in moved) or "nothing moved it"
    return f"Spend in twelve months from {before} to {after}: {said}."
