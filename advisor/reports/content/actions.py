"""What to do this week: at most five actions, each with what it is worth."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from advisor.decision.outcome import Finding
from advisor.decision.reasons import Reason
from advisor.recommendations.amounts import cent
from advisor.recommendations.models import State
from advisor.reports.content.answers import best_of, refusals_of
from advisor.reports.content.options import key_of, named, who

Json = dict[str, Any]

MOST_SHOWN = 5
# What stops so soon comes before all that is about money.
IMMINENT = timedelta(days=30)
RETIREMENT, FLOOR, LIMIT = "retirement", "floor_not_met", "limit_crossed"
NOTHING_FITS, SAVING, CHOOSE = "nothing_fits", "saving", "choose"
# The order of those whose money is unknown.
KINDS = (RETIREMENT, FLOOR, LIMIT, NOTHING_FITS, SAVING, CHOOSE)
_RETIRING = {Reason.RETIRED.code, Reason.RETIRES.code}


def actions_of(
    portfolio: Json,
    answers: Mapping[str, Json],
    retirements: Mapping[str, str],
    *,
    today: date,
) -> list[Json]:
    """Return every action, most urgent first; at most one for a workload.

    `answers` holds the whole answer of each shown recommendation by its id,
    `retirements` the days on which offerings in use retire, in ISO 8601, by theirs.
    What stops within thirty days comes first, then what most money is at stake for.
    Advice that was dismissed, or is being followed, is no action, and a retirement is
    none where advice that is followed leaves the option.
    """
    found = (
        _action(workload, answers, retirements) for workload in portfolio["workloads"]
    )
    soon = (today + IMMINENT).isoformat()
    return sorted(
        (each for each in found if each is not None), key=lambda one: _order(one, soon)
    )


def _order(action: Json, soon: str) -> tuple[bool, Decimal, int, str]:
    imminent = action["retires_on"] is not None and action["retires_on"] <= soon
    at_stake = abs(Decimal(action["money_monthly"] or 0))
    kind = KINDS.index(action["kind"])
    return (not imminent, -at_stake, kind, action["workload"]["name"])


def _action(
    workload: Json, answers: Mapping[str, Json], retirements: Mapping[str, str]
) -> Json | None:
    in_use, advice = workload["in_use"], workload["recommendation"]
    retires_on = _retires_on(workload, retirements)
    is_open = advice is not None and advice["state"] == State.ACTIVE
    answer = answers.get(advice["id"]) if is_open else None
    reasons = _reasons(workload, answer)
    kind = _kind(workload, answer, reasons, retires_on)
    if kind is None:
        return None
    best = None if answer is None else best_of(answer)
    return {
        "kind": kind,
        "workload": who(workload),
        "path": f"/workloads/{workload['id']}/",
        "recommendation": advice["id"] if is_open else None,
        "from": named(in_use),
        "to": named(advice["option"]) if is_open else None,
        "money_monthly": _money(workload, kind) if is_open else None,
        "risk": best and best["performance_risk"],
        "effort": best and best["migration_effort"],
        "reasons": reasons,
        "retires_on": retires_on,
        "way_out": _way_out(answer),
    }


def _retires_on(workload: Json, retirements: Mapping[str, str]) -> str | None:
    """Return when the option in use stops; None too where it is being left already."""
    in_use = workload["in_use"]
    if in_use is None or workload["is_leaving"]:
        return None
    return retirements.get(in_use["offering"]["id"])


def _reasons(workload: Json, answer: Json | None) -> Sequence[Json]:
    """Return what is against the option in use; that it retires is said elsewhere."""
    if answer is None or workload["in_use"] is None:
        return []
    refusals = refusals_of(answer, key_of(workload["in_use"]))
    return [
        {name: each[name] for name in ("code", "limit", "value", "unit")}
        for each in refusals
        if each["code"] not in _RETIRING
    ]


def _kind(
    workload: Json,
    answer: Json | None,
    reasons: Sequence[Json],
    retires_on: str | None,
) -> str | None:
    """Return what calls for an action; None where all is as it should be."""
    if retires_on is not None:
        return RETIREMENT
    if answer is None:
        return None
    option, in_use = workload["recommendation"]["option"], workload["in_use"]
    if option is None:
        return NOTHING_FITS
    if in_use is None:
        return CHOOSE
    if key_of(option) == key_of(in_use):
        return None
    kind = _kind_by_finding(answer["finding"], reasons)
    return None if kind == SAVING and _is_followed(workload) else kind


def _kind_by_finding(finding: str | None, reasons: Iterable[Json]) -> str | None:
    if finding == Finding.OVER_PROVISIONED:
        return SAVING
    if finding != Finding.UNDER_PROVISIONED:
        return None
    codes = {reason["code"] for reason in reasons}
    return FLOOR if Reason.BELOW_FLOOR.code in codes else LIMIT


def _is_followed(workload: Json) -> bool:
    """Return whether advice under way saves all that the open one would."""
    saved = workload["savings"]["open_monthly"]
    return saved is not None and not Decimal(saved)


def _money(workload: Json, kind: str) -> str | None:
    """Return what a month of the advised option saves; below zero if it costs more.

    A saving is what comes on top of advice under way, as in the portfolio.
    """
    if kind == SAVING:
        saved: str | None = workload["savings"]["open_monthly"]
        return saved
    option, in_use = workload["recommendation"]["option"], workload["in_use"]
    if option is None or in_use is None:
        return None
    if option["monthly"] is None or in_use["monthly"] is None:
        return None
    return cent(Decimal(in_use["monthly"]) - Decimal(option["monthly"]))


def _way_out(answer: Json | None) -> Json | None:
    """Return the cheapest option that relaxing a limit would let in."""
    relaxed = answer and answer["relaxation"]
    if not relaxed:
        return None
    return {
        "provider": relaxed["offering"]["provider"],
        "name": relaxed["offering"]["name"],
        "codes": [reason["code"] for reason in relaxed["relax"]],
        "twelve_months": relaxed["twelve_months"],
    }
