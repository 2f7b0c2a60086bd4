"""The size mix of a portfolio as a chart with its figures."""

from typing import Any

from advisor.pages.charts import Chart
from advisor.pages.templatetags.shown import money, number, percent
from advisor.reports.charts import size_mix_chart

Json = dict[str, Any]


def size_mix_of(mix: Json) -> Chart | None:
    """Return the chart, None where nothing in use is known."""
    if all(each["share"] is None for each in mix["requests"]):
        return None
    requests, spend = mix["requests"], mix["spend"]
    return Chart(
        id="size-mix",
        title="Requests and spend by size of model",
        alt=f"Two bars. Requests: {_shares(requests)}. Spend: {_shares(spend)}.",
        spec=size_mix_chart(requests, spend),
        columns=("Size", "Requests a month", "Share", "Spend a month", "Share"),
        rows=[
            (
                asked["band"],
                number(asked["count"]),
                percent(asked["share"]),
                money(spent["amount"]),
                percent(spent["share"]),
            )
            for asked, spent in zip(requests, spend, strict=True)
        ],
    )


def _shares(shares: list[Json]) -> str:
    told = [
        f"{percent(each['share'])} {each['band']}" for each in shares if each["share"]
    ]
    return ", ".join(told) or "none known"
