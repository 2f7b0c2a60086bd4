"""How the admin pages show rates."""

from decimal import Decimal

from django.contrib import admin

from catalog.fields import plain
from catalog.models import Price


class RatesShown:
    """Shows rates without idle zeros, beside their currency."""

    @admin.display(description="Input / Mtok")
    def input_rate(self, price: Price) -> str:
        """Return the rate of a prompt's tokens."""
        return shown_rate(price.input_per_mtok)

    @admin.display(description="Output / Mtok")
    def output_rate(self, price: Price) -> str:
        """Return the rate of an answer's tokens."""
        return shown_rate(price.output_per_mtok)

    @admin.display(description="Cache read / Mtok")
    def cache_read_rate(self, price: Price) -> str:
        """Return the rate of a cached prompt's tokens."""
        return shown_rate(price.cache_read_per_mtok)

    @admin.display(description="Currency")
    def currency(self, price: Price) -> str:
        """Return the currency of the sheet."""
        return price.sheet.currency


def shown_rate(rate: Decimal | None) -> str:
    """Return a rate without idle zeros; a dash is unknown."""
    return "-" if rate is None else plain(rate)
