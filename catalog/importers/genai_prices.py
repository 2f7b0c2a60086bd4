"""The genai-prices list: dated prices, daily windows, context tiers and variants.

`parse` reads the JSON that the project publishes (and `export` writes for the installed
package); it reproduces how that list is meant to be read:

- A model's conditional prices are tried last to first; the first active one holds.
- A variant overrides single prices for requests made in a certain way (`processing`
  is `batch`, `service_tier` is `flex`, …); of several the first that matches wins.
- A date begins at midnight UTC; hours of the day are UTC, half-open.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from catalog.importers.genai_document import (
    Condition,
    Conditional,
    Prices,
    Tiered,
    Unreadable,
    export,
    read_conditionals,
    read_variants,
)
from catalog.importers.listings import (
    DatedCard,
    Listing,
    ParsedSheet,
    RowProblem,
    checked,
    facts_in_name,
    kind_of,
    refused,
    without_repeats,
)
from catalog.importers.regions import geography_in_name
from catalog.rate_cards import METERS, ContextTier, RateCard, Rates, Window

__all__ = ["PACKAGE", "export", "parse"]

PACKAGE = "genai-prices"

METER_OF_PRICE = {
    "input_mtok": "input_per_mtok",
    "output_mtok": "output_per_mtok",
    "cache_read_mtok": "cache_read_per_mtok",
    # A write without a stated lifetime is the short one.
    "cache_write_mtok": "cache_write_5m_per_mtok",
    "cache_write_1h_mtok": "cache_write_1h_per_mtok",
    "output_reasoning_mtok": "reasoning_per_mtok",
    "input_audio_mtok": "audio_input_per_mtok",
    "output_audio_mtok": "audio_output_per_mtok",
    "input_image_mtok": "image_input_per_mtok",
    "output_image_mtok": "image_output_per_mtok",
    "requests_kcount": "per_request",
}
REQUESTS_PER_KCOUNT = Decimal(1000)
# How a request's context names a service tier of ours.
TIER_OF_CONTEXT = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
}
# Some sellers list their batch service under a name of its own, at half the price: it
# is cheap because it may take a day, so it must not pass for the standard tier.
BATCH_SUFFIX = ":batch"
# A route to another region is a listing of its own.
REGION_OF_ROUTE = {"mistral/eu": "eu"}
# Stated only to say that nothing differs.
DEFAULT_CONTEXTS = frozenset({("service_tier", "default"), ("search_type", "web")})


def parse(content: str) -> ParsedSheet:
    """Read the list; problems name provider, model and field. Pure."""
    try:
        document = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return refused(f"is not complete JSON: {error}")
    if not isinstance(document, list) or not document:
        return refused("must be a JSON list of providers, each with its models")
    listings: list[Listing] = []
    problems: list[RowProblem] = []
    remarks: list[RowProblem] = []
    for number, provider in enumerate(document, start=1):
        try:
            listings += _provider_listings(provider, problems, remarks)
        except Unreadable as error:
            row = f"provider {number}"
            problems.append(RowProblem(row=row, field=error.column, detail=str(error)))
    return checked(
        ParsedSheet(
            listings=tuple(listings),
            problems=tuple(problems),
            remarks=tuple(remarks),
        )
    )


def _provider_listings(
    provider: object, problems: list[RowProblem], remarks: list[RowProblem]
) -> Iterator[Listing]:
    if not isinstance(provider, Mapping):
        raise Unreadable("", "must be an object with id, name and models")
    slug, models = provider.get("id"), provider.get("models")
    if not isinstance(slug, str) or not isinstance(models, list):
        raise Unreadable("models", "a provider needs an id and a list of models")
    for model in models:
        name = model.get("id") if isinstance(model, Mapping) else None
        row = f"{slug}/{name}"
        try:
            if not isinstance(name, str):
                raise Unreadable("id", "a model needs an id")
            yield from _model_listings(slug, str(provider.get("name", slug)), model)
        except Unreadable as error:
            problems.append(RowProblem(row=row, field=error.column, detail=str(error)))
            continue
        remarks += _unread_variants(row, model)


def _model_listings(
    provider: str, provider_name: str, model: Mapping[str, Any]
) -> Iterator[Listing]:
    name = model["id"]
    base = read_conditionals(model.get("prices"))
    variants = read_variants(model.get("price_variants") or [])
    timelines = _timelines(base, variants)
    if name.endswith(BATCH_SUFFIX) and "standard" in timelines:
        timelines["batch"] = timelines.pop("standard")
    geography = geography_in_name(provider, name)
    facts = {**facts_in_name(name), **_stated_facts(model)}
    if geography.residency:
        facts["residency_regions"] = list(geography.residency)
    yield Listing(
        provider=provider,
        provider_name=provider_name,
        name=name,
        region=geography.region,
        kind=kind_of(name, timelines),
        facts=facts,
        timelines=timelines,
    )
    for route, region in REGION_OF_ROUTE.items():
        cards = _timeline(base, variants, ("route", route))
        if cards:
            yield Listing(
                provider=provider,
                provider_name=provider_name,
                name=name,
                region=region,
                kind=kind_of(name, {"standard": cards}),
                facts={**facts, "residency_regions": [region]},
                timelines={"standard": cards},
            )


def _stated_facts(model: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    context = model.get("context_window")
    if isinstance(context, int) and not isinstance(context, bool) and context > 0:
        facts["context_tokens"] = context
    if isinstance(model.get("deprecated"), bool):
        facts["deprecated"] = model["deprecated"]
    return facts


def _timelines(
    base: list[Conditional], variants: list[Conditional]
) -> dict[str, tuple[DatedCard, ...]]:
    timelines = {"standard": _timeline(base, variants, None)}
    for context, tier in TIER_OF_CONTEXT.items():
        if tier not in timelines or not timelines[tier]:
            timelines[tier] = _timeline(base, variants, context)
    return {tier: cards for tier, cards in timelines.items() if cards}


def _timeline(
    base: list[Conditional],
    variants: list[Conditional],
    context: tuple[str, str] | None,
) -> tuple[DatedCard, ...]:
    """Resolve the prices at every date from which something else may hold."""
    matching = [each for each in variants if each.when == (context,) and each.prices]
    if context is not None and not matching:
        return ()
    extra = _search_variants(variants) if context is None else {}
    starts = {each.condition.start for each in (*base, *matching)} - {None}
    days = [date.min, *sorted(start for start in starts if start)]
    return without_repeats(
        _card_on(day, base, matching, context is not None, extra) for day in days
    )


def _card_on(
    day: date,
    base: list[Conditional],
    matching: list[Conditional],
    is_variant: bool,
    extra: Mapping[str, Decimal],
) -> DatedCard:
    moment = None if day == date.min else datetime.combine(day, time.min, tzinfo=UTC)
    begun = [each for each in matching if _begun(each.condition, day)]
    prices = _resolved(base, begun, day, None)
    if (is_variant and not begun) or not prices:
        return DatedCard(effective_from=moment, card=None)
    rates, tiers = _rates_and_tiers(prices)
    card = RateCard(
        rates=rates, context_tiers=tiers, windows=_windows(base, begun, day, prices)
    )
    return DatedCard(
        effective_from=moment, card=card, other_meters={**_others(prices), **extra}
    )


def _begun(condition: Condition, day: date) -> bool:
    return condition.start is None or condition.start <= day


def _resolved(
    base: list[Conditional],
    variants: list[Conditional],
    day: date,
    clock: time | None,
) -> Prices:
    """Return the prices that hold on a day at an hour; None is outside all windows."""
    standard = base[0].prices
    for each in reversed(base):
        if each.condition.active(day, clock):
            standard = each.prices
            break
    overrides: dict[str, Any] = {}
    for each in variants:
        if each.condition.active(day, clock):
            overrides = {**each.prices, **overrides}
    return {**standard, **overrides}


def _windows(
    base: list[Conditional],
    variants: list[Conditional],
    day: date,
    outside: Prices,
) -> tuple[Window, ...]:
    """Cut the day at every hour named and keep the parts with prices of their own."""
    edges = sorted(
        {edge for each in (*base, *variants) for edge in each.condition.hours or ()}
    )
    windows = []
    for starts, ends in zip(edges, [*edges[1:], *edges[:1]], strict=True):
        prices = _resolved(base, variants, day, starts)
        if prices != outside:
            rates, tiers = _rates_and_tiers(prices)
            windows.append(
                Window(starts=starts, ends=ends, rates=rates, context_tiers=tiers)
            )
    return tuple(windows)


def _rates_and_tiers(prices: Prices) -> tuple[Rates, tuple[ContextTier, ...]]:
    metered = {
        METER_OF_PRICE[key]: price
        for key, price in prices.items()
        if key in METER_OF_PRICE
    }
    tiered = {
        meter: price for meter, price in metered.items() if isinstance(price, Tiered)
    }
    thresholds = sorted(
        {start for price in tiered.values() for start, _ in price.tiers}
    )
    base = {
        meter: price.base if isinstance(price, Tiered) else price
        for meter, price in metered.items()
    }
    return _rates(base), tuple(
        ContextTier(
            above_prompt_tokens=threshold,
            rates=_rates(
                {meter: price.above(threshold) for meter, price in tiered.items()}
            ),
        )
        for threshold in thresholds
    )


def _rates(prices: Mapping[str, Decimal]) -> Rates:
    stated = dict(prices)
    if "per_request" in stated:
        stated["per_request"] /= REQUESTS_PER_KCOUNT
    return Rates(**{meter: stated.get(meter) for meter in METERS})


def _others(prices: Prices) -> dict[str, Decimal]:
    others: dict[str, Decimal] = {}
    for key, price in sorted(prices.items()):
        if key in METER_OF_PRICE:
            continue
        if isinstance(price, Decimal):
            others[key] = price
            continue
        others[key] = price.base
        for start, above in price.tiers:
            others[f"{key} above {start}"] = above
    return others


def _search_variants(variants: Iterable[Conditional]) -> dict[str, Decimal]:
    """Prices of a kind of search: no service tier, kept beside the other meters."""
    return {
        f"{key} {name}={value}": price
        for each in variants
        for name, value in each.when
        if name == "search_type"
        for key, price in each.prices.items()
        if isinstance(price, Decimal)
    }


def _unread_variants(row: str, model: Mapping[str, Any]) -> Iterator[RowProblem]:
    """Name the variants that are none of our service tiers or regions."""
    for each in read_variants(model.get("price_variants") or []):
        known = len(each.when) == 1 and (
            each.when[0] in TIER_OF_CONTEXT
            or each.when[0] in DEFAULT_CONTEXTS
            or each.when[0][0] == "search_type"
            or (each.when[0][0] == "route" and each.when[0][1] in REGION_OF_ROUTE)
        )
        if not known:
            when = ", ".join(f"{name}={value}" for name, value in each.when)
            detail = f"the variant {when} is no service tier here and was left out"
            yield RowProblem(row=row, field="price_variants", detail=detail)
