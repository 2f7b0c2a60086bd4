"""Rate cards as arrays: split so that every part is linear in a request's tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from catalog.rate_cards import METERS, RateCard, Rates, Window

# Columns of a band's rates, after every fallback: what a text request can be billed.
BILLED = ("input", "cache_read", "cache_write", "output", "reasoning", "request")
_FALLBACKS = (
    ("input_per_mtok",),
    ("cache_read_per_mtok", "input_per_mtok"),
    ("cache_write_5m_per_mtok", "input_per_mtok"),
    ("output_per_mtok",),
    ("reasoning_per_mtok", "output_per_mtok"),
)
_COLUMN = {meter: index for index, meter in enumerate(METERS)}
# The pattern of a band that holds at every hour.
ALWAYS = 0
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Bands:
    """Price rows split so that each part is linear in the tokens of a request.

    A row has one band per context tier and daily window. `lower` and `upper` bound
    the prompt tokens (above, up to and including); `pattern` names the hours.
    """

    lower: Floats
    upper: Floats
    pattern: Ints
    rates: Floats  # (bands, len(BILLED)), per Mtok, the last per request
    first: Ints  # by price row: its first band; the others follow
    count: Ints  # by price row: how many bands it has


class BandsBuilder:
    """Collects the bands of price rows, one row after another."""

    def __init__(self) -> None:
        self.patterns: list[Floats] = [np.ones((7, 24))]
        self._rows: list[int] = []
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._pattern: list[int] = []
        self._rates: list[Sequence[float]] = []

    def add_flat(self, row: int, meters: Sequence[Decimal | None]) -> None:
        """Add a row without tiers or windows, its meters in the order of METERS."""
        self._add(row, -np.inf, np.inf, ALWAYS, _billed(meters))

    def add_card(self, row: int, card: RateCard) -> None:
        """Add a row with context tiers or daily windows."""
        if not card.windows:
            self._add_tiers(row, card, ALWAYS)
        for part in week_parts(card.windows) if card.windows else ():
            self.patterns.append(part.hours)
            self._add_tiers(row, part.window or card, len(self.patterns) - 1)

    def _add_tiers(self, row: int, card: RateCard | Window, pattern: int) -> None:
        bounds = [tier.above_prompt_tokens for tier in card.context_tiers]
        cards = [card.rates.overridden_by(tier.rates) for tier in card.context_tiers]
        edges = zip([-np.inf, *bounds], [*bounds, np.inf], strict=True)
        for (lower, upper), rates in zip(edges, [card.rates, *cards], strict=True):
            self._add(row, lower, upper, pattern, billed_rates(rates))

    def _add(
        self,
        row: int,
        lower: float,
        upper: float,
        pattern: int,
        rates: Sequence[float],
    ) -> None:
        self._rows.append(row)
        self._lower.append(lower)
        self._upper.append(upper)
        self._pattern.append(pattern)
        self._rates.append(rates)

    def build(self, rows: int) -> Bands:
        """Return the bands of `rows` price rows, which were added in their order."""
        count = np.bincount(np.array(self._rows, dtype=np.int64), minlength=rows)
        return Bands(
            lower=np.array(self._lower, dtype=np.float64),
            upper=np.array(self._upper, dtype=np.float64),
            pattern=np.array(self._pattern, dtype=np.int64),
            rates=np.array(self._rates, dtype=np.float64).reshape(-1, len(BILLED)),
            first=np.cumsum(count) - count,
            count=count,
        )


def billed_rates(rates: Rates) -> list[float]:
    """Return the rates of BILLED in its order, NaN where nothing is known."""
    return _billed([rate for _, rate in rates.stated_or_none()])


def _billed(meters: Sequence[Decimal | None]) -> list[float]:
    """Return the rates of BILLED; an unknown one falls back, then is NaN."""
    billed = []
    for names in _FALLBACKS:
        stated = (meters[_COLUMN[name]] for name in names)
        rate = next((rate for rate in stated if rate is not None), None)
        billed.append(np.nan if rate is None else float(rate))
    per_request = meters[_COLUMN["per_request"]]
    return [*billed, 0.0 if per_request is None else float(per_request)]


@dataclass(frozen=True, kw_only=True)
class WeekPart:
    """The part of the week that a window covers, or what no window does.

    `hours`, (7, 24), is the covered share of each hour; `moment` lies in the part.
    """

    window: Window | None
    hours: Floats
    moment: datetime


@lru_cache(maxsize=256)
def week_parts(windows: tuple[Window, ...]) -> tuple[WeekPart, ...]:
    """Split the week among windows, the first that holds winning, and the rest."""
    free = np.ones((7, 24 * 60), dtype=bool)
    parts = []
    for window in (*windows, None):
        minutes = free if window is None else _minutes(window) & free
        free = free & ~minutes
        if minutes.any():
            first = int(np.flatnonzero(minutes)[0])
            hours = minutes.reshape(7, 24, 60).mean(axis=2)
            moment = _MONDAY + timedelta(minutes=first)
            parts.append(WeekPart(window=window, hours=hours, moment=moment))
    return tuple(parts)


def _minutes(window: Window) -> Bools:
    """Return which minutes of the week, (7, 1440), the window covers."""
    daily = Window(starts=window.starts, ends=window.ends, rates=window.rates)
    clock = [daily.holds(_MONDAY + timedelta(minutes=each)) for each in range(24 * 60)]
    days = [weekday in window.weekdays for weekday in range(7)]
    return np.outer(days, clock)
