"""The pages of the API's lists, under the name that the settings use."""

from accounts.pagination import CatalogPagination, HistoryPagination

__all__ = ["CatalogPagination", "HistoryPagination"]
