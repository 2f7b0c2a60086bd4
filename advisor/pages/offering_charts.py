"""The charts and tables of an offering's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from advisor.pages.charts import Chart
from advisor.pages.selectors.offerings import CHARTED, LatencyLine, PriceLine
from advisor.pages.templatetags.shown import UNKNOWN, milliseconds
from advisor.reports.charts import latency_history_chart, price_history_chart
from advisor.reports.charts.latency_history import (
    TITLES,
    Figure,
    latency_history_words,
)
from advisor.reports.charts.price_history import price_history_words
from catalog.calendar import EARLIEST
from catalog.fields import plain
from catalog.models import Price

FIGURES: dict[Figure, tuple[tuple[str, str], ...]] = {
    "ttft_ms": (("ttft_ms_p50", "p50"), ("ttft_ms_p95", "p95")),
    "tpot_ms": (("tpot_ms_p50", "p50"),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """What each tier charges now, per million tokens; one column a meter."""

    meters: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[tuple[str, str], ...], str], ...]


def rate_table(lines: Iterable[PriceLine], at: datetime) -> RateTable:
    """Return the rates that hold at a moment; a tier no longer listed has no row."""
    held = [(line, price) for line in lines if (price := line.at(at)) is not None]
    listed = [(line, price) for line, price in held if not price.withdrawn]
    fields = [
        field
        for field in CHARTED
        if any(getattr(price, field) is not None for _, price in listed)
    ]
    return RateTable(
        meters=tuple(CHARTED[field] for field in fields),
        rows=tuple(
            (
                line.service_tier,
                line.currency,
                tuple((CHARTED[each], rate(getattr(price, each))) for each in fields),
                since(price),
            )
            for line, price in listed
        ),
    )


def rate(amount: Decimal | None) -> str:
    """Return a rate exactly, with cents at least: "0.20", "0.0375"."""
    if amount is None:
        return UNKNOWN
    text = plain(amount)
    return text if len(text.partition(".")[2]) >= 2 else f"{amount:.2f}"


def since(price: Price) -> str:
    """Return the day from which a price holds; the list of one may not say."""
    if price.effective_from == EARLIEST:
        return "before it was first seen"
    return f"{price.effective_from:%Y-%m-%d}"


def price_chart(line: PriceLine, number: int, today: datetime) -> Chart:
    """Return the chart of one tier's prices, and every price as a row."""
    steps = line.steps()
    fields = [
        field
        for field in CHARTED
        if any(getattr(price, field) is not None for price in line.prices)
    ]
    return Chart(
        id=f"prices-{number}",
        title=f"{line.service_tier.capitalize()}, {line.currency} per million tokens",
        note="Dashed: announced." if line.prices[-1].effective_from > today else "",
        alt=price_history_words(steps, today=today, currency=line.currency),
        spec=price_history_chart(steps, today=today, currency=line.currency),
        columns=("From", *(CHARTED[field] for field in fields), "Source"),
        rows=[_price_row(price, fields, today) for price in reversed(line.prices)],
    )


def _price_row(price: Price, fields: Iterable[str], today: datetime) -> tuple[str, ...]:
    announced = " (announced)" if price.effective_from > today else ""
    rates = (rate(getattr(price, field)) for field in fields)
    withdrawn = " (no longer listed)" if price.withdrawn else ""
    return (
        f"{since(price)}{announced}{withdrawn}",
        *rates,
        price.sheet.source,
    )


def latency_charts(line: LatencyLine, number: int) -> list[Chart]:
    """Return the charts of one token class at one endpoint, a figure each."""
    return [
        _latency_chart(line, number, figure)
        for figure, lines in FIGURES.items()
        if any(run[name] is not None for run in line.runs for name, _ in lines)
    ]


def _latency_chart(line: LatencyLine, number: int, figure: Figure) -> Chart:
    lines = FIGURES[figure]
    return Chart(
        id=f"latency-{number}-{figure.partition('_')[0]}",
        title=LONG[figure],
        alt=latency_history_words(line.runs, line.changes, figure=figure),
        spec=latency_history_chart(line.runs, line.changes, figure=figure),
        columns=("Run", *(f"{TITLES[figure]} {name}" for _, name in lines)),
        rows=[
            (
                f"{run['at']:%Y-%m-%d %H:%M}",
                *(milliseconds(run[name]) for name, _ in lines),
            )
            for run in reversed(line.runs)
        ],
    )


LONG: dict[Figure, str] = {
    "ttft_ms": "Time to the first token (TTFT)",
    "tpot_ms": "Time per output token (TPOT)",
}
