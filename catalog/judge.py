"""Compares our prices with those of the genai-prices package, an independent judge.

Both are asked what the same request costs, for every listing that the package can
price, over a grid of usages, ways of sending it and moments; the totals must be equal
to the last digit. Needs no database: the caller brings the timelines.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from catalog.importers.genai_prices import (
    BATCH_SUFFIX,
    REGION_OF_ROUTE,
    TIER_OF_CONTEXT,
)
from catalog.pricing import Usage, charge
from catalog.services.timelines import Timeline, terms_at

Key = tuple[str, str, str]
Timelines = Mapping[str, Timeline]

# Requests to price; some at each threshold of a listing's context tiers come on top.
USAGES = (
    Usage(input_tokens=1_000, output_tokens=500),
    Usage(input_tokens=0, output_tokens=7),
    Usage(input_tokens=31_999, output_tokens=1, cache_read_tokens=20_000),
    Usage(
        input_tokens=90_000,
        output_tokens=2_000,
        cache_read_tokens=50_000,
        cache_write_5m_tokens=10_000,
        cache_write_1h_tokens=5_000,
        reasoning_tokens=1_500,
    ),
    Usage(input_tokens=600_000, output_tokens=64_000, cache_read_tokens=1),
    Usage(
        input_tokens=10_000,
        output_tokens=4_000,
        audio_input_tokens=3_000,
        image_input_tokens=2_000,
        audio_output_tokens=1_000,
        image_output_tokens=500,
    ),
)
_INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Verdict:
    """What came of the comparison.

    `differing` names a listing with the first request that the two price differently;
    `refused` counts requests that the judge itself does not price, by its reason;
    `other_meters` counts listings that price what no text request is charged for.
    """

    listings: int = 0
    unpriced: int = 0
    compared: int = 0
    differing: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    other_meters: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Case:
    """One listing and one way to send it requests, as both sides know it."""

    name: str
    timeline: Timeline
    price: Callable[[Usage, datetime], Decimal]


def judge(
    ours: Mapping[Key, Timelines],
    *,
    now: datetime,
    usages: tuple[Usage, ...] = USAGES,
    only: str = "",
) -> Verdict:
    """Price the whole grid both ways; `ours` is by provider, name and region.

    `only` restricts the comparison to the listings of one provider.
    """
    # The package's data take a good part of a second to load.
    from genai_prices import data

    verdict = Verdict()
    regions: dict[tuple[str, str], dict[str, Timelines]] = defaultdict(dict)
    for (provider, name, region), timelines in ours.items():
        regions[provider, name][region] = timelines
    sellers: list[Any] = data.providers
    for seller in (each for each in sellers if only in ("", each.id)):
        for model in seller.models:
            verdict.listings += 1
            held = regions.get((seller.id, model.id), {})
            if not any(held.values()):
                _check_unpriced(verdict, seller, model, now)
                continue
            moments = list(_moments(model, now))
            for case in _cases(seller, model, held):
                _compare(verdict, case, moments, usages)
    return verdict


def _check_unpriced(verdict: Verdict, provider: Any, model: Any, now: datetime) -> None:
    """Without a price here, the judge must have none either."""
    verdict.unpriced += 1
    prices = vars(model.get_prices(now))
    if any(price is not None for price in prices.values()):
        verdict.differing[f"{provider.id}/{model.id}"] = "is unpriced here"


def _cases(seller: Any, model: Any, held: Mapping[str, Timelines]) -> Iterator[_Case]:
    """Yield every way to send this model a request that is priced here."""
    whens = [variant.when for variant in model.price_variants or ()]
    for region, timelines in held.items():
        for context, tier in _ways(model.id, region, whens):
            if tier in timelines:
                yield _Case(
                    f"{seller.id}/{model.id} {context or ''}".strip(),
                    timelines[tier],
                    _judge_of(seller, model, context),
                )


def _ways(
    name: str, region: str, whens: list[dict[str, str]]
) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the request's context for the judge, and the service tier here."""
    for route, area in REGION_OF_ROUTE.items():
        if area == region and {"route": route} in whens:
            yield {"route": route}, "standard"
            return
    usual = "batch" if name.endswith(BATCH_SUFFIX) else "standard"
    yield {}, usual
    yield {"service_tier": "default"}, usual
    for (way, value), tier in TIER_OF_CONTEXT.items():
        if {way: value} in whens:
            yield {way: value}, tier


def _judge_of(
    provider: Any, model: Any, context: Mapping[str, str]
) -> Callable[[Usage, datetime], Decimal]:
    def price(usage: Usage, at: datetime) -> Decimal:
        calculation = model.calc_price(
            _judges_usage(usage),
            provider,
            genai_request_timestamp=at,
            price_context=context or None,
        )
        return Decimal(calculation.total_price)

    return price


def _judges_usage(usage: Usage) -> Any:
    from genai_prices import Usage as JudgesUsage

    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": (
            usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
        ),
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "output_reasoning_tokens": usage.reasoning_tokens,
        "input_audio_tokens": usage.audio_input_tokens,
        "input_image_tokens": usage.image_input_tokens,
        "output_audio_tokens": usage.audio_output_tokens,
        "output_image_tokens": usage.image_output_tokens,
    }
    return JudgesUsage(**counts)


def _compare(
    verdict: Verdict,
    case: _Case,
    moments: Iterable[datetime],
    usages: tuple[Usage, ...],
) -> None:
    usages = (*usages, *_usages_at_thresholds(case.timeline))
    verdict.other_meters.update(
        {meter for terms in case.timeline.values() for meter in terms.other_meters}
    )
    for at in moments:
        terms = terms_at(case.timeline, at)
        if terms is None or terms.card is None:
            continue  # the tier is not offered yet
        for usage in usages:
            try:
                theirs = case.price(usage, at)
            except ValueError as error:
                verdict.refused[str(error)] += 1
                continue
            verdict.compared += 1
            amount = charge(terms.card, usage, at=at).amount
            if amount != theirs:
                detail = f"{amount} here, {theirs} there, for {usage} at {at}"
                verdict.differing.setdefault(case.name, detail)


def _usages_at_thresholds(timeline: Timeline) -> Iterator[Usage]:
    """Yield prompts just at and just above every threshold, partly cached."""
    cards = [terms.card for terms in timeline.values() if terms.card is not None]
    thresholds = {
        tier.above_prompt_tokens for card in cards for tier in card.context_tiers
    }
    for threshold in sorted(thresholds):
        for prompt in (threshold, threshold + 1):
            yield Usage(
                input_tokens=prompt,
                output_tokens=1_000,
                cache_read_tokens=prompt // 2,
                cache_write_5m_tokens=prompt // 4,
            )


def _moments(model: Any, now: datetime) -> Iterator[datetime]:
    """Yield now and the moments around every date and every hour the judge names."""
    constraints = [
        each.constraint
        for each in (
            *(model.prices if isinstance(model.prices, list) else ()),
            *(model.price_variants or ()),
        )
        if each.constraint is not None
    ]
    if not constraints:
        yield from (now, datetime(2020, 2, 29, 12, tzinfo=UTC))
        return
    starts = {
        datetime.combine(each.start_date, time.min, tzinfo=UTC)
        for each in constraints
        if hasattr(each, "start_date")
    }
    clocks = {
        getattr(each, edge)
        for each in constraints
        for edge in ("start_time", "end_time")
        if hasattr(each, edge)
    }
    for day in (now, *starts):
        yield from (day - timedelta(days=1), day - _INSTANT, day, day + _INSTANT)
        yield day + timedelta(days=20)
        for clock in clocks:
            edge = datetime.combine(day.date(), clock)
            yield from (edge - _INSTANT, edge, edge + timedelta(minutes=30))
