"""Prices of the models of a replay: `model,input_usd_per_mtok,output_usd_per_mtok`."""

import csv
import io
from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

from benchmarks.importers.reading import Unreadable

COLUMNS = ("model", "input_usd_per_mtok", "output_usd_per_mtok")


class Offer(NamedTuple):
    """What a model charges, in USD per million tokens."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float


def read_offers(text: str) -> dict[str, Offer]:
    """Return the offers of a CSV file by model; other columns are ignored.

    Raises Unreadable with the row, the column and what to do.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise Unreadable(f"Row 1: {missing[0]}: The column is missing: add it.")
    offers: dict[str, Offer] = {}
    for row in reader:
        where = f"Row {reader.line_num}"
        model = (row["model"] or "").strip()
        if not model:
            raise Unreadable(f"{where}: model: Is missing: name the model.")
        if model in offers:
            raise Unreadable(f"{where}: model: {model!r} is repeated: keep one price.")
        offers[model] = _offer(where, row)
    if not offers:
        raise Unreadable("There are no rows: give one for each model.")
    return offers


def _offer(where: str, row: Mapping[str, str | None]) -> Offer:
    offer = Offer(*(_price(where, name, row[name]) for name in COLUMNS[1:]))
    if not any(offer):
        raise Unreadable(
            f"{where}: {COLUMNS[1]}: Is zero like {COLUMNS[2]}: give a price above"
            " zero, as costs are compared by their ratio."
        )
    return offer


def _price(where: str, column: str, cell: str | None) -> float:
    try:
        price = float(cell or "")
    except ValueError:
        price = -1.0
    if not (isfinite(price) and price >= 0):
        raise Unreadable(
            f"{where}: {column}: {(cell or '')[:40]!r} is no price: give USD per"
            " million tokens, 0 or more."
        )
    return price
