"""The catalogue's whole history as arrays.

A slot is an offering on one service tier: the thing that can be bought. Unknown
numbers are NaN; money is in the currency of its row until a view converts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.bands import billed_rates
from advisor.decision.dated_rows import INTERVALS_KEPT, DatedRows
from advisor.decision.price_rows import PriceRows
from catalog.rate_cards import Rates

# Organizations whose view of the catalogue is kept at hand.
TENANTS_KEPT = 256


@dataclass(frozen=True, kw_only=True)
class FactRows:
    """Dated facts of models or offerings: numbers in columns, NaN where unknown."""

    dated: DatedRows
    ids: Sequence[int]
    columns: tuple[str, ...]
    values: Floats  # (rows, columns); yes is 1, no is 0, dates are days since 1970
    residency: Ints  # by row: index into `residencies`
    residencies: tuple[frozenset[str] | None, ...]  # the first is None: unknown
    _views: dict[int, "FactsView"] = field(default_factory=dict)

    def at(self, rows: Ints) -> "FactsView":
        """Return the facts of the given rows; all unknown where a row is NONE.

        One view serves all that ask with the same array, which it keeps alive.
        """
        found = self._views.get(id(rows))
        if found is None:
            if len(self._views) >= INTERVALS_KEPT:
                self._views.clear()
            found = self._views[id(rows)] = FactsView(facts=self, rows=rows)
        return found

    @cached_property
    def by_column(self) -> dict[str, Floats]:
        """Each column with a NaN at its end, where the index NONE finds it."""
        padded = np.vstack([self.values, np.full(len(self.columns), np.nan)])
        return dict(zip(self.columns, np.ascontiguousarray(padded.T), strict=True))

    @cached_property
    def padded_residency(self) -> Ints:
        """The residency of each row, and unknown at the end."""
        return np.append(self.residency, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class FactsView:
    """Facts of each owner at one moment; a column is gathered when it is asked for."""

    facts: FactRows
    rows: Ints
    _gathered: dict[str, Floats] = field(default_factory=dict)
    _spread: dict[int, tuple[Ints, "FactsView"]] = field(default_factory=dict)

    def spread(self, owners: Ints) -> "FactsView":
        """Return the same facts by whatever `owners` names the owners of."""
        if id(owners) not in self._spread:
            spread = FactsView(facts=self.facts, rows=self.rows[owners])
            self._spread[id(owners)] = (owners, spread)
        return self._spread[id(owners)][1]

    def __getitem__(self, column: str) -> Floats:
        if column not in self._gathered:
            self._gathered[column] = self.facts.by_column[column][self.rows]
        return self._gathered[column]

    @property
    def residency(self) -> Ints:
        """Which of `residencies` holds for each owner."""
        return self.facts.padded_residency[self.rows]

    @property
    def residencies(self) -> tuple[frozenset[str] | None, ...]:
        """The distinct sets of regions; the first is None, unknown."""
        return self.facts.residencies


@dataclass(frozen=True, kw_only=True)
class ScoreRows:
    """Published scores; the owner of a dated row is a (model, benchmark) pair."""

    dated: DatedRows
    ids: Sequence[int]
    pair_model: Ints
    pair_benchmark: Ints
    benchmarks: tuple[str, ...]
    score: Floats


@dataclass(frozen=True, kw_only=True)
class Term:
    """What an organization agreed: a discount factor, or flat rates in USD."""

    id: str
    organization: str
    provider: int
    model: int  # NONE applies to every model
    service_tier: str  # empty applies to every tier
    effective: int
    ends: int
    received: int
    factor: Decimal | None
    rates: Rates | None

    @property
    def billed(self) -> list[float]:
        """The fixed rates in the order of BILLED, unstated ones fallen back."""
        if self.rates is None:
            raise ValueError("a discount has no rates of its own")
        return billed_rates(self.rates)

    @property
    def specificity(self) -> tuple[bool, bool, int, int]:
        """Order of precedence: the most specific term wins, then the latest."""
        return (
            self.model != NONE,
            bool(self.service_tier),
            self.effective,
            self.received,
        )


@dataclass(frozen=True, kw_only=True)
class CatalogueHistory:
    """All rows of the catalogue, public and owned, up to `known_at`."""

    known_at: datetime
    providers: tuple[str, ...]
    models: tuple[str, ...]
    developers: tuple[str, ...]
    offerings: tuple[str, ...]
    offering_names: tuple[str, ...]
    regions: tuple[str, ...]
    offering_provider: Ints
    offering_model: Ints
    offering_is_chat: Bools
    offering_owner: tuple[str, ...]  # an organization's id, empty for public
    slot_offering: Ints
    slot_tier: tuple[str, ...]
    prices: PriceRows
    model_facts: FactRows
    offering_facts: FactRows
    scores: ScoreRows
    currencies: tuple[str, ...]
    fx: DatedRows
    fx_ids: Sequence[int]
    fx_usd_per_unit: Sequence[Decimal]
    terms: tuple[Term, ...]
    _visible: dict[tuple[str, int], Bools] = field(default_factory=dict)

    @cached_property
    def slot_provider(self) -> Ints:
        """The provider of each slot."""
        return self.offering_provider[self.slot_offering]

    @cached_property
    def slot_model(self) -> Ints:
        """The model of each slot."""
        return self.offering_model[self.slot_offering]

    @cached_property
    def slot_is_chat(self) -> Bools:
        """Whether each slot answers with text."""
        return self.offering_is_chat[self.slot_offering]

    def on_tier(self, service_tier: str) -> Bools:
        """Tell which slots are on a service tier; the array is shared, not a copy."""
        nowhere: Bools = np.zeros(len(self.slot_tier), dtype=bool)
        return self._slots_by_tier.get(service_tier, nowhere)

    @cached_property
    def _slots_by_tier(self) -> dict[str, Bools]:
        tiers = np.array(self.slot_tier, dtype=np.str_)
        return {tier: tiers == tier for tier in set(self.slot_tier)}

    @cached_property
    def batch_slot(self) -> Ints:
        """The slot that serves each slot's deferred share, `NONE` if there is none."""
        batch = {
            offering: slot
            for slot, offering in enumerate(self.slot_offering.tolist())
            if self.slot_tier[slot] == "batch"
        }
        return np.array(
            [
                NONE if tier == "batch" else batch.get(offering, NONE)
                for offering, tier in zip(
                    self.slot_offering.tolist(), self.slot_tier, strict=True
                )
            ],
            dtype=np.int64,
        )

    @cached_property
    def slot_order(self) -> Ints:
        """Each slot's place when sorted by provider, name, region, owner and tier.

        The last word between options that are equal in everything else, so that the
        order of input never decides.
        """
        keys = [
            (
                self.providers[self.offering_provider[offering]],
                self.offering_names[offering],
                self.regions[offering],
                self.offering_owner[offering],
                tier,
            )
            for offering, tier in zip(
                self.slot_offering.tolist(), self.slot_tier, strict=True
            )
        ]
        order = np.empty(len(keys), dtype=np.int64)
        order[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        return order

    @cached_property
    def slot_index(self) -> dict[tuple[str, str], int]:
        """Find a slot by offering id and service tier."""
        return {
            (self.offerings[offering], tier): slot
            for slot, (offering, tier) in enumerate(
                zip(self.slot_offering.tolist(), self.slot_tier, strict=True)
            )
        }

    def visible_to(self, organization: str, known_at: int) -> Bools:
        """Tell which public and own slots were known; the array is shared.

        An offering that was listed without any price shows once, on the standard tier.
        """
        key = (organization, known_at)
        visible = self._visible.get(key)
        if visible is None:
            if len(self._visible) >= TENANTS_KEPT:
                self._visible.clear()
            visible = self._known(known_at) & self.seen_by(organization)
            self._visible[key] = visible
        return visible

    def _known(self, known_at: int) -> Bools:
        priced = self.prices.dated.known(known_at)
        listed_at_all = np.zeros(len(self.offerings), dtype=bool)
        listed_at_all[self.slot_offering[priced]] = True
        described = self.offering_facts.dated.known(known_at) & ~listed_at_all
        unpriced = described[self.slot_offering] & self.on_tier("standard")
        known: Bools = priced | unpriced
        return known

    def seen_by(self, organization: str) -> Bools:
        """Tell which slots are public or the organization's own."""
        own = self.slots_by_owner.get(organization)
        seen: Bools = self.slots_by_owner[""].copy()
        return seen if own is None else seen | own

    @cached_property
    def slots_by_owner(self) -> dict[str, Bools]:
        """The slots of each owner; the empty owner is the public."""
        owners = np.array(self.offering_owner, dtype=np.str_)[self.slot_offering]
        return {"": owners == ""} | {owner: owners == owner for owner in set(owners)}
