"""What one organization could see of the catalogue at a moment, as known then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.dated_rows import microseconds
from advisor.decision.history import CatalogueHistory, FactsView, Term
from advisor.decision.price_rows import HeldPrices
from advisor.decision.question import OptionKey


@dataclass(frozen=True, kw_only=True)
class View:
    """What one organization could see of the catalogue at a moment, as known then."""

    history: CatalogueHistory
    as_of: datetime
    known_at: datetime
    organization: str
    visible: Bools  # slots
    terms: tuple[Term, ...]
    segments: tuple[int, ...]  # moments from which prices hold, within the horizon
    price_rows: Ints  # (slots, segments), NONE where unpriced
    model_rows: Ints
    offering_rows: Ints
    fx_rows: Ints
    usd_per_unit: Floats  # by currency; NaN if unknown
    model_facts: FactsView
    offering_facts: FactsView

    @property
    def held_prices(self) -> HeldPrices:
        """The price rows, ready to be multiplied by tokens."""
        return self.history.prices.held(self.price_rows)

    @property
    def slot_models(self) -> FactsView:
        """The facts of each slot's model."""
        return self.model_facts.spread(self.history.slot_model)

    @property
    def slot_offerings(self) -> FactsView:
        """The facts of each slot's offering."""
        return self.offering_facts.spread(self.history.slot_offering)

    def slot_of(self, key: OptionKey | None) -> int | None:
        """Return the slot that a key names, None if there is none or it is hidden."""
        if key is None:
            return None
        slot = self.history.slot_index.get((key.offering, key.service_tier))
        return slot if slot is not None and self.visible[slot] else None

    @property
    def at_microseconds(self) -> int:
        """`as_of` in the unit of dated rows."""
        return microseconds(self.as_of)

    @property
    def known_microseconds(self) -> int:
        """`known_at` in the unit of dated rows."""
        return microseconds(self.known_at)


def view(
    history: CatalogueHistory,
    *,
    as_of: datetime,
    known_at: datetime,
    organization: str,
    horizon_end: datetime,
) -> View:
    """Resolve the history for an organization, an `as_of` and a `known_at`.

    Prices that take effect between `as_of` and `horizon_end` open a further segment.
    """
    at, known = microseconds(as_of), microseconds(known_at)
    end = microseconds(horizon_end)
    terms = tuple(
        term
        for term in history.terms
        if term.organization == organization and term.received <= known
    )
    segments = (at, *_future_moments(history, terms, at, end, known))
    model_rows = history.model_facts.dated.latest(as_of=at, known_at=known)
    offering_rows = history.offering_facts.dated.latest(as_of=at, known_at=known)
    fx_rows = history.fx.latest(as_of=at, known_at=known)
    return View(
        history=history,
        as_of=as_of,
        known_at=known_at,
        organization=organization,
        visible=history.visible_to(organization, known),
        terms=terms,
        segments=segments,
        price_rows=history.prices.dated.latest_at(segments, known_at=known),
        model_rows=model_rows,
        offering_rows=offering_rows,
        fx_rows=fx_rows,
        usd_per_unit=_usd(history, fx_rows),
        model_facts=history.model_facts.at(model_rows),
        offering_facts=history.offering_facts.at(offering_rows),
    )


def _future_moments(
    history: CatalogueHistory, terms: Sequence[Term], at: int, end: int, known: int
) -> list[int]:
    moments = set(
        history.prices.dated.changes_within(after=at, before=end, known_at=known)
    )
    for term in terms:
        moments |= {m for m in (term.effective, term.ends) if at < m < end}
    return sorted(moments)


def _usd(history: CatalogueHistory, fx_rows: Ints) -> Floats:
    rates = [
        1.0
        if currency == "USD"
        else (np.nan if row == NONE else float(history.fx_usd_per_unit[row]))
        for currency, row in zip(history.currencies, fx_rows.tolist(), strict=True)
    ]
    return np.array(rates, dtype=np.float64)
