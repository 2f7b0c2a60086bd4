"""A catalogue with valid defaults: every factory alone makes a row that counts."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from catalog.models import (
    CatalogueChange,
    ContractTerm,
    FxRate,
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Price,
    PriceSheet,
    Provider,
    PublishedScore,
)
from tests.factories.accounts import OrganizationFactory

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


class CatalogueChangeFactory(DjangoModelFactory):
    class Meta:
        model = CatalogueChange

    received_at = JANUARY
    reason = "a test's change"


class ProviderFactory(DjangoModelFactory):
    class Meta:
        model = Provider

    slug = factory.Sequence(lambda n: f"provider-{n}")
    name = factory.Sequence(lambda n: f"Provider {n}")


class LanguageModelFactory(DjangoModelFactory):
    class Meta:
        model = LanguageModel

    slug = factory.Sequence(lambda n: f"model-{n}")
    name = factory.Sequence(lambda n: f"Model {n}")


class OfferingFactory(DjangoModelFactory):
    """A public chat listing, still without a price."""

    class Meta:
        model = Offering

    provider = factory.SubFactory(ProviderFactory)
    model = factory.SubFactory(LanguageModelFactory)
    name = factory.SelfAttribute("model.slug")


class PriceSheetFactory(DjangoModelFactory):
    """A public sheet that has been applied."""

    class Meta:
        model = PriceSheet

    source = "csv"
    content = factory.Sequence(lambda n: f"sheet {n}")
    content_sha256 = factory.LazyAttribute(
        lambda sheet: hashlib.sha256(sheet.content.encode()).hexdigest()
    )
    status = "applied"
    received_at = JANUARY


class PriceFactory(DjangoModelFactory):
    """The standard tier at 0.20 in and 0.80 out, USD per Mtok."""

    class Meta:
        model = Price

    offering = factory.SubFactory(OfferingFactory)
    sheet = factory.SubFactory(PriceSheetFactory)
    effective_from = JANUARY
    received_at = factory.SelfAttribute("effective_from")
    input_per_mtok = Decimal("0.20")
    output_per_mtok = Decimal("0.80")


class ModelFactsFactory(DjangoModelFactory):
    """An open dense model of 8 B parameters."""

    class Meta:
        model = ModelFacts

    model = factory.SubFactory(LanguageModelFactory)
    effective_from = JANUARY
    received_at = factory.SelfAttribute("effective_from")
    total_parameters_b = active_parameters_b = Decimal("8")
    parameters_basis = "published"
    open_weights = True


class OfferingFactsFactory(DjangoModelFactory):
    class Meta:
        model = OfferingFacts

    offering = factory.SubFactory(OfferingFactory)
    effective_from = JANUARY
    received_at = factory.SelfAttribute("effective_from")
    context_tokens = 128_000


class PublishedScoreFactory(DjangoModelFactory):
    class Meta:
        model = PublishedScore

    model = factory.SubFactory(LanguageModelFactory)
    effective_from = JANUARY
    received_at = factory.SelfAttribute("effective_from")
    benchmark = "mmlu-pro"
    score = Decimal("0.5")
    source = "https://example.com/scores"


class ContractTermFactory(DjangoModelFactory):
    """20 % off everything of one provider."""

    class Meta:
        model = ContractTerm

    organization = factory.SubFactory(OrganizationFactory)
    provider = factory.SubFactory(ProviderFactory)
    effective_from = JANUARY
    received_at = factory.SelfAttribute("effective_from")
    discount_percent = Decimal("20")


class FxRateFactory(DjangoModelFactory):
    class Meta:
        model = FxRate

    currency = "EUR"
    effective_from = JANUARY
    received_at = factory.SelfAttribute("effective_from")
    usd_per_unit = Decimal("1.10")
    source = "https://example.com/rates"
