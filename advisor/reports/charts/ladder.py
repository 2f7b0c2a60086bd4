"""What the cheapest option of each size costs, and whether it would do."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from advisor.reports.charts.theme import BAND_COLOURS, WIDTH, Spec, spec_of

Json = dict[str, Any]

_BAR = 40  # px


def ladder_chart(rungs: Iterable[Json], *, currency: str = "USD") -> Spec:
    """Draw a bar a size band; those that do not fit are pale.

    A rung is {"band", "option": a name, "fits": whether it would do, "twelve_months":
    decimal string or None for unpriced}.
    """
    rows = [
        {
            **rung,
            "twelve_months": float(rung["twelve_months"]),
            "said": "fits" if rung["fits"] else "does not fit",
        }
        for rung in rungs
        if rung["twelve_months"] is not None
    ]
    bands = [band for band in BAND_COLOURS if any(row["band"] == band for row in rows)]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("twelve_months:Q", title=f"{currency} in twelve months").axis(
            format="~s", tickCount=4
        ),
        y=alt.Y("band:N", title=None, sort=bands).axis(minExtent=80),
    )
    bars = base.mark_bar(height={"band": 0.7}).encode(
        color=alt.Color("band:N", legend=None).scale(
            domain=bands, range=[BAND_COLOURS[band] for band in bands]
        ),
        opacity=alt.condition("datum.fits", alt.value(1), alt.value(0.35)),
        tooltip=[
            alt.Tooltip("option:N"),
            alt.Tooltip("said:N", title="it"),
            alt.Tooltip("twelve_months:Q", format=",.0f", title=currency),
        ],
    )
    names = base.mark_text(align="left", dx=6).encode(text="said:N")
    chart = alt.layer(bars, names)
    height = _BAR * max(len(bands), 1)
    return spec_of(chart.properties(width=WIDTH - 90, height=height))
