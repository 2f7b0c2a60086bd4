"""Whether fresh advice differs enough from the active one to be worth giving. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a change of spend must exceed, in USD a month and as a share; both."""

    usd_per_month: Decimal
    share: Decimal

    def passed(self, before: Decimal, after: Decimal) -> bool:
        """Tell whether a monthly spend moved by more than both thresholds."""
        moved = abs(after - before)
        return moved > self.usd_per_month and moved > self.share * before


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What matters of an answer; amounts are expected USD a month.

    `in_use_misses` are the limits that the option in use does not meet, None where
    none is known.
    """

    pick: tuple[str, ...] | None
    spend: Decimal | None
    finding: str | None
    in_use_misses: frozenset[str] | None


def position_of(answer: dict[str, Any]) -> Position:
    """Read from a kept or fresh answer what matters about it."""
    options = answer["options"]
    best = options[0] if answer["recommended"] is not None else None
    in_use = next((option for option in options if option["current"]), None)
    return Position(
        pick=best and _key(best),
        spend=best and _spend(best),
        finding=answer["finding"],
        in_use_misses=None
        if in_use is None
        else frozenset(reason["code"] for reason in in_use["reasons"]),
    )


def _key(option: dict[str, Any]) -> tuple[str, ...]:
    """Return what is bought and how it is run."""
    strategy = option["strategy"]
    return strategy["kind"], *(
        part
        for stage in strategy["stages"]
        for part in (
            stage["offering"]["id"],
            stage["service_tier"],
            str(stage["samples"]),
            str(stage.get("accept_agreement")),
        )
    )


def _spend(option: dict[str, Any]) -> Decimal | None:
    spend = option["projected_spend"]
    return spend and Decimal(spend["twelve_months"]["expected"]) / MONTHS


def matters(
    active: Position,
    fresh: Position,
    *,
    kept_spend: Decimal | None,
    thresholds: Thresholds,
) -> bool:
    """Tell whether fresh advice is news to whoever knows the active one.

    `kept_spend` is what the active pick would cost by now, None where it no longer
    meets every limit. Spend intervals, ties and latency within its limit are noise.
    """
    if active.finding != fresh.finding or active.in_use_misses != fresh.in_use_misses:
        return True
    if active.pick is None or fresh.pick is None:
        return active.pick is not fresh.pick
    if kept_spend is None or active.spend is None or fresh.spend is None:
        return True
    if thresholds.passed(active.spend, kept_spend):
        return True
    return active.pick != fresh.pick and thresholds.passed(kept_spend, fresh.spend)
