"""The catalogue: identities that stay, and dated rows for all that may change."""

from catalog.models.changes import CatalogueChange, Concern
from catalog.models.facts import ModelFacts, OfferingFacts, PublishedScore
from catalog.models.listings import LanguageModel, Offering, OfferingKind, Provider
from catalog.models.prices import Price, PriceSheet, ServiceTier, SheetStatus
from catalog.models.terms import ContractTerm, FxRate

__all__ = [
    "CatalogueChange",
    "Concern",
    "ContractTerm",
    "FxRate",
    "LanguageModel",
    "ModelFacts",
    "Offering",
    "OfferingFacts",
    "OfferingKind",
    "Price",
    "PriceSheet",
    "Provider",
    "PublishedScore",
    "ServiceTier",
    "SheetStatus",
]
