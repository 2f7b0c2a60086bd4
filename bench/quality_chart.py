"""Draws what votes gave beside one greedy answer."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import altair as alt

from advisor.decision.strategies.kinds import Kind
from bench.quality_curve import VOTES, Curve

ASKED = ("greedy", "1", *map(str, VOTES))


def draw(curve: Curve, labels: Sequence[str], to: Path) -> None:
    """Write a chart of accuracy by the number of answers voted on, with error bars."""
    rows = [
        {**row, "model": label}
        for model, label in enumerate(labels)
        for row in _rows(curve, model)
    ]
    title = "one greedy answer, or samples voted on"
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("votes:O", title=title, sort=ASKED, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("model:N", sort=list(labels)),
        color=alt.Color("model:N", title=None, sort=list(labels)),
    )
    layers = alt.layer(
        base.mark_rule(strokeWidth=2).encode(y=_accuracy("low"), y2="high:Q"),
        base.mark_point(filled=True, size=70).encode(y=_accuracy("mean")),
    )
    layers.properties(width=460, height=260).save(to)


def _accuracy(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", title="share right", scale=alt.Scale(domain=[0, 0.6]))


def _rows(curve: Curve, model: int) -> list[dict[str, Any]]:
    """Return the points of one model."""
    shares = {"greedy": curve.greedy(model)}
    for result in curve.results():
        first = result.strategy.stages[0]
        if first.subject == model and result.strategy.kind in (Kind.SINGLE, Kind.VOTE):
            shares[str(first.samples)] = result.accuracy
    return [{"votes": votes, **asdict(share)} for votes, share in shares.items()]
