"""One module per price sheet format, each with one pure `parse(content)`."""

from collections.abc import Callable, Mapping

from catalog.importers import csv_sheet, genai_prices, litellm
from catalog.importers.listings import ParsedSheet

SHEET_FORMATS: Mapping[str, Callable[[str], ParsedSheet]] = {
    "csv": csv_sheet.parse,
    "genai-prices": genai_prices.parse,
    "litellm": litellm.parse,
}


def format_of(source: str) -> str:
    """Return the format of a source: `csv:team-a` is a sheet of its own, as CSV."""
    return source.partition(":")[0]
