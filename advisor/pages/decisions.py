"""What a buyer is to decide about a workload, in one line."""

from typing import Any

from advisor.pages.templatetags.shown import money
from advisor.recommendations.models import State
from advisor.recommendations.wording import how_words

Json = dict[str, Any]

_STANDING = {
    State.ACCEPTED.value: "Accepted",
    State.IN_PROGRESS.value: "Under way",
    State.SUCCEEDED.value: "Done",
    State.FAILED.value: "Tried without success",
    State.DISMISSED.value: "Dismissed",
}


def decision_of(workload: Json) -> str:
    """Return the advice that stands for a portfolio's workload, in words."""
    advice = workload["recommendation"]
    if advice is None:
        return "No advice yet: ask for it on its page."
    if advice["option"] is None:
        return "Nothing fits its limits: see which one to relax."
    standing = _STANDING.get(advice["state"])
    sentence = _step(workload)
    return f"{standing}: {sentence[0].lower()}{sentence[1:]}" if standing else sentence


def _step(workload: Json) -> str:
    today, then = workload["in_use"], workload["recommendation"]["option"]
    if today is None:
        return f"Choose {name_of(then)}."
    if is_same(today, then):
        return f"Keep {name_of(then)}."
    if _is_followed(workload):
        return f"Move to {name_of(then)}; what it saves is under way already."
    saved = _saved(today, then)
    return f"Move to {name_of(then)}{saved}."


def _is_followed(workload: Json) -> bool:
    """Tell whether advice under way saves all that the open one would."""
    savings = workload["savings"]
    followed = float(savings["accepted_monthly"] or 0) > 0
    is_open = workload["recommendation"]["state"] == State.ACTIVE.value
    return is_open and followed and not float(savings["open_monthly"] or 0)


def _saved(today: Json, then: Json) -> str:
    if today["monthly"] is None or then["monthly"] is None:
        return ""
    change = float(today["monthly"]) - float(then["monthly"])
    verb = "save" if change >= 0 else "spend"
    more = "" if change >= 0 else " more"
    return f" and {verb} {money(abs(change))} a month{more}"


def is_same(one: Json, other: Json) -> bool:
    """Tell whether two options are the same offering on the same tier, run alike."""
    return _identity(one) == _identity(other)


def _identity(option: Json) -> tuple[str, str, str]:
    how = how_words(option.get("strategy"))
    return option["offering"]["id"], option["service_tier"], how


def name_of(option: Json) -> str:
    """Return an option as buyers call it: the model, who sells it, and how."""
    offering = option["offering"]
    where = f" in {offering['region']}" if offering["region"] else ""
    tier = option["service_tier"]
    how = "" if tier == "standard" else f", {tier}"
    run = how_words(option.get("strategy"))
    return f"{offering['model']} from {offering['provider']}{where}{how}{run}"
