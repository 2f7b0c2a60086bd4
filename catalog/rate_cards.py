"""What an offering charges, as plain values: rates, context tiers, daily windows.

Pure: the standard library alone. Rates are `Decimal`, in the price sheet's currency,
per million tokens (Mtok) unless the name says otherwise; `None` is unknown, zero free.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from decimal import Decimal
from typing import Any

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """One price per meter. `per_request` is charged once a request."""

    input_per_mtok: Decimal | None = None
    output_per_mtok: Decimal | None = None
    cache_read_per_mtok: Decimal | None = None
    cache_write_5m_per_mtok: Decimal | None = None
    cache_write_1h_per_mtok: Decimal | None = None
    reasoning_per_mtok: Decimal | None = None
    audio_input_per_mtok: Decimal | None = None
    audio_output_per_mtok: Decimal | None = None
    image_input_per_mtok: Decimal | None = None
    image_output_per_mtok: Decimal | None = None
    per_request: Decimal | None = None

    def overridden_by(self, other: "Rates") -> "Rates":
        """Return these rates with every rate that `other` states put in their place."""
        merged = {
            name: stated if (stated := getattr(other, name)) is not None else own
            for name, own in self.stated_or_none()
        }
        return Rates(**merged)

    def scaled(self, factor: Decimal) -> "Rates":
        """Return every stated rate times `factor` (a discount of 20 % is 0.8)."""
        return Rates(
            **{
                name: None if rate is None else rate * factor
                for name, rate in self.stated_or_none()
            }
        )

    def stated_or_none(self) -> Iterable[tuple[str, Decimal | None]]:
        """Yield (meter, rate) for every meter, in a fixed order."""
        return ((name, getattr(self, name)) for name in METERS)


METERS = tuple(item.name for item in fields(Rates))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTier:
    """Rates for the *whole* request once its prompt exceeds a number of tokens.

    The prompt counts cached tokens too. `rates` states only what differs.
    """

    above_prompt_tokens: int
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A daily UTC interval, half-open, with rates of its own.

    An interval that ends before it starts runs over midnight; `weekdays` (Monday is 0)
    are those of the moment charged, not of the interval's start.
    """

    starts: time
    ends: time
    rates: Rates
    weekdays: frozenset[int] = EVERY_DAY
    context_tiers: tuple[ContextTier, ...] = ()

    def holds(self, at: datetime) -> bool:
        """Tell whether the aware moment `at`, in UTC, lies in this window."""
        if at.weekday() not in self.weekdays:
            return False
        clock = at.time()
        if self.ends < self.starts:
            return clock >= self.starts or clock < self.ends
        return self.starts <= clock < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """All that decides the price of a request: rates, tiers and windows.

    The first window that holds at the request's moment wins; outside all of them the
    card's own rates and tiers apply.
    """

    rates: Rates
    context_tiers: tuple[ContextTier, ...] = ()
    windows: tuple[Window, ...] = field(default=())

    @property
    def is_linear(self) -> bool:
        """Whether the price of a request is linear in its token counts."""
        return not self.context_tiers and not self.windows

    def scaled(self, factor: Decimal) -> "RateCard":
        """Return the card with every rate, in every tier and window, times `factor`."""
        return RateCard(
            rates=self.rates.scaled(factor),
            context_tiers=_scaled_tiers(self.context_tiers, factor),
            windows=tuple(
                Window(
                    starts=window.starts,
                    ends=window.ends,
                    weekdays=window.weekdays,
                    rates=window.rates.scaled(factor),
                    context_tiers=_scaled_tiers(window.context_tiers, factor),
                )
                for window in self.windows
            ),
        )


def _scaled_tiers(
    tiers: tuple[ContextTier, ...], factor: Decimal
) -> tuple[ContextTier, ...]:
    return tuple(
        ContextTier(
            above_prompt_tokens=tier.above_prompt_tokens,
            rates=tier.rates.scaled(factor),
        )
        for tier in tiers
    )


def rates_to_json(rates: Rates) -> dict[str, str]:
    """Return the stated rates as decimal strings; unknown ones are left out."""
    return {
        name: str(rate) for name, rate in rates.stated_or_none() if rate is not None
    }


def rates_from_json(stored: Mapping[str, Any]) -> Rates:
    """Read what `rates_to_json` wrote; other keys are ignored."""
    return Rates(**{name: Decimal(stored[name]) for name in METERS if name in stored})


def tiers_to_json(tiers: Iterable[ContextTier]) -> list[dict[str, Any]]:
    """Return the tiers as stored in `Price.context_tiers`."""
    return [
        {"above_prompt_tokens": tier.above_prompt_tokens, **rates_to_json(tier.rates)}
        for tier in tiers
    ]


def tiers_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[ContextTier, ...]:
    """Read what `tiers_to_json` wrote, ascending by threshold."""
    tiers = (
        ContextTier(
            above_prompt_tokens=int(tier["above_prompt_tokens"]),
            rates=rates_from_json(tier),
        )
        for tier in stored
    )
    return tuple(sorted(tiers, key=lambda tier: tier.above_prompt_tokens))


def windows_to_json(windows: Iterable[Window]) -> list[dict[str, Any]]:
    """Return the windows as stored in `Price.windows`."""
    return [
        {
            "starts": window.starts.isoformat(),
            "ends": window.ends.isoformat(),
            "weekdays": sorted(window.weekdays),
            "context_tiers": tiers_to_json(window.context_tiers),
            **rates_to_json(window.rates),
        }
        for window in windows
    ]


def windows_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Read what `windows_to_json` wrote, in the stored order."""
    return tuple(
        Window(
            starts=time.fromisoformat(window["starts"]),
            ends=time.fromisoformat(window["ends"]),
            weekdays=frozenset(window.get("weekdays", EVERY_DAY)),
            context_tiers=tiers_from_json(window.get("context_tiers", ())),
            rates=rates_from_json(window),
        )
        for window in stored
    )
