"""The addresses of the catalogue, mounted under `/api/v1/`."""

from django.urls import URLPattern
from rest_framework.routers import BaseRouter

from catalog.views import (
    ContractTermViewSet,
    ModelViewSet,
    OfferingViewSet,
    PriceSheetViewSet,
    ProviderViewSet,
)


def register(router: BaseRouter) -> None:
    """Add the viewsets to the API's router."""
    router.register("providers", ProviderViewSet, "provider")
    router.register("models", ModelViewSet, "model")
    router.register("offerings", OfferingViewSet, "offering")
    router.register("price-sheets", PriceSheetViewSet, "price-sheet")
    router.register("contract-terms", ContractTermViewSet, "contract-term")


urlpatterns: list[URLPattern] = []
