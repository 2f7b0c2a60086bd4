"""What the workloads cost month by month: as they run, and as advised."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from advisor.reports.charts.theme import IN_USE, MAIL_WIDTH, RECOMMENDED, Spec, spec_of

Json = dict[str, Any]

SERIES = {"in_use": "as it runs today", "recommended": "as recommended"}
_HEIGHT = 190  # px


def spend_chart(months: Iterable[Json], *, currency: str = "USD") -> Spec:
    """Draw projected spend with its band.

    A month is {"month": "2026-12", "in_use": bounds, "recommended": bounds}, where
    bounds are {"low", "expected", "high"} as decimal strings, or null.
    """
    rows = [
        {"month": month["month"], "series": label, **_numbers(month[key])}
        for month in months
        for key, label in SERIES.items()
        if month[key] is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("month:T", timeUnit="utcyearmonth", title=None).axis(
            format="%b %y",
            grid=False,
            labelAngle=0,
            tickCount={"interval": "month", "step": 3},
        ),
        color=alt.Color("series:N").scale(
            domain=list(SERIES.values()), range=[IN_USE, RECOMMENDED]
        ),
    )
    money = alt.Axis(format="~s", tickCount=4)
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=f"{currency} a month", axis=money),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=3, point=False).encode(
        y="expected:Q",
        tooltip=[
            alt.Tooltip("month:T", timeUnit="utcyearmonth", title="month"),
            alt.Tooltip("series:N", title="spend"),
            alt.Tooltip("expected:Q", format=",.2f", title=currency),
        ],
    )
    chart = alt.layer(band, line)
    return spec_of(chart.properties(width=MAIL_WIDTH - 90, height=_HEIGHT))


def _numbers(bounds: Json) -> dict[str, float]:
    """Return bounds as numbers: a picture is not exact anyway."""
    return {name: float(bounds[name]) for name in ("low", "expected", "high")}
