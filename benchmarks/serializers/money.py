"""Amounts of US dollars beside their currency."""

from decimal import Decimal
from typing import Any

from catalog.fields import plain
from workloads.questions import CURRENCY


def usd(amount: Decimal | None) -> dict[str, Any] | None:
    """Return an amount as every answer shows it; None, for unknown, stays None."""
    if amount is None:
        return None
    return {"amount": plain(amount), "currency": CURRENCY}
