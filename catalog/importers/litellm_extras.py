"""What a LiteLLM entry says in a structure of its own: off-peak hours, region uplifts.

Pure. Both change whole rate cards, so they apply to cards that were read already.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

from catalog.importers.listings import DatedCard, Listing
from catalog.rate_cards import EVERY_DAY, RateCard, Rates, Window

OFF_PEAK = "off_peak_pricing"
# Hosts of one provider that keep data in a region, at a price times this factor.
UPLIFTS = {
    "regional_processing_uplift_multiplier_eu": "eu",
    "regional_processing_uplift_multiplier_us": "us",
}
_NOON, _MIDNIGHT = time(12), time(0)


class OddHours(ValueError):
    """The hours cannot be read."""


def with_off_peak(
    timelines: Mapping[str, tuple[DatedCard, ...]], stored: Any, rates: Rates
) -> dict[str, tuple[DatedCard, ...]]:
    """Return the timelines with the standard tier's off-peak hours as windows.

    `rates` are what the hours state. Raises `OddHours`.
    """
    windows = [
        Window(starts=starts, ends=ends, weekdays=weekdays, rates=rates)
        for starts, ends, weekdays in _intervals(stored)
    ]
    changed = dict(timelines)
    changed["standard"] = tuple(
        replace(dated, card=_with_windows(dated.card, windows))
        for dated in timelines.get("standard", ())
    )
    return changed


def regional(listing: Listing, entry: Mapping[str, Any]) -> Iterator[Listing]:
    """Yield the listing once more for each region that it has a price factor for."""
    for key, region in UPLIFTS.items():
        factor = entry.get(key)
        if isinstance(factor, int | Decimal) and factor > 0 and not listing.region:
            yield replace(
                listing,
                region=region,
                facts={**listing.facts, "residency_regions": [region]},
                timelines={
                    tier: tuple(_scaled(dated, Decimal(factor)) for dated in cards)
                    for tier, cards in listing.timelines.items()
                },
            )


def _with_windows(card: RateCard | None, windows: list[Window]) -> RateCard | None:
    if card is None:
        return None
    complete = (
        replace(window, rates=card.rates.overridden_by(window.rates))
        for window in windows
    )
    return replace(card, windows=tuple(complete))


def _intervals(stored: Any) -> Iterator[tuple[time, time, frozenset[int]]]:
    try:
        for each in stored["windows"]:
            days = frozenset(int(day) - 1 for day in each.get("weekdays", range(1, 8)))
            hours = each["hours_utc"]
            for interval in [hours] if isinstance(hours, str) else hours:
                starts, ends = map(time.fromisoformat, interval.split("-"))
                if not days <= EVERY_DAY:
                    raise ValueError("a weekday must be from 1 to 7")
                yield from _halves(starts, ends, days)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OddHours(f"has hours that cannot be read: {error}") from error


def _halves(
    starts: time, ends: time, days: frozenset[int]
) -> Iterator[tuple[time, time, frozenset[int]]]:
    """Yield an interval; a whole day, `00:00-00:00`, as its two halves."""
    if starts != ends:
        yield starts, ends, days
    elif starts == _MIDNIGHT:
        yield _MIDNIGHT, _NOON, days
        yield _NOON, _MIDNIGHT, days
    else:
        raise ValueError("an interval needs two different times")


def _scaled(dated: DatedCard, factor: Decimal) -> DatedCard:
    card = dated.card.scaled(factor) if dated.card else None
    return replace(dated, card=card)
