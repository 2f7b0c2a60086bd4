"""The catalogue a fresh installation starts with, and needs no network for."""

from dataclasses import dataclass
from importlib.metadata import version

from catalog.coverage import SizeCoverage
from catalog.importers import genai_prices
from catalog.models import (
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingKind,
    Price,
    PriceSheet,
    SheetStatus,
)
from catalog.services.fact_files import load_fact_files
from catalog.services.held import has_applied_sheet, sheet_of_version
from catalog.services.imports import import_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSize:
    """Rows of the public catalogue, and how many chat listings have a known size."""

    offerings: int
    prices: int
    models: int
    coverage: SizeCoverage


def load_default_catalogue() -> PriceSheet:
    """Import the installed price package and the fact files, if they are news.

    Return the package's sheet. A version that was taken in before is not even
    exported again, so that it cannot undo newer prices that were fetched since; a
    first one is the baseline, its odd rows listed as warnings.
    """
    source = genai_prices.PACKAGE
    installed = version(source)
    sheet = sheet_of_version(source, installed)
    if sheet is None:
        first = not has_applied_sheet(source, None)
        sheet = import_sheet(
            source=source,
            content=genai_prices.export(),
            baseline=first,
            version=installed,
        )
    if sheet.status != SheetStatus.FAILED:
        load_fact_files()
    return sheet


def catalogue_size() -> CatalogueSize:
    """Count what the public catalogue holds, sized listings by their latest facts."""
    latest = ModelFacts.objects.order_by(
        "model_id", "-effective_from", "-received_at"
    ).distinct("model_id")
    facts = {
        model: (total is not None, open_weights)
        for model, total, open_weights in latest.values_list(
            "model_id", "total_parameters_b", "open_weights"
        )
    }
    chat = [
        facts.get(model, (False, None))
        for model in Offering.objects.filter(
            organization=None, kind=OfferingKind.CHAT
        ).values_list("model_id", flat=True)
    ]
    return CatalogueSize(
        offerings=Offering.objects.filter(organization=None).count(),
        prices=Price.objects.filter(offering__organization=None).count(),
        models=LanguageModel.objects.count(),
        coverage=SizeCoverage(
            chat=len(chat),
            chat_sized=sum(sized for sized, _ in chat),
            open_weights=sum(bool(is_open) for _, is_open in chat),
            open_weights_sized=sum(bool(is_open and sized) for sized, is_open in chat),
        ),
    )
