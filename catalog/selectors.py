"""Reads of the catalogue as it stands at a moment, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts.models import Organization
from catalog.models import (
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Price,
    Provider,
    PublishedScore,
)

Row = TypeVar("Row", bound=Model)
Found = TypeVar("Found", Provider, LanguageModel)

# Billions of total parameters: small below the first, large from the second on.
SMALL_BELOW_B = 13
LARGE_FROM_B = 100
SIZE_BANDS = {
    "small": Q(total_parameters_b__lt=SMALL_BELOW_B),
    "medium": Q(
        total_parameters_b__gte=SMALL_BELOW_B, total_parameters_b__lt=LARGE_FROM_B
    ),
    "large": Q(total_parameters_b__gte=LARGE_FROM_B),
}
UNDISCLOSED = "undisclosed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What held at `as_of`, as far as it was known at `known_at`."""

    as_of: datetime
    known_at: datetime


def holding(rows: "QuerySet[Row]", key: Iterable[str], at: Moment) -> "QuerySet[Row]":
    """Return the dated row that holds at a moment, one for each `key`."""
    key = list(key)
    return (
        rows.filter(effective_from__lte=at.as_of, received_at__lte=at.known_at)
        .order_by(*key, "-effective_from", "-received_at")
        .distinct(*key)
    )


def size_band(facts: ModelFacts | None) -> str:
    """Return the size band by total parameters; without any, "undisclosed"."""
    total = facts.total_parameters_b if facts else None
    if total is None:
        return UNDISCLOSED
    if total < SMALL_BELOW_B:
        return "small"
    return "medium" if total < LARGE_FROM_B else "large"


def models_where(condition: Q, at: Moment) -> "QuerySet[ModelFacts, Any]":
    """Return the ids of the models whose facts, holding at a moment, say so."""
    facts = holding(ModelFacts.objects.all(), ["model_id"], at)
    return ModelFacts.objects.filter(condition, pk__in=facts.values("pk")).values(
        "model_id"
    )


def in_band(band: str, at: Moment, *, model: str = "model_id") -> Q:
    """Return the condition that a model (its id in field `model`) is of a size band."""
    if band != UNDISCLOSED:
        return Q(**{f"{model}__in": models_where(SIZE_BANDS[band], at)})
    disclosed = models_where(Q(total_parameters_b__isnull=False), at)
    return ~Q(**{f"{model}__in": disclosed})


def with_open_weights(open_weights: bool, at: Moment, *, model: str = "model_id") -> Q:
    """Return the condition that a model's weights are open, or known not to be."""
    return Q(**{f"{model}__in": models_where(Q(open_weights=open_weights), at)})


def listed_for(
    rows: "QuerySet[Found]", organization: Organization
) -> "QuerySet[Found]":
    """Drop providers or models that are known from other organizations alone."""
    link = "provider" if rows.model is Provider else "model"
    theirs = Offering.objects.filter(**{link: OuterRef("pk")})
    return rows.filter(Exists(theirs.visible_to(organization)) | ~Exists(theirs))


def visible_offering(
    offering_id: UUID, *, organization: Organization
) -> Offering | None:
    """Return an offering that the organization may buy, or None."""
    return Offering.objects.visible_to(organization).filter(pk=offering_id).first()


def visible_offerings(
    offering_ids: Iterable[UUID], *, organization: Organization
) -> set[UUID]:
    """Return those of the ids that are offerings which the organization may buy."""
    found = Offering.objects.visible_to(organization).filter(pk__in=offering_ids)
    return set(found.values_list("pk", flat=True))


def unknown_providers(
    slugs: Iterable[str], *, organization: Organization
) -> dict[str, str | None]:
    """Return the slugs that name no provider, each with the closest that does."""
    return _unknown(slugs, listed_for(Provider.objects.all(), organization))


def unknown_models(
    slugs: Iterable[str], *, organization: Organization
) -> dict[str, str | None]:
    """Return the slugs that name no model, each with the closest that does."""
    return _unknown(slugs, listed_for(LanguageModel.objects.all(), organization))


def _unknown(slugs: Iterable[str], rows: "QuerySet[Any]") -> dict[str, str | None]:
    asked = set(slugs)
    if not asked:
        return {}
    missing = asked - set(rows.filter(slug__in=asked).values_list("slug", flat=True))
    if not missing:
        return {}
    return {slug: closest_slug(slug, rows) for slug in sorted(missing)}


def closest_slug(slug: str, rows: "QuerySet[Any]") -> str | None:
    """Return the slug among the rows that looks most like another, if any does."""
    known = rows.values_list("slug", flat=True)
    return next(iter(get_close_matches(slug, known, n=1)), None)


@dataclass(frozen=True, slots=True)
class Details:
    """The dated rows that hold for one page of offerings or models."""

    model_facts: Mapping[UUID, ModelFacts] = field(default_factory=dict)
    offering_facts: Mapping[UUID, OfferingFacts] = field(default_factory=dict)
    prices: Mapping[UUID, list[Price]] = field(default_factory=dict)


def offering_details(offerings: Iterable[Offering], at: Moment) -> Details:
    """Return facts and prices of some offerings in three queries.

    A tier that was withdrawn from the list has no price.
    """
    offerings = list(offerings)
    ids = [offering.pk for offering in offerings]
    facts = OfferingFacts.objects.filter(offering__in=ids)
    prices = Price.objects.filter(offering__in=ids).select_related("sheet")
    by_offering = defaultdict(list)
    for price in holding(prices, ["offering_id", "service_tier"], at):
        if not price.withdrawn:
            by_offering[price.offering_id].append(price)
    models = {offering.model_id for offering in offerings}
    return Details(
        model_facts=_model_facts(models, at),
        offering_facts={
            row.offering_id: row for row in holding(facts, ["offering_id"], at)
        },
        prices=by_offering,
    )


def model_details(models: Iterable[LanguageModel], at: Moment) -> Details:
    """Return the facts of some models in one query."""
    return Details(model_facts=_model_facts({model.pk for model in models}, at))


def _model_facts(ids: set[Any], at: Moment) -> dict[UUID, ModelFacts]:
    rows = ModelFacts.objects.filter(model__in=ids)
    return {row.model_id: row for row in holding(rows, ["model_id"], at)}


def published_scores(model: LanguageModel, at: Moment) -> "QuerySet[PublishedScore]":
    """Return a model's published score on each benchmark."""
    return holding(PublishedScore.objects.filter(model=model), ["benchmark"], at)
