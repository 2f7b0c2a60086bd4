"""Looks for newer public price sheets at the addresses that an operator set."""

import logging
from collections.abc import Mapping

from catalog.importers import SHEET_FORMATS, format_of
from catalog.models import PriceSheet
from catalog.price_updates import FetchFailed, fetch
from catalog.services.imports import import_sheet, record_failure

logger = logging.getLogger(__name__)


def update_prices(addresses: Mapping[str, str]) -> list[PriceSheet]:
    """Fetch and take in the sheet of every source; return what became of each.

    `addresses` maps a source to its URL. One that cannot be had is recorded as a failed
    sheet, its last good prices stay, and the others are still looked at.
    """
    sheets = []
    for source, url in addresses.items():
        if format_of(source) not in SHEET_FORMATS:
            logger.error("PRICE_SHEET_URLS names no sheet format: %s", source)
            continue
        try:
            content = fetch(url)
        except FetchFailed as failure:
            logger.warning("No new prices from %s: %s", source, failure)
            sheets.append(record_failure(source=source, detail=str(failure)))
            continue
        sheet = import_sheet(source=source, content=content)
        logger.info("Price sheet %s: %s", sheet, sheet.status)
        sheets.append(sheet)
    return sheets
