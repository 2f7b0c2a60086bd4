"""A small market with published quality, for tests that need a whole answer."""

from datetime import UTC, datetime
from decimal import Decimal

from catalog.models import Offering
from tests.factories.catalog import (
    CatalogueChangeFactory,
    LanguageModelFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    PriceSheetFactory,
    ProviderFactory,
    PublishedScoreFactory,
)

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
# The anchor of support chat and another of its benchmarks.
BENCHMARKS = ("mmlu-pro", "ifeval")

# Slug, provider, total parameters in billions, USD per Mtok in and out, scores.
MODELS = (
    ("small-8b", "cheapo", "8", "0.10", "0.20", ("0.55", "0.75")),
    ("medium-70b", "cheapo", "70", "0.60", "0.80", ("0.68", "0.85")),
    ("large-400b", "costly", "400", "3.00", "6.00", ("0.72", "0.88")),
    ("secret", "costly", None, "5.00", "15.00", ("0.75", "0.90")),
)


def open_market(*, received_at: datetime = JANUARY) -> dict[str, Offering]:
    """Make four models of the four size bands, each sold once; return by slug."""
    sheet = PriceSheetFactory(received_at=received_at)
    providers = {slug: ProviderFactory(slug=slug) for slug in ("cheapo", "costly")}
    offerings = {}
    for slug, provider, size, price_in, price_out, scores in MODELS:
        model = LanguageModelFactory(slug=slug)
        offering = OfferingFactory(model=model, provider=providers[provider])
        _facts(model, offering, size, received_at)
        PriceFactory(
            offering=offering,
            sheet=sheet,
            received_at=received_at,
            input_per_mtok=Decimal(price_in),
            output_per_mtok=Decimal(price_out),
        )
        for benchmark, score in zip(BENCHMARKS, scores, strict=True):
            PublishedScoreFactory(
                model=model,
                benchmark=benchmark,
                score=Decimal(score),
                received_at=received_at,
            )
        offerings[slug] = offering
    CatalogueChangeFactory(received_at=received_at)
    return offerings


def _facts(model, offering, size, received_at):
    ModelFactsFactory(
        model=model,
        received_at=received_at,
        total_parameters_b=size and Decimal(size),
        active_parameters_b=size and Decimal(size),
        parameters_basis="published" if size else "undisclosed",
        open_weights=bool(size),
        reasoning_tokens_ratio=0,
        tokenizer_ratio=1,
    )
    OfferingFactsFactory(offering=offering, received_at=received_at)
