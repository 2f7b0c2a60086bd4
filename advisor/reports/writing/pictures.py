"""The charts of an edition, and their figures in words for whoever sees no pictures."""

from typing import Any

from advisor.reports.charts import size_mix_chart, spend_chart
from advisor.reports.charts.rendering import png_of
from advisor.reports.charts.theme import Spec, themed
from advisor.reports.writing.wording import Wording

Json = dict[str, Any]

SPEND, SIZE_MIX = "spend", "size-mix"
_DARK = "-dark"
# Content ids have the form of an address.
_HOST = "@report.rightsize"


def cid_of(name: str, *, dark: bool = False) -> str:
    """Return the content id of a chart."""
    return f"{name}{_DARK if dark else ''}{_HOST}"


def pictures_of(content: Json) -> dict[str, bytes]:
    """Return each chart that has something to show as PNG files, light and dark."""
    pictures = {}
    for name, spec in _specs(content).items():
        pictures[cid_of(name)] = png_of(spec)
        pictures[cid_of(name, dark=True)] = png_of(themed(spec, "dark"))
    return pictures


def alternatives_of(content: Json, say: Wording) -> dict[str, str]:
    """Return the text that stands for each chart."""
    return {"spend": _spend_words(content, say), "size_mix": _mix_words(content, say)}


def _specs(content: Json) -> dict[str, Spec]:
    spend, mix = content["spend"], content["size_mix"]
    specs = {}
    if spend["months"]:
        specs[SPEND] = spend_chart(spend["months"], currency=spend["currency"])
    if any(each["share"] for each in mix["requests"]):
        specs[SIZE_MIX] = size_mix_chart(mix["requests"], mix["spend"])
    return specs


def _spend_words(content: Json, say: Wording) -> str:
    months = content["spend"]["months"]
    if not months:
        return ""
    today, then = (
        f"from {say.money(months[0][key]['expected'])} in"
        f" {say.month(months[0]['month'])} to {say.money(months[-1][key]['expected'])}"
        f" in {say.month(months[-1]['month'])}"
        for key in ("in_use", "recommended")
    )
    return f"Chart: spend as it runs today goes {today}; as recommended, {then}."


def _mix_words(content: Json, say: Wording) -> str:
    mix = content["size_mix"]
    return (
        f"Chart: requests by model size: {say.bands(mix['requests'])}; spend:"
        f" {say.bands(mix['spend'])}."
    )
