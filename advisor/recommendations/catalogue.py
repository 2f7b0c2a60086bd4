"""Reads the whole catalogue into arrays, once per process and change of catalogue.

The children are read before their parents: a change that commits in between can add
a parent that no row needs, never a row whose parent is missing.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from advisor.decision.arrays import NONE, Bools, Ints
from advisor.decision.bands import BandsBuilder
from advisor.decision.dated_rows import DatedRows, microseconds
from advisor.decision.history import CatalogueHistory, FactRows, ScoreRows, Term
from advisor.decision.price_rows import PriceRows
from catalog.models import (
    CatalogueChange,
    Concern,
    ContractTerm,
    FxRate,
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    OfferingKind,
    Price,
    Provider,
    PublishedScore,
)
from catalog.rate_cards import (
    METERS,
    RateCard,
    Rates,
    tiers_from_json,
    windows_from_json,
)

Row = tuple[Any, ...]

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_FOR_EVER = np.iinfo(np.int64).max

# Column of the core: field of the model's facts.
MODEL_COLUMNS = {
    "total_parameters_b": "total_parameters_b",
    "active_parameters_b": "active_parameters_b",
    "open_weights": "open_weights",
    "context_tokens": "context_tokens",
    "max_output_tokens": "max_output_tokens",
    "retires_on": "retires_on",
    "deprecated": "deprecated",
    "reasoning_ratio": "reasoning_tokens_ratio",
    "reasoning_ratio_low": "reasoning_ratio_low",
    "reasoning_ratio_high": "reasoning_ratio_high",
    "tokenizer_ratio": "tokenizer_ratio",
    "tokenizer_ratio_low": "tokenizer_ratio_low",
    "tokenizer_ratio_high": "tokenizer_ratio_high",
}
OFFERING_COLUMNS = {
    name: name
    for name in (
        "context_tokens",
        "max_output_tokens",
        "supports_tools",
        "supports_json",
        "supports_vision",
        "zero_retention",
        "trains_on_data",
        "requests_per_minute_limit",
        "tokens_per_minute_limit",
        "published_uptime_percent",
        "preview",
        "deprecated",
        "retires_on",
    )
}

_lock = Lock()
_held: dict[str, CatalogueHistory] = {}


class Newest(NamedTuple):
    """The moments of the newest committed changes; `BEFORE_ALL` without any."""

    catalogue: datetime
    measurements: datetime

    @property
    def known_at(self) -> datetime:
        """What can be known: nothing with an earlier moment can appear any more."""
        return max(self)


def newest_changes() -> Newest:
    """Return the moments of the newest committed changes, by one small query."""
    catalogue, measurements = (_newest(concern) for concern in Concern)
    found = dict(catalogue.union(measurements, all=True))
    return Newest(*(found.get(concern.value, BEFORE_ALL) for concern in Concern))


def _newest(concern: Concern) -> "QuerySet[CatalogueChange, tuple[str, datetime]]":
    rows = CatalogueChange.objects.filter(concerns=concern)
    return rows.order_by("-received_at").values_list("concerns", "received_at")[:1]


def current_history(known_at: datetime) -> CatalogueHistory:
    """Return the catalogue up to its newest change, read anew only if that is new.

    A change that committed before `newest_changes` was asked is always seen.
    """
    name = str(connection.settings_dict["NAME"])
    held = _held.get(name)
    if held is None or held.known_at != known_at:
        with _lock:
            held = _held.get(name)
            if held is None or held.known_at < known_at:
                held = _held[name] = read_history(known_at)
    return held


def read_history(known_at: datetime) -> CatalogueHistory:
    """Read every row received up to `known_at` (and perhaps later ones, unused)."""
    prices = _price_rows()
    offering_facts = _fact_rows(OfferingFacts, "offering_id", OFFERING_COLUMNS)
    model_facts = _fact_rows(ModelFacts, "model_id", MODEL_COLUMNS)
    scores = list(
        PublishedScore.objects.values_list(
            "model_id", "benchmark", "effective_from", "received_at", "id", "score"
        )
    )
    terms = list(ContractTerm.objects.all())
    fx = list(FxRate.objects.all())
    offerings = list(
        Offering.objects.values_list(
            "id", "name", "region", "provider_id", "model_id", "kind", "organization_id"
        )
    )
    models = list(LanguageModel.objects.values_list("id", "slug", "developer"))
    providers = list(Provider.objects.values_list("id", "slug"))
    return _assembled(
        known_at,
        prices=prices,
        offering_facts=offering_facts,
        model_facts=model_facts,
        scores=scores,
        terms=terms,
        fx=fx,
        offerings=offerings,
        models=models,
        providers=providers,
    )


def _assembled(
    known_at: datetime,
    *,
    prices: list[Row],
    offering_facts: list[Row],
    model_facts: list[Row],
    scores: list[Row],
    terms: list[ContractTerm],
    fx: list[FxRate],
    offerings: list[Row],
    models: list[Row],
    providers: list[Row],
) -> CatalogueHistory:
    provider_at = _index(row[0] for row in providers)
    model_at = _index(row[0] for row in models)
    offering_at = _index(row[0] for row in offerings)
    slots = _slots(prices, offerings)
    slot_at = _index(slots)
    # Bills may be in a currency that no sheet is in.
    currencies = tuple(
        sorted({"USD", *(row[5] for row in prices), *(rate.currency for rate in fx)})
    )
    return CatalogueHistory(
        known_at=known_at,
        providers=tuple(row[1] for row in providers),
        models=tuple(row[1] for row in models),
        developers=tuple(row[2] for row in models),
        offerings=tuple(str(row[0]) for row in offerings),
        offering_names=tuple(row[1] for row in offerings),
        regions=tuple(row[2] for row in offerings),
        offering_provider=_ints(provider_at[row[3]] for row in offerings),
        offering_model=_ints(model_at[row[4]] for row in offerings),
        offering_is_chat=_bools(row[5] == OfferingKind.CHAT for row in offerings),
        offering_owner=tuple(str(row[6] or "") for row in offerings),
        slot_offering=_ints(offering_at[offering] for offering, _ in slots),
        slot_tier=tuple(tier for _, tier in slots),
        prices=_prices(prices, slot_at, currencies),
        model_facts=_facts(model_facts, model_at, tuple(MODEL_COLUMNS)),
        offering_facts=_facts(offering_facts, offering_at, tuple(OFFERING_COLUMNS)),
        scores=_scores(scores, model_at),
        currencies=currencies,
        **_fx(fx, currencies),
        terms=tuple(_term(term, provider_at, model_at) for term in terms),
    )


def _index(keys: Iterable[Any]) -> dict[Any, int]:
    return {key: index for index, key in enumerate(keys)}


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _bools(values: Iterable[bool]) -> Bools:
    return np.fromiter(values, dtype=np.bool_)


def _slots(prices: list[Row], offerings: list[Row]) -> list[tuple[Any, str]]:
    """Every (offering, tier) ever priced, and the standard tier of every offering."""
    slots = {(row[0], row[1]): None for row in prices}
    slots |= {(row[0], "standard"): None for row in offerings}
    return list(slots)


def _price_rows() -> list[Row]:
    return list(
        Price.objects.values_list(
            "offering_id",
            "service_tier",
            "effective_from",
            "received_at",
            "id",
            "sheet__currency",
            "sheet_id",
            "withdrawn",
            "context_tiers",
            "windows",
            *METERS,
        )
    )


def _dated(
    rows: list[Row], owner: Callable[[Row], int], moments: int, owners: int
) -> tuple[list[Row], DatedRows]:
    """Sort rows by owner and the two moments, found at `moments` and the next place."""
    keyed = [
        (owner(row), microseconds(row[moments]), microseconds(row[moments + 1]))
        for row in rows
    ]
    order = sorted(range(len(rows)), key=keyed.__getitem__)
    keys = np.array([keyed[index] for index in order], dtype=np.int64).reshape(-1, 3)
    dated = DatedRows(
        owners=keys[:, 0].copy(),
        effective=keys[:, 1].copy(),
        received=keys[:, 2].copy(),
        owner_count=owners,
    )
    return [rows[index] for index in order], dated


def _prices(
    rows: list[Row], slot_at: dict[Any, int], currencies: tuple[str, ...]
) -> PriceRows:
    rows, dated = _dated(rows, lambda row: slot_at[row[0], row[1]], 2, len(slot_at))
    builder = BandsBuilder()
    cards = [_card(row[8], row[9], row[10:]) for row in rows]
    for index, card in enumerate(cards):
        if isinstance(card, RateCard):
            builder.add_card(index, card)
        else:
            builder.add_flat(index, card)
    return PriceRows(
        dated=dated,
        ids=[row[4] for row in rows],
        sheets=[str(row[6]) for row in rows],
        currency=_ints(currencies.index(row[5]) for row in rows),
        withdrawn=_bools(row[7] for row in rows),
        cards=cards,
        bands=builder.build(len(rows)),
        patterns=np.array(builder.patterns).reshape(-1, 7 * 24),
    )


def _card(
    tiers: list[Any], windows: list[Any], meters: tuple[Decimal | None, ...]
) -> RateCard | tuple[Decimal | None, ...]:
    """Return the exact rates; a plain row stays a tuple, which is much quicker."""
    if not tiers and not windows:
        return meters
    return RateCard(
        rates=Rates(**dict(zip(METERS, meters, strict=True))),
        context_tiers=tiers_from_json(tiers),
        windows=windows_from_json(windows),
    )


def _fact_rows(
    facts: type[ModelFacts] | type[OfferingFacts], owner: str, columns: dict[str, str]
) -> list[Row]:
    regions = ["residency_regions"] if facts is OfferingFacts else []
    return list(
        facts.objects.values_list(
            owner, "effective_from", "received_at", "id", *columns.values(), *regions
        )
    )


def _facts(
    rows: list[Row], owner_at: dict[Any, int], columns: tuple[str, ...]
) -> FactRows:
    rows, dated = _dated(rows, lambda row: owner_at[row[0]], 1, len(owner_at))
    end = 4 + len(columns)
    values = [[_number(value) for value in row[4:end]] for row in rows]
    regions = [None if not row[end:] else row[end] for row in rows]
    words = [None if each is None else frozenset(each) for each in regions]
    distinct = tuple(dict.fromkeys([None, *words]))
    return FactRows(
        dated=dated,
        ids=[row[3] for row in rows],
        columns=columns,
        values=np.array(values, dtype=np.float64).reshape(-1, len(columns)),
        residency=_ints(distinct.index(each) for each in words),
        residencies=distinct,
    )


def _number(value: object) -> float:
    if value is None:
        return np.nan
    if isinstance(value, date):
        return value.toordinal() - BEFORE_ALL.date().toordinal()
    return float(value)  # type: ignore[arg-type]  # bool, int or Decimal


def _scores(rows: list[Row], model_at: dict[Any, int]) -> ScoreRows:
    pairs = _index(dict.fromkeys((row[0], row[1]) for row in rows))
    rows, dated = _dated(rows, lambda row: pairs[row[0], row[1]], 2, len(pairs))
    benchmarks = tuple(sorted({benchmark for _, benchmark in pairs}))
    return ScoreRows(
        dated=dated,
        ids=[row[4] for row in rows],
        pair_model=_ints(model_at[model] for model, _ in pairs),
        pair_benchmark=_ints(benchmarks.index(name) for _, name in pairs),
        benchmarks=benchmarks,
        score=np.array([float(row[5]) for row in rows], dtype=np.float64),
    )


def _fx(rows: list[FxRate], currencies: tuple[str, ...]) -> dict[str, Any]:
    held = [
        (
            rate.currency,
            rate.effective_from,
            rate.received_at,
            rate.pk,
            rate.usd_per_unit,
        )
        for rate in rows
        if rate.currency in currencies
    ]
    ordered, dated = _dated(
        held, lambda row: currencies.index(row[0]), 1, len(currencies)
    )
    return {
        "fx": dated,
        "fx_ids": [row[3] for row in ordered],
        "fx_usd_per_unit": [row[4] for row in ordered],
    }


def _term(
    term: ContractTerm, provider_at: dict[Any, int], model_at: dict[Any, int]
) -> Term:
    discount = term.discount_percent
    fixed = Rates(
        input_per_mtok=term.input_per_mtok,
        output_per_mtok=term.output_per_mtok,
        cache_read_per_mtok=term.cache_read_per_mtok,
    )
    ends = term.effective_to
    return Term(
        id=str(term.pk),
        organization=str(term.organization_id),
        provider=provider_at[term.provider_id],
        model=model_at[term.model_id] if term.model_id else NONE,
        service_tier=term.service_tier,
        effective=microseconds(term.effective_from),
        ends=_FOR_EVER if ends is None else microseconds(ends),
        received=microseconds(term.received_at),
        factor=None if discount is None else 1 - discount / 100,
        rates=fixed if discount is None else None,
    )
