"""How a report names options, and which of them concern an organization."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from advisor.recommendations.models import State
from advisor.recommendations.wording import how_words

Json = dict[str, Any]
# The id of an offering and a service tier.
Key = tuple[str, str]

# Advice that a buyer has not turned down, nor followed to its end.
PENDING = (State.ACTIVE, State.ACCEPTED, State.IN_PROGRESS)


def key_of(option: Json) -> Key:
    """Return what tells an option of a portfolio from others."""
    return option["offering"]["id"], option["service_tier"]


def named(option: Json | None) -> Json | None:
    """Return the little that a report says to name an option."""
    if option is None:
        return None
    offering = option["offering"]
    return {
        "id": offering["id"],
        "name": offering["name"],
        "provider": offering["provider"],
        "region": offering["region"],
        "service_tier": option["service_tier"],
        "band": option["model_size"]["band"],
        "how": how_words(option.get("strategy")),
    }


def who(workload: Json) -> Json:
    """Return the little that a report says to name a workload."""
    return {"id": workload["id"], "name": workload["name"]}


def used_options(portfolio: Json) -> dict[Key, Json]:
    """Return each option in use, named, with the names of the workloads that use it."""
    return _by_key(
        (workload["in_use"], workload["name"])
        for workload in portfolio["workloads"]
        if workload["in_use"] is not None
    )


def concerned_options(portfolio: Json) -> dict[Key, Json]:
    """Return each option in use or advised, with the workloads that it concerns."""
    advised = (
        (workload["recommendation"]["option"], workload["name"])
        for workload in portfolio["workloads"]
        if is_pending(workload) and workload["recommendation"]["option"] is not None
    )
    in_use = (
        (workload["in_use"], workload["name"])
        for workload in portfolio["workloads"]
        if workload["in_use"] is not None
    )
    return _by_key([*in_use, *advised])


def is_pending(workload: Json) -> bool:
    """Return whether a workload has advice that is open or being followed."""
    advice = workload["recommendation"]
    return advice is not None and advice["state"] in PENDING


def _by_key(pairs: Iterable[tuple[Json, str]]) -> dict[Key, Json]:
    options: dict[Key, Json] = {}
    names: defaultdict[Key, list[str]] = defaultdict(list)
    for option, name in pairs:
        options.setdefault(key_of(option), option)
        if name not in names[key_of(option)]:
            names[key_of(option)].append(name)
    return {
        key: {"option": named(option), "workloads": sorted(names[key])}
        for key, option in sorted(options.items())
    }
