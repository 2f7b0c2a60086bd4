"""What quality costs: every option of an answer by quality, spend and speed."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from advisor.reports.charts.theme import BAND_COLOURS, WIDTH, Spec, spec_of

Json = dict[str, Any]

EVERY_BAND = "all"
PARAMETER = "band"  # a page sets it to a size band, or to `EVERY_BAND`
_HEIGHT = 300  # px
_ROLES = {"recommended": "diamond", "in use": "square", "option": "circle"}


def frontier_chart(points: Iterable[Json], *, currency: str = "USD") -> Spec:
    """Draw options by quality and twelve-month spend; the larger, the slower.

    A point is {"option": a name, "band", "role": "recommended", "in use" or "option",
    "quality": from 0 to 1, "twelve_months": decimal string, "ms": latency or None}.
    """
    rows = [
        {**point, "twelve_months": float(point["twelve_months"])} for point in points
    ]
    chosen = alt.param(name=PARAMETER, value=EVERY_BAND)
    shown = f"{PARAMETER} == '{EVERY_BAND}' || datum.band == {PARAMETER}"
    bands = [band for band in BAND_COLOURS if any(row["band"] == band for row in rows)]
    dots = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(filled=True, stroke="currentColor", strokeWidth=1)
        .encode(
            x=alt.X("quality:Q", title="quality, estimated share")
            .scale(zero=False, nice=True)
            .axis(format=".0%", tickCount=5),
            y=alt.Y("twelve_months:Q", title=f"{currency} in twelve months")
            .scale(type="log")
            .axis(format="~s", tickCount=4, grid=False),
            size=alt.Size("ms:Q", legend=None).scale(range=[70, 420], zero=False),
            shape=alt.Shape("role:N", legend=None).scale(
                domain=list(_ROLES), range=list(_ROLES.values())
            ),
            color=alt.Color("band:N").scale(
                domain=bands, range=[BAND_COLOURS[band] for band in bands]
            ),
            opacity=alt.condition(shown, alt.value(0.95), alt.value(0.08)),
            tooltip=[
                alt.Tooltip("option:N"),
                alt.Tooltip("role:N", title="it is"),
                alt.Tooltip("band:N", title="size"),
                alt.Tooltip("quality:Q", format=".1%"),
                alt.Tooltip("twelve_months:Q", format=",.0f", title=currency),
                alt.Tooltip("ms:Q", format=",.0f", title="latency p95, ms"),
            ],
        )
        .add_params(chosen)
    )
    names = (
        alt.Chart(
            alt.InlineData(values=[row for row in rows if row["role"] != "option"])
        )
        .mark_text(align="center", dy=-16, limit=180)
        .encode(x="quality:Q", y="twelve_months:Q", text="role:N")
    )
    chart = alt.layer(dots, names)
    return spec_of(chart.properties(width=WIDTH - 90, height=_HEIGHT))
