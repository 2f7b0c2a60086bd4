"""How fast an offering has been at one endpoint, run by run."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import altair as alt

from advisor.reports.charts.theme import BLUE, GREY, VERMILION, WIDTH, Spec, spec_of

Json = dict[str, Any]
Figure = Literal["ttft_ms", "tpot_ms"]

TITLES: dict[Figure, str] = {"ttft_ms": "TTFT", "tpot_ms": "TPOT"}
_COLOURS = {"p50": BLUE, "p95": VERMILION}
_HEIGHT = 170  # px


def latency_history_chart(
    runs: Iterable[Json], changes: Iterable[Json] = (), *, figure: Figure = "ttft_ms"
) -> Spec:
    """Draw the percentiles of one figure run by run, its lasting changes marked.

    A run is {"at": a moment, "ttft_ms_p50", "ttft_ms_p95", "tpot_ms_p50"}, in
    milliseconds or None; a change is {"at", "figure", "sentence"}.
    """
    rows = [
        {"at": run["at"].isoformat(), "line": percentile, "ms": run[name]}
        for run in runs
        for percentile, name in _lines(run, figure)
        if run[name] is not None
    ]
    lines = [name for name in _COLOURS if any(row["line"] == name for row in rows)]
    line = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2, point={"size": 22})
        .encode(
            x=alt.X("at:T", title=None).axis(
                format="%d %b", labelAngle=0, labelOverlap=True, grid=False, tickCount=6
            ),
            y=alt.Y("ms:Q", title=f"{TITLES[figure]}, ms")
            .scale(zero=True)
            .axis(tickCount=4),
            color=alt.Color("line:N").scale(
                domain=lines, range=[_COLOURS[name] for name in lines]
            ),
            tooltip=[
                alt.Tooltip("line:N", title=TITLES[figure]),
                alt.Tooltip("at:T", format="%Y-%m-%d %H:%M", title="run"),
                alt.Tooltip("ms:Q", format=",.1f"),
            ],
        )
    )
    own = [each for each in changes if each["figure"].startswith(figure)]
    chart = alt.layer(line, *_marks(own))
    return spec_of(chart.properties(width=WIDTH - 90, height=_HEIGHT))


def _lines(run: Json, figure: Figure) -> Iterable[tuple[str, str]]:
    names = {percentile: f"{figure}_{percentile}" for percentile in _COLOURS}
    return ((percentile, name) for percentile, name in names.items() if name in run)


def _marks(changes: Sequence[Json]) -> list[alt.Chart]:
    if not changes:
        return []
    rows = [
        {"at": each["at"].isoformat(), "sentence": each["sentence"]} for each in changes
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x="at:T", tooltip=alt.Tooltip("sentence:N", title="change")
    )
    return [
        base.mark_rule(strokeDash=[4, 3], strokeWidth=2),
        base.mark_point(shape="triangle-down", filled=True, size=90).encode(
            y=alt.value(0), color=alt.value(GREY)
        ),
    ]


def latency_history_words(
    runs: Iterable[Json], changes: Iterable[Json] = (), *, figure: Figure = "ttft_ms"
) -> str:
    """Say what the chart shows, for whoever does not see it."""
    kept = list(runs)
    said = [f"{len(kept)} run{'' if len(kept) == 1 else 's'}"]
    for percentile, name in _lines(kept[0] if kept else {}, figure):
        known = [run[name] for run in kept if run[name] is not None]
        if known:
            span = f"between {min(known):,.0f} and {max(known):,.0f} ms"
            said.append(f"{percentile} {span}, last {known[-1]:,.0f} ms")
    own = [each for each in changes if each["figure"].startswith(figure)]
    said += [each["sentence"].rstrip(".") for each in own]
    return f"{TITLES[figure]} over time: {'; '.join(said)}."
