"""How requests and spend divide among the size bands."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from advisor.reports.charts.theme import BAND_COLOURS, MAIL_WIDTH, Spec, spec_of

Json = dict[str, Any]

_BAR = 34  # px


def size_mix_chart(requests: Iterable[Json], spend: Iterable[Json]) -> Spec:
    """Draw two bars of shares: of requests and of spend.

    Each share is {"band": a size band, "share": from 0 to 1, or null for unknown}.
    """
    bands = list(BAND_COLOURS)
    rows = [
        {
            "of": name,
            "band": each["band"],
            "share": float(each["share"]),
            "order": bands.index(each["band"]),
        }
        for name, shares in (("requests", requests), ("spend", spend))
        for each in shares
        if each["share"] is not None and float(each["share"]) > 0
    ]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(height={"band": 0.75})
        .encode(
            x=alt.X("share:Q", title=None)
            .scale(domain=[0, 1])
            .axis(format=".0%", tickCount=5),
            y=alt.Y("of:N", title=None, sort=["requests", "spend"]),
            color=alt.Color("band:N").scale(
                domain=bands, range=list(BAND_COLOURS.values())
            ),
            order=alt.Order("order:Q"),
            tooltip=["of:N", "band:N", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    return spec_of(bars.properties(width=MAIL_WIDTH - 90, height=2 * _BAR))
