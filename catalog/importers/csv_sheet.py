"""Our own price sheet as CSV; docs/price-sheet-csv.md is its documentation.

One row is one set of rates of a listing: rows of the same listing, service tier and
date that differ in `above_prompt_tokens` or in their window belong to one price.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from catalog.calendar import EARLIEST, LATEST
from catalog.importers.listings import (
    DatedCard,
    Listing,
    ParsedSheet,
    RowProblem,
    checked,
    kind_of,
    rate_problem,
    refused,
    without_repeats,
)
from catalog.rate_cards import (
    EVERY_DAY,
    METERS,
    ContextTier,
    RateCard,
    Rates,
    Window,
)

REQUIRED = ("provider", "name", "currency")
TIERS = frozenset(
    {"standard", "batch", "flex", "priority", "fast", "provisioned", "dedicated"}
)
KINDS = frozenset({"chat", "embedding", "audio", "image", "other"})
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST_COUNT = 2**31 - 1
_LARGEST_TOKENS = 2**63 - 1


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _count(text: str) -> int:
    number = int(text)
    if not 0 < number <= _LARGEST_COUNT:
        raise ValueError(text)
    return number


def _tokens(text: str) -> int:
    number = int(text)
    if not 0 < number <= _LARGEST_TOKENS:
        raise ValueError(text)
    return number


def _percent(text: str) -> Decimal:
    number = Decimal(text)
    if not 0 <= number <= 100:
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    """A date is midnight UTC; a time without an offset is in UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _weekdays(text: str) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(day.lower()) for day in text.split())


# How a column is read, and the words for what it must hold.
Reader = tuple[Callable[[str], Any], str]
_FLAG: Reader = (_flag, "must be true, false or empty")
_COUNT: Reader = (_count, "must be a whole number above 0")
FACTS: Mapping[str, Reader] = {
    "quantization": (str, ""),
    "context_tokens": _COUNT,
    "max_output_tokens": _COUNT,
    "supports_tools": _FLAG,
    "supports_json": _FLAG,
    "supports_vision": _FLAG,
    "residency_regions": (str.split, ""),
    "zero_retention": _FLAG,
    "trains_on_data": _FLAG,
    "requests_per_minute_limit": _COUNT,
    "tokens_per_minute_limit": (_tokens, _COUNT[1]),
    "published_uptime_percent": (_percent, "must be a number from 0 to 100"),
    "preview": _FLAG,
    "deprecated": _FLAG,
    "retires_on": (date.fromisoformat, "must be a date as 2026-11-23"),
}
FACT_LENGTH = 20
PLACES: Mapping[str, Reader] = {
    "effective_from": (_moment, "must be a date as 2026-11-23 or a time with it"),
    "above_prompt_tokens": _COUNT,
    "window_starts": (time.fromisoformat, "must be a UTC time as 16:30"),
    "window_ends": (time.fromisoformat, "must be a UTC time as 16:30"),
    "weekdays": (_weekdays, f"must be some of {' '.join(WEEKDAYS)}"),
}
TEXTS = (*REQUIRED, "provider_name", "region", "kind", "service_tier")
COLUMNS = (*TEXTS, *PLACES, *METERS, *FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One readable row; `window` is (starts, ends, weekdays) or None."""

    line: int
    texts: Mapping[str, str]
    effective_from: datetime | None
    above_prompt_tokens: int
    window: tuple[time, time, frozenset[int]] | None
    rates: Rates
    facts: Mapping[str, Any]

    @property
    def listing(self) -> tuple[str, str, str]:
        return self.texts["provider"], self.texts["name"], self.texts["region"]

    @property
    def place(self) -> tuple[Any, ...]:
        """What no second row of the sheet may have."""
        when = (self.effective_from, self.above_prompt_tokens, self.window)
        return (*self.listing, self.texts["service_tier"], *when)


@dataclass(slots=True)
class _Reading:
    """Rows read so far, and every problem by row and column."""

    rows: list[_Row] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def refuse(self, line: int, column: str, detail: str) -> None:
        self.problems.append(RowProblem(row=f"row {line}", field=column, detail=detail))


def parse(content: str) -> ParsedSheet:
    """Read the sheet; problems name row (the header is row 1) and column. Pure."""
    text = content.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    reading = _Reading()
    try:
        header = [name.strip() for name in next(reader, [])]
        if problems := list(_header_problems(header)):
            return ParsedSheet(problems=tuple(problems))
        for cells in reader:
            _read_row(reader.line_num, header, cells, reading)
    except csv.Error as error:
        reading.refuse(reader.line_num, "", f"is not CSV: {error}")
    if not reading.rows and not reading.problems:
        return refused("has no rows below its header", row="row 2")
    _check_together(reading)
    if reading.problems:
        return ParsedSheet(problems=tuple(reading.problems))
    return checked(
        ParsedSheet(
            listings=tuple(_listings(reading.rows)),
            currency=reading.rows[0].texts["currency"],
        )
    )


def _header_problems(header: list[str]) -> Iterator[RowProblem]:
    if not any(header):
        yield RowProblem(row="row 1", field="", detail="the sheet is empty")
        return
    for name in REQUIRED:
        if name not in header:
            yield RowProblem(row="row 1", field=name, detail="the column is missing")
    for index, name in enumerate(header):
        if name not in COLUMNS:
            detail = f"is no known column; known are {', '.join(COLUMNS)}"
            yield RowProblem(row="row 1", field=name, detail=detail)
        elif name in header[:index]:
            yield RowProblem(row="row 1", field=name, detail="the column is repeated")


def _read_row(line: int, header: list[str], cells: list[str], found: _Reading) -> None:
    if not any(cell.strip() for cell in cells):
        return  # a blank line
    if len(cells) != len(header):
        detail = f"has {len(cells)} cells instead of {len(header)}"
        found.refuse(line, "", detail)
        return
    stated = {
        name: cell.strip()
        for name, cell in zip(header, cells, strict=True)
        if cell.strip()
    }
    before = len(found.problems)
    texts = _texts(line, stated, found)
    places = _parsed(line, stated, PLACES, found)
    facts = _parsed(line, stated, FACTS, found)
    _check_fact_lengths(line, facts, found)
    rates = _rates(line, stated, found)
    window = _window(line, places, found)
    if len(found.problems) == before:
        found.rows.append(
            _Row(
                line=line,
                texts=texts,
                effective_from=places.get("effective_from"),
                above_prompt_tokens=places.get("above_prompt_tokens", 0),
                window=window,
                rates=rates,
                facts=facts,
            )
        )


def _texts(line: int, stated: Mapping[str, str], found: _Reading) -> dict[str, str]:
    texts = {name: stated.get(name, "") for name in TEXTS}
    texts["kind"] = texts["kind"].lower()
    texts["service_tier"] = texts["service_tier"].lower() or "standard"
    for name in REQUIRED:
        if not texts[name]:
            found.refuse(line, name, "must not be empty")
    if texts["currency"] and not _CURRENCY.fullmatch(texts["currency"]):
        found.refuse(line, "currency", "must be an ISO 4217 code as USD")
    if texts["kind"] and texts["kind"] not in KINDS:
        found.refuse(line, "kind", f"must be one of {', '.join(sorted(KINDS))}")
    if texts["service_tier"] not in TIERS:
        known = ", ".join(sorted(TIERS))
        found.refuse(line, "service_tier", f"must be one of {known}")
    return texts


def _parsed(
    line: int,
    stated: Mapping[str, str],
    readers: Mapping[str, Reader],
    found: _Reading,
) -> dict[str, Any]:
    values = {}
    for column, (read, rule) in readers.items():
        if column not in stated:
            continue
        try:
            values[column] = read(stated[column])
        except (ValueError, KeyError, InvalidOperation, OverflowError):
            found.refuse(line, column, f"{stated[column]!r} {rule}")
    return values


def _check_fact_lengths(line: int, facts: Mapping[str, Any], found: _Reading) -> None:
    words = [("quantization", facts.get("quantization", ""))]
    words += [
        ("residency_regions", word) for word in facts.get("residency_regions", ())
    ]
    for column, word in words:
        if len(word) > FACT_LENGTH or (word and not word.isprintable()):
            found.refuse(line, column, f"must be at most {FACT_LENGTH} characters")


def _rates(line: int, stated: Mapping[str, str], found: _Reading) -> Rates:
    rates = {}
    for meter in METERS:
        if meter not in stated:
            continue
        try:
            rate = _decimal(stated[meter])
        except InvalidOperation:
            detail = f"{stated[meter]!r} is not a number; use a point, as 0.15"
            found.refuse(line, meter, detail)
            continue
        if problem := rate_problem(rate):
            found.refuse(line, meter, problem)
        rates[meter] = rate
    return Rates(**rates)


def _window(
    line: int, places: Mapping[str, Any], found: _Reading
) -> tuple[time, time, frozenset[int]] | None:
    starts, ends = places.get("window_starts"), places.get("window_ends")
    if starts is None and ends is None:
        if "weekdays" in places:
            found.refuse(line, "weekdays", "needs window_starts and window_ends")
        return None
    if starts is None or ends is None or starts == ends:
        found.refuse(line, "window_ends", "a window needs two different times")
        return None
    if starts.tzinfo is not None or ends.tzinfo is not None:
        found.refuse(line, "window_starts", "times are in UTC: leave the offset out")
        return None
    return starts, ends, places.get("weekdays", EVERY_DAY)


def _check_together(found: _Reading) -> None:
    """Refuse what no single row shows: doubles, two currencies, a tier on nothing."""
    places: dict[tuple[Any, ...], int] = {}
    currency = found.rows[0].texts["currency"] if found.rows else ""
    for row in found.rows:
        first = places.setdefault(row.place, row.line)
        if first != row.line:
            found.refuse(row.line, "name", f"repeats row {first}; keep one of the two")
        if row.texts["currency"] != currency:
            detail = f"a sheet has one currency, and row {found.rows[0].line} says"
            found.refuse(row.line, "currency", f"{detail} {currency}")
    for row in found.rows:
        base = (*row.place[:-2], 0, row.window)
        if row.above_prompt_tokens and base not in places:
            detail = "needs a row of the same price without a threshold"
            found.refuse(row.line, "above_prompt_tokens", detail)


def _listings(rows: Iterable[_Row]) -> Iterator[Listing]:
    by_listing: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        by_listing[row.listing].append(row)
    for (provider, name, region), own in by_listing.items():
        timelines = _timelines(own)
        kinds = [row.texts["kind"] for row in own if row.texts["kind"]]
        names = [row.texts["provider_name"] for row in own]
        facts: dict[str, Any] = {}
        for row in own:
            facts |= row.facts
        yield Listing(
            provider=provider,
            provider_name=next(filter(None, names), provider),
            name=name,
            region=region,
            kind=kinds[0] if kinds else kind_of(name, timelines),  # type: ignore[arg-type]
            facts=facts,
            timelines=timelines,
        )


def _timelines(rows: Iterable[_Row]) -> dict[str, tuple[DatedCard, ...]]:
    by_tier: dict[str, dict[datetime | None, list[_Row]]] = defaultdict(dict)
    for row in rows:
        dated = by_tier[row.texts["service_tier"]]
        dated.setdefault(row.effective_from, []).append(row)
    timelines = {}
    for tier, dated in by_tier.items():
        moments = sorted(dated, key=lambda moment: (moment is not None, moment))
        cards = without_repeats(
            DatedCard(effective_from=moment, card=_card(dated[moment]))
            for moment in moments
        )
        if cards:
            timelines[tier] = cards
    return timelines


def _card(rows: list[_Row]) -> RateCard | None:
    """Build one price; rows without any rate say that it is unknown."""
    base, tiers = _rates_and_tiers(rows, None)
    windows = dict.fromkeys(row.window for row in rows if row.window is not None)
    card = RateCard(
        rates=base,
        context_tiers=tiers,
        windows=tuple(_as_window(rows, window) for window in windows),
    )
    return None if card == RateCard(rates=Rates()) else card


def _as_window(rows: list[_Row], window: tuple[time, time, frozenset[int]]) -> Window:
    rates, tiers = _rates_and_tiers(rows, window)
    starts, ends, weekdays = window
    return Window(
        starts=starts, ends=ends, weekdays=weekdays, rates=rates, context_tiers=tiers
    )


def _rates_and_tiers(
    rows: list[_Row], window: tuple[time, time, frozenset[int]] | None
) -> tuple[Rates, tuple[ContextTier, ...]]:
    own = [row for row in rows if row.window == window]
    base = next((row.rates for row in own if not row.above_prompt_tokens), Rates())
    above = sorted(
        (row for row in own if row.above_prompt_tokens),
        key=lambda row: row.above_prompt_tokens,
    )
    return base, tuple(
        ContextTier(above_prompt_tokens=row.above_prompt_tokens, rates=row.rates)
        for row in above
    )
