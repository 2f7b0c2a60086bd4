"""Which planned prices an admin should see before they count. Pure: no Django.

The usual ratios were measured on public price maps (November 2026): cache reads at
0.10 of the prompt's price (0.05 to 0.25), batch and flex at 0.50, priority at 1.75 to
2, a fixed region at 1.10. Only what newly leaves them is reported: a provider that
always charged otherwise is no news.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.rate_cards import RateCard
from catalog.services.timelines import (
    PlannedPrice,
    Terms,
    Timeline,
    extended,
    terms_at,
)

# A sheet that loses a larger share of its source's listings is held.
LOST_SHARE = Decimal("0.05")
# A price that moves by a larger factor, up or down, is held.
MOVE_FACTOR = Decimal(3)

# Bounds on ratios, widened by a twentieth for prices that were rounded for print.
CACHE_READ = (Decimal("0.0475"), Decimal("0.2625"))
TIER_BOUNDS: Mapping[str, tuple[Decimal, Decimal]] = {
    "batch": (Decimal("0.475"), Decimal("0.525")),
    "flex": (Decimal("0.475"), Decimal("0.525")),
    "priority": (Decimal("1.6625"), Decimal("2.10")),
}
# No surcharge for a region is as usual as the one of a tenth; government regions and
# some in Asia take a fifth.
RESIDENCY = (Decimal("0.95"), Decimal("1.21"))

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingPlan:
    """What a sheet adds to one listing; timelines are by service tier."""

    key: Key
    held: Mapping[str, Timeline]
    planned: tuple[PlannedPrice, ...]

    @property
    def after(self) -> Mapping[str, Timeline]:
        """The timelines with the planned rows in them."""
        tiers = {*self.held, *(price.service_tier for price in self.planned)}
        return {
            tier: extended(
                self.held.get(tier, {}),
                (price for price in self.planned if price.service_tier == tier),
            )
            for tier in tiers
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A row that an admin should look at, and why; `value` is the factor or ratio."""

    key: Key
    service_tier: str
    effective_from: datetime
    meter: str
    before: Decimal | None
    after: Decimal | None
    value: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Ratio:
    service_tier: str
    meter: str
    value: Decimal
    reason: str


def screen(plans: Iterable[OfferingPlan]) -> list[Suspicion]:
    """Return what is suspicious in the plans, in their order."""
    plans = list(plans)
    by_key = {plan.key: plan for plan in plans}
    found: list[Suspicion] = []
    for plan in plans:
        for price in plan.planned:
            found += _moves(plan.key, price)
            found += _newly_free(plan.key, price)
        found += _new_ratios(plan, by_key.get((*plan.key[:2], "")))
    return found


def loses_too_many(*, lost: int, known: int) -> bool:
    """Tell whether a sheet that lost `lost` of `known` listings is to be held."""
    return lost > known * LOST_SHARE


def _moves(key: Key, price: PlannedPrice) -> Iterator[Suspicion]:
    before, after = _stated(price.before), _stated(price.after)
    for meter in before.keys() & after.keys():
        old, new = before[meter], after[meter]
        if _moved_too_far(old, new):
            yield Suspicion(
                key=key,
                service_tier=price.service_tier,
                effective_from=price.effective_from,
                meter=meter,
                before=old,
                after=new,
                value=new / old if old else None,
                reason="moved more than threefold",
            )


def _moved_too_far(old: Decimal, new: Decimal) -> bool:
    if not old or not new:
        return old != new
    return not 1 / MOVE_FACTOR <= new / old <= MOVE_FACTOR


def _newly_free(key: Key, price: PlannedPrice) -> Iterator[Suspicion]:
    """A listing that starts at zero: often a price that the sheet does not know."""
    card = price.after.card
    if price.change != "new" or card is None or "free" in key[1].lower():
        return
    stated = {rate for _, rate in card.rates.stated_or_none() if rate is not None}
    # A rerank listing is at zero per token and charges per search.
    if stated == {Decimal(0)} and not any(price.after.other_meters.values()):
        yield Suspicion(
            key=key,
            service_tier=price.service_tier,
            effective_from=price.effective_from,
            meter="input_per_mtok",
            before=None,
            after=Decimal(0),
            value=None,
            reason="says free; a price nobody knows must be left out",
        )


def _new_ratios(plan: OfferingPlan, anywhere: OfferingPlan | None) -> list[Suspicion]:
    """Compare the ratios before and after at every moment that gets a row."""
    found: dict[tuple[str, str], Suspicion] = {}
    elsewhere = anywhere if plan.key[2] and anywhere else None
    after = plan.after
    for moment in sorted({price.effective_from for price in plan.planned}):
        usual = {
            (each.service_tier, each.meter, each.reason)
            for each in _unusual(
                plan.held, elsewhere.held if elsewhere else None, moment
            )
        }
        for each in _unusual(after, elsewhere.after if elsewhere else None, moment):
            if (each.service_tier, each.meter, each.reason) in usual:
                continue
            suspicion = Suspicion(
                key=plan.key,
                service_tier=each.service_tier,
                effective_from=moment,
                meter=each.meter,
                before=_rate(plan.held.get(each.service_tier), each.meter, moment),
                after=_rate(after.get(each.service_tier), each.meter, moment),
                value=each.value,
                reason=each.reason,
            )
            found.setdefault((each.service_tier, each.meter), suspicion)
    return list(found.values())


def _unusual(
    tiers: Mapping[str, Timeline],
    anywhere: Mapping[str, Timeline] | None,
    moment: datetime,
) -> Iterator[_Ratio]:
    """Yield every ratio outside its bounds at a moment."""
    cards = {tier: _card(timeline, moment) for tier, timeline in tiers.items()}
    standard = cards.get("standard")
    if standard is not None:
        # Other tiers often keep the standard price of a cache read.
        yield from _cache_ratio("standard", standard)
    for tier, card in cards.items():
        if card is not None and standard is not None and tier in TIER_BOUNDS:
            reason = f"{tier} is not at the usual ratio to standard"
            yield from _ratios(tier, card, standard, TIER_BOUNDS[tier], reason)
    unbound = _card((anywhere or {}).get("standard", {}), moment)
    if standard is not None and unbound is not None:
        reason = "the region is not at the usual ratio to no region"
        yield from _ratios("standard", standard, unbound, RESIDENCY, reason)


def _cache_ratio(tier: str, card: RateCard) -> Iterator[_Ratio]:
    prompt, read = card.rates.input_per_mtok, card.rates.cache_read_per_mtok
    if prompt and read is not None:
        ratio = read / prompt
        if not CACHE_READ[0] <= ratio <= CACHE_READ[1]:
            reason = "a cache read is not at the usual ratio to input"
            yield _Ratio(tier, "cache_read_per_mtok", ratio, reason)


def _ratios(
    tier: str,
    card: RateCard,
    to: RateCard,
    bounds: tuple[Decimal, Decimal],
    reason: str,
) -> Iterator[_Ratio]:
    for meter in ("input_per_mtok", "output_per_mtok"):
        rate, reference = getattr(card.rates, meter), getattr(to.rates, meter)
        if rate is None or not reference:
            continue
        if not bounds[0] <= rate / reference <= bounds[1]:
            yield _Ratio(tier, meter, rate / reference, reason)


def _card(timeline: Timeline, moment: datetime) -> RateCard | None:
    terms = terms_at(timeline, moment)
    return terms.card if terms else None


def _rate(timeline: Timeline | None, meter: str, moment: datetime) -> Decimal | None:
    card = _card(timeline or {}, moment)
    rate: Decimal | None = getattr(card.rates, meter) if card else None
    return rate


def _stated(terms: Terms | None) -> dict[str, Decimal]:
    """Return every stated rate with a label: the meter, its threshold, its window."""
    if terms is None or terms.card is None:
        return {}
    card = terms.card
    labelled = [("", card.rates)]
    labelled += [
        (f" above {tier.above_prompt_tokens}", tier.rates)
        for tier in card.context_tiers
    ]
    labelled += [
        (f" {window.starts:%H:%M}-{window.ends:%H:%M}", window.rates)
        for window in card.windows
    ]
    return {
        f"{meter}{label}": rate
        for label, rates in labelled
        for meter, rate in rates.stated_or_none()
        if rate is not None
    }
