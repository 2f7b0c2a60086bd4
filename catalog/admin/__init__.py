"""The admin pages of the catalogue: much to read, little to change, no price."""

from catalog.admin import dated, listings, sheets, terms

__all__ = ["dated", "listings", "sheets", "terms"]
