"""How fast an offering has been at one endpoint, run by run."""

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from advisor.reports.charts.theme import BLUE, GREY, VERMILION, WIDTH, Spec, spec_of

Json = dict[str, Any]

# Each figure of a run in its panel, by the name of its line.
TTFT = {"ttft_ms_p50": "TTFT p50", "ttft_ms_p95": "TTFT p95"}
TPOT = {"tpot_ms_p50": "TPOT p50"}
_COLOURS = {"TTFT p50": BLUE, "TTFT p95": VERMILION, "TPOT p50": BLUE}
_HEIGHT = 140  # px


def latency_history_chart(runs: Iterable[Json], changes: Iterable[Json] = ()) -> Spec:
    """Draw time to the first token above time per output token, changes marked.

    A run is {"at": a moment, "ttft_ms_p50", "ttft_ms_p95", "tpot_ms_p50"}, in
    milliseconds or null; a change is {"at", "figure", "sentence"}.
    """
    runs, changes = list(runs), list(changes)
    panels = [
        _panel(figures, title, runs, changes)
        for figures, title in ((TTFT, "TTFT, ms"), (TPOT, "TPOT, ms"))
        if any(run[name] is not None for run in runs for name in figures)
    ]
    return spec_of(alt.vconcat(*panels, spacing=12).resolve_scale(color="independent"))


def _panel(
    figures: dict[str, str],
    title: str,
    runs: Sequence[Json],
    changes: Sequence[Json],
) -> alt.LayerChart | alt.FacetChart:
    rows = [
        {"at": run["at"].isoformat(), "line": label, "ms": run[name]}
        for run in runs
        for name, label in figures.items()
        if run[name] is not None
    ]
    # Both panels show the same time, also where one figure is missing.
    domain = [run["at"].isoformat() for run in (runs[0], runs[-1])]
    labels = list(figures.values())
    line = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2, point={"size": 22})
        .encode(
            x=alt.X("at:T", title=None)
            .scale(domain=domain if domain[0] != domain[1] else alt.Undefined)
            .axis(format="%d %b", labelAngle=0, labelOverlap=True, grid=False),
            y=alt.Y("ms:Q", title=title).scale(zero=True).axis(tickCount=4),
            color=alt.Color("line:N").scale(
                domain=labels, range=[_COLOURS[label] for label in labels]
            ),
            tooltip=[
                alt.Tooltip("line:N", title="figure"),
                alt.Tooltip("at:T", format="%Y-%m-%d %H:%M", title="run"),
                alt.Tooltip("ms:Q", format=",.1f"),
            ],
        )
    )
    marks = _marks([each for each in changes if _within(each["figure"], figures)])
    return alt.layer(line, *marks).properties(width=WIDTH - 90, height=_HEIGHT)


def _within(figure: str, figures: dict[str, str]) -> bool:
    return figure.partition("_ms")[0] in {name.partition("_ms")[0] for name in figures}


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


def latency_history_words(runs: Iterable[Json], changes: Iterable[Json] = ()) -> str:
    """Say what the chart shows, for whoever does not see it."""
    runs, changes = list(runs), list(changes)
    said = [f"{len(runs)} run{'' if len(runs) == 1 else 's'}"]
    for name, label in (TTFT | TPOT).items():
        known = [run[name] for run in runs if run[name] is not None]
        if known:
            span = f"between {min(known):,.0f} and {max(known):,.0f} ms"
            said.append(f"{label} {span}, last {known[-1]:,.0f} ms")
    said += [each["sentence"].rstrip(".") for each in changes]
    return f"Latency over time: {'; '.join(said)}."
