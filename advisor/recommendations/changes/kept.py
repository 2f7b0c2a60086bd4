"""What the two answers were when they were given."""

from typing import Any

from advisor.recommendations.amounts import iso
from advisor.recommendations.figures import CURRENCY
from advisor.recommendations.models import Recommendation
from advisor.recommendations.wording import option_words

Json = dict[str, Any]


def end_of(recommendation: Recommendation) -> Json:
    """Return the identity of a kept answer and what it picked."""
    option = _pick(recommendation)
    picked = option and {**_named(option), "model_size": option["model_size"]}
    return {
        "id": str(recommendation.pk),
        "created_at": iso(recommendation.created_at),
        "as_of": iso(recommendation.as_of),
        "known_at": iso(recommendation.known_at),
        "picked": picked,
        "twelve_months": option and _spend(option),
    }


def kept_words(recommendation: Recommendation) -> str:
    """Return what was picked at what spend, in words."""
    option = _pick(recommendation)
    if option is None:
        return picked_words(None, None)
    named = _named(option)
    name = option_words(named["offering"], named["service_tier"], option["strategy"])
    return picked_words(name, _spend(option))


def picked_words(name: str | None, twelve_months: str | None) -> str:
    """Return a pick and its spend in words."""
    if name is None:
        return "nothing that fits"
    return f"{name} for {twelve_months} {CURRENCY} in twelve months"


def _pick(recommendation: Recommendation) -> Json | None:
    if recommendation.picked_offering is None:
        return None
    option: Json = recommendation.answer["options"][0]
    return option


def _named(option: Json) -> Json:
    stage = option["strategy"]["stages"][0]
    return {"offering": stage["offering"], "service_tier": stage["service_tier"]}


def _spend(option: Json) -> str:
    spend: str = option["projected_spend"]["twelve_months"]["expected"]
    return spend
