"""What an organization paid at any moment: list price, terms and exchange rate."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from advisor.decision.arrays import NONE
from advisor.decision.history import CatalogueHistory, Term
from catalog.rate_cards import RateCard

Timeline = tuple[tuple[int, int], ...]
Piece = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A price that held for a while: rates, and what turns them into USD.

    `factor` is the exchange rate times what a discount leaves; `microseconds` is for
    how much of the period that was asked about.
    """

    card: RateCard
    factor: Decimal
    microseconds: int


class DatedPrices:
    """Looks prices of the past up for one organization, as known at one moment.

    Moments are microseconds since 1970; periods are half-open.
    """

    def __init__(
        self, history: CatalogueHistory, *, organization: str, known_at: int
    ) -> None:
        self._history = history
        self._known_at = known_at
        self._terms = sorted(
            (
                term
                for term in history.terms
                if term.organization == organization and term.received <= known_at
            ),
            key=lambda term: term.specificity,
        )
        self._prices: dict[int, Timeline] = {}
        self._rates: dict[str, Timeline] = {}

    def holdings(self, slot: int, start: int, end: int) -> tuple[Holding, ...] | None:
        """Return the prices of a slot over a period; None where one is unknown."""
        terms = [term for term in self._terms if self._covers(term, slot)]
        found = []
        for piece in self._pieces(slot, terms, start, end):
            holding = self._holding(slot, terms, *piece)
            if holding is None:
                return None
            found.append(holding)
        return tuple(found)

    def usd_per_unit(self, currency: str, start: int, end: int) -> Decimal | None:
        """Return a currency's mean exchange rate over a period; None if unknown."""
        if currency == "USD":
            return Decimal(1)
        timeline = self._fx(currency)
        total = Decimal(0)
        for begun, until in _cut(start, end, (moment for moment, _ in timeline)):
            row = _at(timeline, begun)
            if row == NONE:
                return None
            total += self._history.fx_usd_per_unit[row] * (until - begun)
        return total / (end - start)

    def changes(self, slot: int) -> set[int]:
        """Return the moments at which a slot's price may have changed, in USD."""
        terms = [term for term in self._terms if self._covers(term, slot)]
        rows = (row for _, row in self._timeline(slot))
        prices = self._history.prices
        paid_in = {self._history.currencies[prices.currency[row]] for row in rows}
        rates = (self.rate_changes(currency) for currency in paid_in)
        return self._moments(slot, terms).union(*rates)

    def rate_changes(self, currency: str) -> set[int]:
        """Return the moments from which another exchange rate holds."""
        timeline = () if currency == "USD" else self._fx(currency)
        return {moment for moment, _ in timeline}

    def _moments(self, slot: int, terms: list[Term]) -> set[int]:
        moments = {moment for moment, _ in self._timeline(slot)}
        for term in terms:
            moments |= {term.effective, term.ends}
        return moments

    def _pieces(
        self, slot: int, terms: list[Term], start: int, end: int
    ) -> Iterable[Piece]:
        return _cut(start, end, self._moments(slot, terms))

    def _holding(
        self, slot: int, terms: list[Term], start: int, end: int
    ) -> Holding | None:
        prices = self._history.prices
        row = _at(self._timeline(slot), start)
        agreed = [term for term in terms if term.effective <= start < term.ends]
        term = agreed[-1] if agreed else None
        length = end - start
        if row != NONE and prices.withdrawn[row]:
            return None
        if term is not None and term.rates is not None:
            fixed = RateCard(rates=term.rates)
            return Holding(card=fixed, factor=Decimal(1), microseconds=length)
        if row == NONE:
            return None
        currency = self._history.currencies[prices.currency[row]]
        rate = self.usd_per_unit(currency, start, end)
        if rate is None:
            return None
        left = Decimal(1) if term is None or term.factor is None else term.factor
        return Holding(card=prices.card(row), factor=rate * left, microseconds=length)

    def _covers(self, term: Term, slot: int) -> bool:
        history = self._history
        return (
            term.provider == history.slot_provider[slot]
            and term.model in (NONE, history.slot_model[slot])
            and term.service_tier in ("", history.slot_tier[slot])
        )

    def _timeline(self, slot: int) -> Timeline:
        if slot not in self._prices:
            dated = self._history.prices.dated
            self._prices[slot] = dated.timeline(slot, known_at=self._known_at)
        return self._prices[slot]

    def _fx(self, currency: str) -> Timeline:
        if currency not in self._rates:
            history = self._history
            self._rates[currency] = (
                history.fx.timeline(
                    history.currencies.index(currency), known_at=self._known_at
                )
                if currency in history.currencies
                else ()
            )
        return self._rates[currency]


def _at(timeline: Timeline, moment: int) -> int:
    """Return the row that holds at a moment, NONE before the first."""
    place = bisect_right(timeline, moment, key=lambda each: each[0])
    return timeline[place - 1][1] if place else NONE


def _cut(start: int, end: int, moments: Iterable[int]) -> Iterable[Piece]:
    """Cut a period at the moments that lie within it."""
    within = sorted({moment for moment in moments if start < moment < end})
    return pairwise([start, *within, end])
