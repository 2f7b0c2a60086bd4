"""An answer as a decision on a page: the pick, the others, and how sure it is."""

from decimal import Decimal
from typing import Any

from advisor.pages.charts import Chart
from advisor.pages.decisions import name_of
from advisor.pages.templatetags.shown import milliseconds, money, percent
from advisor.recommendations.wording import (
    code_words,
    refusal_words,
    refusals_words,
)
from advisor.reports.charts import frontier_chart, ladder_chart

Json = dict[str, Any]

EFFORTS = {
    "none": "nothing moves",
    "low": "the same model, other terms",
    "medium": "another model, the same provider: prompts want a look",
    "high": "another model and provider: prompts, keys and contract",
}
RISKS = ("none", "very low", "low", "some", "high")
WAYS = {
    "vote": "up to {} votes",
    "retry": "asked again until it can be read, {} times at most",
    "verified": "the best of {} by a verifier",
    "cascade": "up to {} votes, then another model",
}
BASES = {
    "evaluated": "measured on your own items",
    "benchmarked": "measured by benchmark runs",
    "imported": "measured and brought along",
    "published": "published scores of the model",
    "modelled": "a fit by model size, nothing measured",
    "unknown": "nothing known",
}


def advice_of(answer: Json) -> Json:
    """Return all that `pages/_advice.html` shows of an answer."""
    options = answer["options"]
    best = options[0] if answer["recommended"] is not None else None
    current = next((each for each in options if each["current"]), None)
    return {
        "answer": answer,
        "best": best and _option(best),
        "current": current and _option(current),
        "keeps": bool(best and best["current"]),
        "ladder": [_rung(rung) for rung in answer["size_ladder"]],
        "ladder_chart": _ladder_chart(answer),
        "frontier_chart": _frontier_chart(answer),
        "refused": _counted(answer["rejected"]["by_reason"]),
        "nearest": [
            {"name": name_of(each), "why": refusals_words(each["reasons"])}
            for each in answer["rejected"]["nearest"]
        ],
        "relaxation": _relaxation(answer["relaxation"]),
        "sure": _sure(best) if best else [],
        "surer": _surer(best) if best else [],
        "if_proven": _if_proven(answer, best),
        "ways": _ways(answer),
    }


def _if_proven(answer: Json, best: Json | None) -> Json | None:
    """Return the cheaper option that lacks only proof, and what proof takes."""
    found = answer.get("cheapest_if_proven")
    if found is None:
        return None
    stage, proof = found["strategy"]["stages"][0], found["proof"]
    spend = best and best["projected_spend"]
    saves = None
    if found["rank"] != 1 and spend and found["twelve_months"]:
        saves = Decimal(spend["twelve_months"]["expected"])
        saves -= Decimal(found["twelve_months"])
    return {
        "name": name_of({**stage, "strategy": found["strategy"]}),
        "offering": stage["offering"],
        "is_pick": found["rank"] == 1,
        "saves": saves,
        "probability": found["quality"]["meets_floor_probability"],
        "estimate": found["quality"]["estimate"],
        "proof": proof if proof["items"] else None,
        "asked": bool(found["quality"]["items"]),
    }


def _ways(answer: Json) -> Json | None:
    """Return what running the pick in more calls would gain; None if not worked out."""
    found = (answer.get("strategies") or {}).get("ways")
    if not found:
        return None
    rows = [
        {
            "name": WAYS[each["kind"]].format(each["samples"]),
            "gain": points(each["gain"]),
            "low": points(each["low"]),
            "high": points(each["high"]),
            "cost": f"{each['cost_multiple']:.2f}",
            "worth": each["worth_considering"],
        }
        for each in found
    ]
    return {"rows": rows, "any": any(each["worth"] for each in rows)}


def points(share: float) -> str:
    """Return a gain in right answers as percentage points, with its sign."""
    return f"{100 * share:+.1f}"


def _counted(by_reason: dict[str, int]) -> list[tuple[str, int]]:
    """Return reasons in words with how many options each refused, most first."""
    most_first = sorted(by_reason.items(), key=lambda each: (-each[1], each[0]))
    return [(code_words(code), count) for code, count in most_first]


def _flat(option: Json) -> Json:
    """Return the offering and tier of an answer's option beside its figures."""
    stage = option["strategy"]["stages"][0]
    return {
        "offering": stage["offering"],
        "service_tier": stage["service_tier"],
        "strategy": option["strategy"],
    }


def _option(option: Json) -> Json:
    flat = _flat(option)
    return {
        **option,
        **flat,
        "name": name_of(flat),
        "effort": EFFORTS.get(option["migration_effort"] or ""),
        "risk": RISKS[option["performance_risk"]],
    }


def _rung(rung: Json) -> Json:
    option = rung["option"]
    return {
        **rung,
        "name": option and name_of(option),
        "why_not": refusals_words(rung["reasons"]),
    }


def _relaxation(relaxation: Json | None) -> Json | None:
    if relaxation is None:
        return None
    limits = [refusal_words(reason) for reason in relaxation["relax"]]
    return {**relaxation, "name": name_of(relaxation), "limits": limits}


def _ladder_chart(answer: Json) -> Chart | None:
    rungs = [
        {
            "band": rung["band"],
            "option": name_of(rung["option"]),
            "fits": rung["feasible"],
            "twelve_months": rung["option"]["twelve_months"]["expected"],
        }
        for rung in answer["size_ladder"]
        if rung["option"] and rung["option"]["twelve_months"]
    ]
    if not rungs:
        return None
    told = [f"{each['band']} {money(each['twelve_months'])}" for each in rungs]
    return Chart(
        id="ladder",
        title="The size ladder",
        note="The cheapest option of each size, over twelve months",
        alt=f"Bars of twelve-month spend: {', '.join(told)}.",
        spec=ladder_chart(rungs),
        columns=("Size", "Option", "Twelve months", "Would it do?"),
        rows=[
            (
                each["band"],
                each["option"],
                money(each["twelve_months"]),
                "yes" if each["fits"] else "no",
            )
            for each in rungs
        ],
    )


def _frontier_chart(answer: Json) -> Chart | None:
    points = [
        {
            "option": name_of(_flat(option)),
            "band": option["model_size"]["band"],
            "role": _role(option),
            "quality": option["quality"]["estimate"],
            "twelve_months": option["projected_spend"]["twelve_months"]["expected"],
            "ms": option["latency"]["request_ms_p95"],
        }
        for option in answer["options"]
        if _drawable(option)
    ]
    if len(points) < 2:
        return None
    bands = dict.fromkeys(point["band"] for point in points)
    return Chart(
        id="frontier",
        title="Cost, quality and latency",
        note="Larger marks are slower",
        alt=f"{len(points)} options by quality and spend; the table has the figures.",
        spec=frontier_chart(points),
        columns=("Option", "It is", "Size", "Quality", "Twelve months", "Latency p95"),
        rows=[
            (
                point["option"],
                point["role"],
                point["band"],
                percent(point["quality"], 1),
                money(point["twelve_months"]),
                milliseconds(point["ms"]),
            )
            for point in points
        ],
        choices={
            "name": "band",
            "label": "Show",
            "options": [("all", "every size"), *((band, band) for band in bands)],
        },
    )


def _drawable(option: Json) -> bool:
    """Return whether an option has a place: a quality, and a spend above zero."""
    spend = option["projected_spend"]
    if spend is None or option["quality"]["estimate"] is None:
        return False
    return float(spend["twelve_months"]["expected"]) > 0


def _role(option: Json) -> str:
    if option["rank"] == 1:
        return "recommended"
    return "in use" if option["current"] else "option"


def _sure(best: Json) -> list[str]:
    """Return what the pick's figures rest on, each with its bounds."""
    quality, latency, spend = (
        best["quality"],
        best["latency"],
        best["projected_spend"]["twelve_months"],
    )
    said = [
        f"Spend lies between {money(spend['low'])} and {money(spend['high'])} in four"
        " of five cases, as traffic and tokens may grow otherwise.",
        f"Quality {percent(quality['estimate'], 1)}, between {percent(quality['low'])}"
        f" and {percent(quality['high'])} with {percent(quality['level'])} confidence:"
        f" {BASES[quality['basis']]}{_items(quality)}.",
    ]
    if quality["meets_floor_probability"] is not None:
        chance = percent(quality["meets_floor_probability"])
        said.append(f"It meets the quality floor with a probability of {chance}.")
    met = latency["slo_attainment"]
    chance = "" if met is None else f", limits met with a probability of {percent(met)}"
    said.append(f"Latency: {BASES[latency['basis']]}{chance}.")
    return said


def _items(quality: Json) -> str:
    return f", {quality['items']:,} of them" if quality["items"] else ""


def _surer(best: Json) -> list[str]:
    """Return what would narrow the bounds."""
    steps = []
    if best["quality"]["basis"] != "evaluated":
        steps.append("Try it on some of your own items before you move all traffic.")
    if best["latency"]["basis"] == "modelled":
        steps.append("Measure the offering: a benchmark plan replaces the fit by size.")
    return steps
