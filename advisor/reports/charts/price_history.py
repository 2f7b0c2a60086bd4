"""What one offering charges on one tier, over time and as announced."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import altair as alt

from advisor.reports.charts.theme import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    WIDTH,
    Spec,
    spec_of,
)
from catalog.fields import plain

Json = dict[str, Any]

# In this order; a meter has the same colour on every page.
METER_COLOURS = {
    "input": BLUE,
    "output": VERMILION,
    "cache read": GREEN,
    "cache write": PURPLE,
    "reasoning": GREY,
}
# Older steps are left to tables: they would squeeze what matters into a corner.
_BEFORE = timedelta(days=365)
# What was announced is shown so far beyond the last step, for its line to be seen.
_BEYOND = timedelta(days=30)
_HEIGHT = 210  # px


def price_history_chart(
    steps: Iterable[Json], *, today: datetime, currency: str = "USD"
) -> Spec:
    """Draw rates per million tokens as steps, dashed where they are only announced.

    It begins a year before today.
    A step is {"meter": one of METER_COLOURS, "from": a moment, "rate": a Decimal, or
    None from when the meter has no rate}, in the order of time.
    """
    rows = _rows(list(steps), today)
    meters = [name for name in METER_COLOURS if any(r["meter"] == name for r in rows)]
    line = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-after", strokeWidth=3)
        .encode(
            x=alt.X("from:T", title=None).axis(
                format="%d %b %y", labelAngle=0, labelOverlap=True, grid=False
            ),
            y=alt.Y("rate:Q", title=f"{currency} per million tokens").axis(tickCount=5),
            color=alt.Color("meter:N").scale(
                domain=meters, range=[METER_COLOURS[name] for name in meters]
            ),
            strokeDash=alt.StrokeDash("announced:N", legend=None).scale(
                domain=[False, True], range=[[1, 0], [6, 4]]
            ),
            tooltip=[
                alt.Tooltip("meter:N"),
                alt.Tooltip("from:T", format="%Y-%m-%d"),
                alt.Tooltip("rate:Q", title=f"{currency} per Mtok"),
            ],
        )
    )
    chart = alt.layer(line, *_today_line(today))
    return spec_of(chart.properties(width=WIDTH - 90, height=_HEIGHT))


def _today_line(today: datetime) -> tuple[alt.Chart, alt.Chart]:
    base = alt.Chart(alt.InlineData(values=[{"from": today.isoformat()}])).encode(
        x="from:T"
    )
    return (
        base.mark_rule(strokeDash=[2, 3]),
        base.mark_text(align="right", baseline="top", dx=-4).encode(
            y=alt.value(0), text=alt.value("today")
        ),
    )


def _rows(steps: Sequence[Json], today: datetime) -> list[Json]:
    """Return the points of each line, met by another at today and at the end."""
    steps = _recent(steps, today - _BEFORE)
    last = max([today, *(step["from"] for step in steps)])
    end = last + _BEYOND if last > today else today
    rows: list[Json] = []
    for meter in METER_COLOURS:
        own = [step for step in steps if step["meter"] == meter]
        if any(step["rate"] is not None for step in own):
            rows += _line(meter, own, today, end)
    return rows


def _recent(steps: Sequence[Json], start: datetime) -> list[Json]:
    """Return the steps from a moment on; what held at it is as if stated then."""
    kept = []
    for meter in METER_COLOURS:
        own = [step for step in steps if step["meter"] == meter]
        before = [step for step in own if step["from"] < start]
        kept += [{**step, "from": start} for step in before[-1:]]
        kept += [step for step in own if step["from"] >= start]
    return kept


def _line(
    meter: str, steps: Sequence[Json], today: datetime, end: datetime
) -> list[Json]:
    past = [step for step in steps if step["from"] <= today]
    coming = [step for step in steps if step["from"] > today]
    rows: list[Json] = []
    for step in past:
        if rows and step["rate"] is None:
            # A step is drawn up to the next point, and a missing rate is none.
            rows.append({**rows[-1], "from": step["from"].isoformat()})
        rows.append(_point(meter, step["from"], step["rate"], False))
    if past:
        rows.append(_point(meter, today, past[-1]["rate"], False))
    if coming:
        held = past[-1]["rate"] if past else None
        rows.append(_point(meter, today, held, True))
        rows += [_point(meter, step["from"], step["rate"], True) for step in coming]
        rows.append(_point(meter, end, coming[-1]["rate"], True))
    return rows


def _point(meter: str, moment: datetime, rate: Any, announced: bool) -> Json:
    return {
        "meter": meter,
        "from": moment.isoformat(),
        # A picture is not exact anyway.
        "rate": None if rate is None else float(rate),
        "announced": announced,
    }


def price_history_words(
    steps: Iterable[Json], *, today: datetime, currency: str = "USD"
) -> str:
    """Say what the chart shows, for whoever does not see it."""
    said: list[str] = []
    kept = [
        {**step, "rate": None if step["rate"] is None else plain(step["rate"])}
        for step in steps
    ]
    for meter in METER_COLOURS:
        own = [s for s in kept if s["meter"] == meter and s["rate"] is not None]
        past = [step for step in own if step["from"] <= today]
        coming = [step for step in own if step["from"] > today]
        if past and past[0]["rate"] != past[-1]["rate"]:
            said.append(f"{meter} from {past[0]['rate']} to {past[-1]['rate']}")
        elif past:
            said.append(f"{meter} {past[-1]['rate']}")
        said += [
            f"{meter} {step['rate']} from {step['from']:%Y-%m-%d}" for step in coming
        ]
    listed = ", ".join(said) or "no rate is known"
    return f"Prices in {currency} per million tokens over time: {listed}."
