"""What the API takes and shows of the catalogue."""

from catalog.serializers.listings import (
    ModelDetailSerializer,
    ModelSerializer,
    OfferingReferenceSerializer,
    OfferingSerializer,
    PriceSerializer,
    ProviderSerializer,
)
from catalog.serializers.sheets import (
    DecisionSerializer,
    PriceSheetDetailSerializer,
    PriceSheetSerializer,
    PriceSheetUploadSerializer,
)
from catalog.serializers.terms import ContractTermSerializer

__all__ = [
    "ContractTermSerializer",
    "DecisionSerializer",
    "ModelDetailSerializer",
    "ModelSerializer",
    "OfferingReferenceSerializer",
    "OfferingSerializer",
    "PriceSerializer",
    "PriceSheetDetailSerializer",
    "PriceSheetSerializer",
    "PriceSheetUploadSerializer",
    "ProviderSerializer",
]
