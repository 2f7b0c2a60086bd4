"""Turns a planned change of prices into rows, all in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from catalog.identity import Identity, identify
from catalog.importers.listings import Listing
from catalog.model_facts import own_facts
from catalog.models import (
    LanguageModel,
    Offering,
    OfferingFacts,
    Price,
    PriceSheet,
    Provider,
)
from catalog.rate_cards import tiers_to_json, windows_to_json
from catalog.services import fact_files
from catalog.services.held import FACT_FIELDS, HeldOffering
from catalog.services.screening import Key, OfferingPlan
from catalog.services.timelines import BEGINNING, PlannedPrice

BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class SheetPlan:
    """All that a sheet would write for its owner.

    `listings` are those this source may price; `plans` cover them and what it lost.
    """

    listings: tuple[Listing, ...]
    held: Mapping[Key, HeldOffering]
    plans: tuple[OfferingPlan, ...]
    is_first_sheet: bool

    @cached_property
    def new_listings(self) -> list[Listing]:
        """Listings that are no offerings yet."""
        return [each for each in self.listings if each.key not in self.held]

    @cached_property
    def changed_facts(self) -> list[tuple[Listing, dict[str, Any]]]:
        """Listings with facts that differ from the held ones, and all their facts."""
        return [
            (listing, facts)
            for listing in self.listings
            if (facts := _facts_after(listing, self.held.get(listing.key)))
        ]

    @property
    def writes_nothing(self) -> bool:
        """Whether the catalogue already says all of it."""
        return not (
            self.new_listings
            or self.changed_facts
            or any(plan.planned for plan in self.plans)
        )


def write(plan: SheetPlan, sheet: PriceSheet, *, received_at: datetime) -> None:
    """Write the plan's rows; the sheet's own moment is when its prices begin."""
    offerings = _offerings(plan, sheet, received_at)
    Price.objects.bulk_create(
        [
            _price(offerings[each.key], price, sheet, received_at)
            for each in plan.plans
            for price in each.planned
        ],
        batch_size=BATCH,
    )
    since = BEGINNING if plan.is_first_sheet else sheet.received_at
    OfferingFacts.objects.bulk_create(
        [
            OfferingFacts(
                offering=offerings[listing.key],
                effective_from=since,
                received_at=received_at,
                source=str(sheet)[:400],
                **facts,
            )
            for listing, facts in plan.changed_facts
        ],
        batch_size=BATCH,
    )


def _offerings(
    plan: SheetPlan, sheet: PriceSheet, received_at: datetime
) -> dict[Key, Offering]:
    """Return every offering the plan touches, created where it is new."""
    known = {
        each.key: Offering(pk=plan.held[each.key].id)
        for each in plan.plans
        if each.key in plan.held
    }
    adopted = [known[each.key].pk for each in plan.listings if each.key in known]
    Offering.objects.filter(pk__in=adopted, price_source="").update(
        price_source=sheet.source
    )
    new = plan.new_listings
    providers = _providers(new)
    identities = {each.key: identify(each.name, facts=own_facts()) for each in new}
    models = _models(identities.values(), received_at)
    created = [
        Offering(
            organization=sheet.organization,
            provider=providers[each.provider],
            model=models[identities[each.key].model],
            name=each.name,
            region=each.region,
            kind=each.kind,
            price_source=sheet.source,
        )
        for each in new
    ]
    Offering.objects.bulk_create(created, batch_size=BATCH)
    return known | {
        each.key: offering for each, offering in zip(new, created, strict=True)
    }


def _providers(listings: Iterable[Listing]) -> dict[str, Provider]:
    names = {each.provider: each.provider_name or each.provider for each in listings}
    Provider.objects.bulk_create(
        [Provider(slug=slug, name=name[:120]) for slug, name in names.items()],
        ignore_conflicts=True,
    )
    return {each.slug: each for each in Provider.objects.filter(slug__in=names)}


def _models(
    identities: Iterable[Identity], received_at: datetime
) -> dict[str, LanguageModel]:
    slugs = {each.model for each in identities}
    found = {each.slug: each for each in LanguageModel.objects.filter(slug__in=slugs)}
    new = [
        fact_files.new_model(slug, own_facts()) for slug in sorted(slugs - found.keys())
    ]
    LanguageModel.objects.bulk_create(new, batch_size=BATCH)
    fact_files.add_facts_of_new_models(new, received_at=received_at)
    return found | {each.slug: each for each in new}


def _price(
    offering: Offering, price: PlannedPrice, sheet: PriceSheet, received_at: datetime
) -> Price:
    card = price.after.card
    stated: dict[str, Any] = {"withdrawn": card is None}
    if card is not None:
        stated |= dict(card.rates.stated_or_none())
        stated["context_tiers"] = tiers_to_json(card.context_tiers)
        stated["windows"] = windows_to_json(card.windows)
    return Price(
        offering=offering,
        service_tier=price.service_tier,
        sheet=sheet,
        effective_from=price.effective_from,
        received_at=received_at,
        other_meters={
            name: str(rate) for name, rate in sorted(price.after.other_meters.items())
        },
        **stated,
    )


def _facts_after(listing: Listing, held: HeldOffering | None) -> dict[str, Any]:
    """Return all facts of a listing when the sheet changes any, else nothing.

    What the sheet does not state stays as it was known.
    """
    stated = dict(listing.facts)
    if held is None and "quantization" not in stated:
        quantization = identify(listing.name, facts=own_facts()).quantization
        if quantization:
            stated["quantization"] = quantization[:20]
    known = dict(held.facts) if held and held.facts else {}
    if all(known.get(name) == value for name, value in stated.items()):
        return {}
    after = {**known, **stated}
    return {name: after[name] for name in FACT_FIELDS if name in after}
