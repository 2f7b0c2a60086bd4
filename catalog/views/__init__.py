"""The catalogue over the API."""

from catalog.views.listings import ModelViewSet, OfferingViewSet, ProviderViewSet
from catalog.views.sheets import PriceSheetViewSet
from catalog.views.terms import ContractTermViewSet

__all__ = [
    "ContractTermViewSet",
    "ModelViewSet",
    "OfferingViewSet",
    "PriceSheetViewSet",
    "ProviderViewSet",
]
