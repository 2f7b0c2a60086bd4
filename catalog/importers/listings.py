"""What every price sheet is read into: plain values, whatever the format was.

Pure: no Django, no clock. A parser never raises for what a sheet says: it returns
problems, and a sheet with a problem is not applied at all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.listing_kinds import ListingKind, kind_of_name
from catalog.rate_cards import RateCard, Rates

NAME_LENGTH = 250
REGION_LENGTH = 60
# The columns hold 12 digits before the point and 18 after it.
RATE_DECIMALS = 18
RATE_LIMIT = Decimal(10) ** 12
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_PREVIEW = re.compile(r"(?<![a-z0-9])(preview|exp|experimental|beta)(?![a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """One thing wrong with a sheet: in which row, in which field, and what to do."""

    row: str
    field: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedCard:
    """What holds on one service tier from a moment on, until the next dated card.

    `effective_from` None is a price without a date; `card` None says that there is no
    price from then on. `other_meters` are units that no text workload uses.
    """

    effective_from: datetime | None
    card: RateCard | None
    other_meters: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def terms(self) -> tuple[RateCard | None, Mapping[str, Decimal]]:
        """What is charged, whenever it begins."""
        return self.card, self.other_meters


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One model as one provider lists it in one region.

    `facts` holds only stated fields of `catalog.models.OfferingFacts`. A service tier
    without a price has no timeline; a listing with none at all is unpriced.
    """

    provider: str
    name: str
    region: str = ""
    provider_name: str = ""
    kind: ListingKind = "chat"
    facts: Mapping[str, Any] = field(default_factory=dict)
    timelines: Mapping[str, tuple[DatedCard, ...]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the listing in any sheet."""
        return self.provider, self.name, self.region

    def __str__(self) -> str:
        region = f" ({self.region})" if self.region else ""
        return f"{self.provider}/{self.name}{region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSheet:
    """All of a sheet. With `problems` it must not be applied.

    `remarks` name what was read and deliberately left out, with the reason.
    """

    listings: tuple[Listing, ...] = ()
    currency: str = "USD"
    version: str = ""
    problems: tuple[RowProblem, ...] = ()
    remarks: tuple[RowProblem, ...] = ()


def refused(detail: str, *, row: str = "", column: str = "") -> ParsedSheet:
    """Return a sheet of which nothing can be read."""
    return ParsedSheet(problems=(RowProblem(row=row, field=column, detail=detail),))


def checked(sheet: ParsedSheet) -> ParsedSheet:
    """Return the sheet with the problems of every listing that could not be stored."""
    found = (problem for listing in sheet.listings for problem in _problems(listing))
    doubles = _doubles(sheet.listings)
    return replace(sheet, problems=(*sheet.problems, *found, *doubles))


def kind_of(name: str, timelines: Mapping[str, tuple[DatedCard, ...]]) -> ListingKind:
    """Tell what a listing answers with, from its name and what it charges for."""
    kind = kind_of_name(name)
    if kind != "chat" or not timelines or _priced_per_token(timelines):
        return kind
    return "other"


def facts_in_name(name: str) -> dict[str, Any]:
    """Return the offering's facts that its name states."""
    return {"preview": True} if _PREVIEW.search(name.lower()) else {}


def without_repeats(cards: Iterable[DatedCard]) -> tuple[DatedCard, ...]:
    """Drop every card that says what the one before it says, and leading blanks."""
    kept: list[DatedCard] = []
    for card in cards:
        before = kept[-1].terms if kept else (None, {})
        if card.terms != before:
            kept.append(card)
    return tuple(kept)


def rates_of(card: RateCard) -> Iterator[Rates]:
    """Yield every set of rates on the card: its own, of tiers and of windows."""
    yield card.rates
    yield from (tier.rates for tier in card.context_tiers)
    for window in card.windows:
        yield window.rates
        yield from (tier.rates for tier in window.context_tiers)


def _priced_per_token(timelines: Mapping[str, tuple[DatedCard, ...]]) -> bool:
    return any(
        card.card is not None
        and card.card.rates.input_per_mtok is not None
        and card.card.rates.output_per_mtok is not None
        for cards in timelines.values()
        for card in cards
    )


def _problems(listing: Listing) -> Iterator[RowProblem]:
    row = str(listing)
    if not _SLUG.fullmatch(listing.provider):
        yield RowProblem(
            row=row,
            field="provider",
            detail="must be 1 to 80 lower-case letters, digits, '-' and '_'",
        )
    yield from _text_problems(row, "name", listing.name, NAME_LENGTH)
    if listing.region:
        yield from _text_problems(row, "region", listing.region, REGION_LENGTH)
    for tier, cards in listing.timelines.items():
        for card in cards:
            yield from _card_problems(row, tier, card)


def _text_problems(
    row: str, name: str, text: str, longest: int
) -> Iterator[RowProblem]:
    # Control characters and lone surrogates cannot be stored as text.
    if not text or len(text) > longest or not text.isprintable():
        detail = f"must be 1 to {longest} printable characters"
        yield RowProblem(row=repr(row), field=name, detail=detail)


def _card_problems(row: str, tier: str, dated: DatedCard) -> Iterator[RowProblem]:
    if dated.card is None:
        return
    if dated.card.rates == Rates() and not dated.other_meters:
        detail = "has rates for tiers or windows, and none outside of them"
        yield RowProblem(row=row, field=tier, detail=detail)
    for rates in rates_of(dated.card):
        for meter, rate in rates.stated_or_none():
            if rate is not None and (problem := rate_problem(rate)):
                yield RowProblem(row=row, field=f"{tier} {meter}", detail=problem)


def rate_problem(rate: Decimal) -> str:
    """Return why a rate cannot be kept exactly, or "" when it can."""
    if not rate.is_finite():
        return f"{rate} is not a number"
    if rate < 0:
        return f"{rate} is negative; leave the field out when the price is unknown"
    if rate >= RATE_LIMIT:
        return f"{rate} is absurdly large: rates are per million tokens"
    exponent = rate.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -RATE_DECIMALS:
        return f"{rate} has more than {RATE_DECIMALS} decimals"
    return ""


def _doubles(listings: Iterable[Listing]) -> Iterator[RowProblem]:
    seen = set()
    for listing in listings:
        if listing.key in seen:
            detail = "is listed twice; keep one of the two"
            yield RowProblem(row=str(listing), field="name", detail=detail)
        seen.add(listing.key)
