"""The LiteLLM price map: one JSON object per listing, prices in USD per token.

The map is flat: a meter, a threshold and a service tier are spelled into one key
(`input_cost_per_token_above_200k_tokens_batches`). It has no dates of its own and no
version, re-points names, and mixes real zeros with unknown prices; a null or absent
price is unknown here and zero is free.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any

from catalog.importers.listings import (
    RATE_DECIMALS,
    DatedCard,
    Listing,
    ParsedSheet,
    RowProblem,
    checked,
    facts_in_name,
    kind_of,
    refused,
)
from catalog.importers.litellm_extras import (
    OFF_PEAK,
    OddHours,
    regional,
    with_off_peak,
)
from catalog.importers.regions import Geography, geography_in_name, geography_of
from catalog.listing_kinds import ListingKind
from catalog.rate_cards import METERS, ContextTier, RateCard, Rates

TOKENS_PER_MTOK = Decimal(1_000_000)
SMALLEST_RATE = Decimal(1).scaleb(-RATE_DECIMALS)
EXAMPLE_ENTRY = "sample_spec"

METER_OF_KEY = {
    "input_cost_per_token": "input_per_mtok",
    "output_cost_per_token": "output_per_mtok",
    "cache_read_input_token_cost": "cache_read_per_mtok",
    "cache_creation_input_token_cost": "cache_write_5m_per_mtok",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_per_mtok",
    "output_cost_per_reasoning_token": "reasoning_per_mtok",
    "input_cost_per_audio_token": "audio_input_per_mtok",
    "output_cost_per_audio_token": "audio_output_per_mtok",
    "input_cost_per_image_token": "image_input_per_mtok",
    "output_cost_per_image_token": "image_output_per_mtok",
    "input_cost_per_request": "per_request",
}
TIER_OF_SUFFIX = {
    "": "standard",
    "_batches": "batch",
    "_flex": "flex",
    "_priority": "priority",
}
_KEY = re.compile(
    rf"(?P<meter>{'|'.join(sorted(METER_OF_KEY, key=len, reverse=True))})"
    r"(?:_above_(?P<thousands>\d+)k_tokens)?"
    r"(?P<tier>_batches|_flex|_priority)?"
)
_COST = re.compile(r"(^|_)(cost|price)(_|$)")

KIND_OF_MODE: Mapping[str, ListingKind] = {
    "embedding": "embedding",
    "audio_transcription": "audio",
    "audio_speech": "audio",
    "realtime": "audio",
    "image_generation": "image",
    "image_edit": "image",
    "video_generation": "image",
    "rerank": "other",
    "moderation": "other",
    "moderations": "other",
    "ocr": "other",
    "search": "other",
    "vector_store": "other",
    "guardrail": "other",
    "evaluation": "other",
    "extraction": "other",
    "decisions": "other",
}
# The map names transports; several of them are one provider.
PROVIDER_OF_TRANSPORT = {
    "azure_text": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "bigmodel": "zhipuai",
    "codestral": "mistral",
    "cohere_chat": "cohere",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "gemini": "google",
    "meta_llama": "meta",
    "moonshot": "moonshotai",
    "text-completion-codestral": "mistral",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "voyage": "voyageai",
    "xai": "x-ai",
}
_VERTEX = "vertex_ai"
_FIREWORKS_PATH = "accounts/fireworks/models/"
_BEDROCK_REGION = re.compile(
    r"bedrock/(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)/(?P<name>.+)"
)
_AZURE_REGION = re.compile(r"(?P<region>us|eu|global|global-standard)/(?P<name>.+)")

_FLAGS = {
    "supports_function_calling": "supports_tools",
    "supports_response_schema": "supports_json",
    "supports_vision": "supports_vision",
}
_COUNTS = {
    "max_input_tokens": "context_tokens",
    "max_output_tokens": "max_output_tokens",
    "rpm": "requests_per_minute_limit",
    "tpm": "tokens_per_minute_limit",
}
_LARGEST_COUNT = 2**31 - 1

# (meter, tokens to exceed or 0) -> rate, per service tier.
Slots = dict[str, dict[tuple[str, int], Decimal]]


@dataclass(frozen=True, slots=True)
class _Place:
    provider: str
    name: str
    geography: Geography


class _Findings:
    """Collects what is wrong with an entry, and what was left out of it."""

    def __init__(self) -> None:
        self.problems: list[RowProblem] = []
        self.remarks: list[RowProblem] = []

    def problem(self, row: str, column: str, detail: str) -> None:
        """The sheet cannot be applied."""
        self.problems.append(RowProblem(row=row, field=column, detail=detail))

    def remark(self, row: str, column: str, detail: str) -> None:
        """Something was left out on purpose."""
        self.remarks.append(RowProblem(row=row, field=column, detail=detail))


def parse(content: str) -> ParsedSheet:
    """Read the map; problems name the entry and its key. Pure."""
    try:
        document = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return refused(f"is not complete JSON: {error}")
    if not isinstance(document, Mapping):
        return refused("must be a JSON object with one entry per listing")
    if not any(_looks_like_an_entry(entry) for entry in document.values()):
        return refused("has no entry with a litellm_provider: not a LiteLLM price map")
    found = _Findings()
    listings: dict[tuple[str, str, str], Listing] = {}
    for key, entry in document.items():
        if key != EXAMPLE_ENTRY:
            _add(listings, key, entry, found)
    return checked(
        ParsedSheet(
            listings=tuple(listings.values()),
            problems=tuple(found.problems),
            remarks=tuple(found.remarks),
        )
    )


def _looks_like_an_entry(entry: object) -> bool:
    return isinstance(entry, Mapping) and "litellm_provider" in entry


def _add(
    listings: dict[tuple[str, str, str], Listing],
    key: str,
    entry: object,
    found: _Findings,
) -> None:
    if not isinstance(entry, Mapping):
        found.problem(key, "", "must be an object with a litellm_provider")
        return
    transport = entry.get("litellm_provider")
    if not isinstance(transport, str) or not transport:
        # A few entries describe routing, not something that can be bought.
        found.remark(key, "litellm_provider", "names no provider; was left out")
        return
    place = _place(key, transport)
    listing = _listing(key, place, entry, found)
    held = listings.get(listing.key)
    if held is not None and held != listing:
        # Two spellings of one name at two prices: keep both, told apart.
        spelled = _Place(place.provider, key, place.geography)
        listing = _listing(key, spelled, entry, _Findings())
    for each in (listing, *regional(listing, entry)):
        listings.setdefault(each.key, each)


def _place(key: str, transport: str) -> _Place:
    """Take the transport and the region out of an entry's key."""
    if bedrock := _BEDROCK_REGION.fullmatch(key):
        return _Place("aws", bedrock["name"], geography_of(bedrock["region"]))
    provider = _provider(transport)
    name = key
    for prefix in (transport, _VERTEX, "bedrock"):
        name = name.removeprefix(f"{prefix}/")
    name = name.removeprefix(_FIREWORKS_PATH) or key
    if provider == "azure" and (azure := _AZURE_REGION.fullmatch(name)):
        return _Place(provider, azure["name"], geography_of(azure["region"]))
    return _Place(provider, name, geography_in_name(provider, name))


def _provider(transport: str) -> str:
    if transport.startswith(_VERTEX):
        return "google-vertex"
    slug = PROVIDER_OF_TRANSPORT.get(transport, transport).lower()
    return re.sub(r"[^a-z0-9]+", "-", slug).strip("-")


def _listing(
    key: str, place: _Place, entry: Mapping[str, Any], found: _Findings
) -> Listing:
    slots, others = _slots(key, entry, found)
    timelines = _with_off_peak(key, entry, _timelines(slots, others), found)
    facts = {**facts_in_name(place.name), **_stated_facts(key, entry, found)}
    if place.geography.residency:
        facts["residency_regions"] = list(place.geography.residency)
    mode = entry.get("mode")
    kind = KIND_OF_MODE.get(mode) if isinstance(mode, str) else None
    return Listing(
        provider=place.provider,
        provider_name=place.provider,
        name=place.name,
        region=place.geography.region,
        kind=kind or kind_of(place.name, timelines),
        facts=facts,
        timelines=timelines,
    )


def _with_off_peak(
    key: str,
    entry: Mapping[str, Any],
    timelines: dict[str, tuple[DatedCard, ...]],
    found: _Findings,
) -> dict[str, tuple[DatedCard, ...]]:
    """Add the daily hours at another price; hours that are odd are left out."""
    stored = entry.get(OFF_PEAK)
    if not isinstance(stored, Mapping):
        return timelines
    stated = _slots(key, stored, found)[0]["standard"]
    rates = _rates(
        {meter: rate for (meter, above), rate in stated.items() if not above}
    )
    try:
        return with_off_peak(timelines, stored, rates)
    except OddHours as error:
        found.remark(key, OFF_PEAK, f"{error}; was left out")
        return timelines


def _slots(
    key: str, entry: Mapping[str, Any], found: _Findings
) -> tuple[Slots, dict[str, Decimal]]:
    """Sort every price of an entry into its service tier, meter and threshold."""
    slots: Slots = {tier: {} for tier in TIER_OF_SUFFIX.values()}
    others: dict[str, Decimal] = {}
    for field, value in entry.items():
        if value is None or not _COST.search(field):
            continue
        if isinstance(value, Mapping):
            others |= _nested(key, field, value, found)
        elif (rate := _number(key, field, value, found)) is not None:
            spelled = _KEY.fullmatch(field)
            if spelled is None:
                others[field] = rate
                continue
            meter = METER_OF_KEY[spelled["meter"]]
            threshold = int(spelled["thousands"] or 0) * 1000
            tier = TIER_OF_SUFFIX[spelled["tier"] or ""]
            slots[tier][meter, threshold] = _rate(key, field, meter, rate, found)
    _read_ranges(key, entry, slots["standard"], found)
    for stated in slots.values():
        _drop_free_writes(stated)
    return slots, others


def _nested(
    key: str, field: str, value: Mapping[str, Any], found: _Findings
) -> dict[str, Decimal]:
    rates = {
        f"{field}.{name}": _number(key, f"{field}.{name}", item, found)
        for name, item in value.items()
        if not isinstance(item, str | Mapping)
    }
    return {name: rate for name, rate in rates.items() if rate is not None}


def _number(key: str, field: str, value: object, found: _Findings) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        found.problem(key, field, f"{value!r} is not a number")
        return None
    try:
        number = Decimal(value)
    except DecimalException:
        found.problem(key, field, f"{value!r} is not a number")
        return None
    if not number.is_finite() or number < 0:
        found.problem(key, field, f"{value!r} must be a number from 0 up")
        return None
    return number


def _rate(
    key: str, field: str, meter: str, per_unit: Decimal, found: _Findings
) -> Decimal:
    """Return the rate per Mtok; longer than the column it is rounded, with a remark."""
    rate = per_unit if meter == "per_request" else per_unit * TOKENS_PER_MTOK
    exponent = rate.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -RATE_DECIMALS:
        rounded = rate.quantize(SMALLEST_RATE)
        if rounded != rate:
            found.remark(key, field, f"was rounded to {RATE_DECIMALS} decimals")
        rate = rounded
    # Without the idle zeros, which scaling leaves behind.
    return Decimal(f"{rate.normalize():f}")


def _read_ranges(
    key: str,
    entry: Mapping[str, Any],
    slots: dict[tuple[str, int], Decimal],
    found: _Findings,
) -> None:
    """Read `tiered_pricing`: prices for ranges of prompt tokens, the first from 0."""
    ranges = entry.get("tiered_pricing")
    if not isinstance(ranges, list):
        return
    for each in ranges:
        bounds = each.get("range") if isinstance(each, Mapping) else None
        if not isinstance(bounds, list) or not isinstance(bounds[0], int | Decimal):
            found.remark(key, "tiered_pricing", "has no range of tokens; was left out")
            continue
        for field, value in each.items():
            if field in METER_OF_KEY and value is not None:
                rate = _number(key, f"tiered_pricing.{field}", value, found)
                meter = METER_OF_KEY[field]
                if rate is not None:
                    slot = meter, int(bounds[0])
                    slots[slot] = _rate(key, field, meter, rate, found)


def _drop_free_writes(slots: dict[tuple[str, int], Decimal]) -> None:
    """A write at zero beside a paid prompt means no surcharge, not a free prompt."""
    for slot in [slot for slot in slots if slot[0].startswith("cache_write")]:
        if slots[slot] == 0 and slots.get(("input_per_mtok", slot[1])):
            del slots[slot]


def _timelines(
    slots: Slots, others: dict[str, Decimal]
) -> dict[str, tuple[DatedCard, ...]]:
    timelines: dict[str, tuple[DatedCard, ...]] = {}
    standard = slots["standard"]
    if standard or others:
        card = _card(standard)
        dated = DatedCard(effective_from=None, card=card, other_meters=others)
        timelines["standard"] = (dated,)
    for tier, stated in slots.items():
        # A tier that prices neither prompt nor answer is no tier of its own.
        priced = {("input_per_mtok", 0), ("output_per_mtok", 0)} & stated.keys()
        if tier != "standard" and priced:
            card = _card({**standard, **stated})
            timelines[tier] = (DatedCard(effective_from=None, card=card),)
    return timelines


def _card(slots: Mapping[tuple[str, int], Decimal]) -> RateCard:
    """Build a card; each context tier states all that differs from the base.

    A threshold keeps what a lower one stated: above 256k a price raised at 128k holds.
    """
    thresholds = sorted({threshold for _, threshold in slots if threshold})
    base = {meter: rate for (meter, above), rate in slots.items() if not above}
    tiers = []
    stated: dict[str, Decimal] = {}
    for threshold in thresholds:
        here = {meter: rate for (meter, at), rate in slots.items() if at == threshold}
        stated = {**stated, **here}
        tiers.append(ContextTier(above_prompt_tokens=threshold, rates=_rates(stated)))
    return RateCard(rates=_rates(base), context_tiers=tuple(tiers))


def _rates(stated: Mapping[str, Decimal]) -> Rates:
    return Rates(**{meter: stated.get(meter) for meter in METERS})


def _stated_facts(
    key: str, entry: Mapping[str, Any], found: _Findings
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        fact: entry[field]
        for field, fact in _FLAGS.items()
        if isinstance(entry.get(field), bool)
    }
    facts |= dict(_counts(entry))
    retires = entry.get("deprecation_date")
    if retires:
        try:
            facts["retires_on"] = date.fromisoformat(retires)
        except (TypeError, ValueError):
            detail = f"{retires!r} is not a date as 2026-11-23; was left out"
            found.remark(key, "deprecation_date", detail)
    return facts


def _counts(entry: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for field, fact in _COUNTS.items():
        value = entry.get(field)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            continue
        if 0 < value <= _LARGEST_COUNT:
            yield fact, int(value)
