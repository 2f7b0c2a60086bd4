"""What the API takes and shows of the catalogue."""

from catalog.serializers.listings import (
    ModelDetailSerializer,
    ModelSerializer,
    OfferingReferenceSerializer,
    OfferingSerializer,
    PriceSerializer,
    ProviderSerializer,
)
from catalog.serializers.terms import ContractTermSerializer

__all__ = [
    "ContractTermSerializer",
    "ModelDetailSerializer",
    "ModelSerializer",
    "OfferingReferenceSerializer",
    "OfferingSerializer",
    "PriceSerializer",
    "ProviderSerializer",
]
