"""The catalogue as one owner holds it, read for comparison with a sheet."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Organization
from catalog.models import Offering, OfferingFacts, Price, PriceSheet, SheetStatus
from catalog.rate_cards import (
    METERS,
    RateCard,
    Rates,
    tiers_from_json,
    windows_from_json,
)
from catalog.services.screening import Key
from catalog.services.timelines import WITHDRAWN, Terms, Timeline, terms_at

FACT_FIELDS = tuple(
    item.name
    for item in OfferingFacts._meta.concrete_fields
    if item.name not in {"id", "offering", "effective_from", "received_at", "source"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOffering:
    """One offering with its latest facts and the latest reading of all its prices."""

    id: UUID
    key: Key
    price_source: str
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    facts: Mapping[str, Any] | None = None

    def is_offered(self, at: datetime) -> bool:
        """Tell whether any service tier has a price at a moment."""
        return any(
            (terms_at(timeline, at) or WITHDRAWN) != WITHDRAWN
            for timeline in self.timelines.values()
        )


def held_offerings(organization: Organization | None) -> dict[Key, HeldOffering]:
    """Return the owner's offerings by provider, name and region; None is public."""
    timelines = _timelines(organization)
    facts = _facts(organization)
    rows = Offering.objects.filter(organization=organization).values_list(
        "id", "provider__slug", "name", "region", "price_source"
    )
    return {
        (provider, name, region): HeldOffering(
            id=pk,
            key=(provider, name, region),
            price_source=source,
            timelines=timelines.get(pk, {}),
            facts=facts.get(pk),
        )
        for pk, provider, name, region, source in rows
    }


def latest_sheet(source: str, organization: Organization | None) -> PriceSheet | None:
    """Return what came last from a source and could be read, whatever became of it."""
    return (
        PriceSheet.objects.filter(source=source, organization=organization)
        .exclude(status=SheetStatus.FAILED)
        .order_by("-received_at")
        .defer("content", "report")
        .first()
    )


def sheet_of_version(source: str, version: str) -> PriceSheet | None:
    """Return the public sheet of a source that has a version, if it could be read."""
    return (
        PriceSheet.objects.filter(source=source, organization=None, version=version)
        .exclude(status=SheetStatus.FAILED)
        .order_by("-received_at")
        .defer("content", "report")
        .first()
    )


def has_applied_sheet(source: str, organization: Organization | None) -> bool:
    """Tell whether a source has written prices before."""
    return PriceSheet.objects.filter(
        source=source, organization=organization, status=SheetStatus.APPLIED
    ).exists()


def _timelines(
    organization: Organization | None,
) -> dict[UUID, dict[str, dict[datetime, Terms]]]:
    found: dict[UUID, dict[str, dict[datetime, Terms]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    rows = (
        Price.objects.filter(offering__organization=organization)
        # A later reading of the same moment replaces the earlier one below.
        .order_by("received_at", "id")
        .values_list(
            "offering_id",
            "service_tier",
            "effective_from",
            "withdrawn",
            "other_meters",
            "context_tiers",
            "windows",
            *METERS,
        )
    )
    for offering, tier, moment, withdrawn, *stated in rows:
        found[offering][tier][moment] = WITHDRAWN if withdrawn else _terms(*stated)
    return found


def _terms(
    other_meters: Mapping[str, str],
    context_tiers: list[Any],
    windows: list[Any],
    *rates: Decimal | None,
) -> Terms:
    card = RateCard(
        rates=Rates(**dict(zip(METERS, rates, strict=True))),
        context_tiers=tiers_from_json(context_tiers),
        windows=windows_from_json(windows),
    )
    return Terms(card, {name: Decimal(rate) for name, rate in other_meters.items()})


def _facts(organization: Organization | None) -> dict[UUID, dict[str, Any]]:
    rows = (
        OfferingFacts.objects.filter(offering__organization=organization)
        .order_by("effective_from", "received_at", "id")
        .values("offering_id", *FACT_FIELDS)
    )
    return {row.pop("offering_id"): row for row in rows}
