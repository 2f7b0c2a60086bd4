"""The admin pages of dated rows that sheets and fact files wrote, for reading."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audited_admin import ReadOnlyAdmin
from catalog.admin.rates import RatesShown
from catalog.models import (
    CatalogueChange,
    ModelFacts,
    OfferingFacts,
    Price,
    PublishedScore,
)


@admin.register(Price)
class PriceAdmin(RatesShown, ReadOnlyAdmin):
    """Prices are added by sheets and never rewritten: the past keeps its price."""

    list_display = [
        "offering_name",
        "service_tier",
        "effective_from",
        "currency",
        "input_rate",
        "output_rate",
        "cache_read_rate",
        "withdrawn",
        "received_at",
    ]
    list_filter = ["service_tier", "withdrawn", "sheet__source"]
    search_fields = ["offering__name", "offering__provider__slug"]
    date_hierarchy = "received_at"
    ordering = ["-received_at", "-pk"]
    # Counting millions of rows for a page's foot is not worth it.
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Price]":
        """Return the prices with what their line names."""
        rows: QuerySet[Price] = super().get_queryset(request)
        return rows.select_related("offering__provider", "sheet")

    @admin.display(description="Offering", ordering="offering__name")
    def offering_name(self, price: Price) -> str:
        """Return provider and name."""
        return f"{price.offering.provider.slug} / {price.offering.name}"


@admin.register(ModelFacts)
class ModelFactsAdmin(ReadOnlyAdmin):
    """Every reading of what is known of models."""

    list_display = [
        "model",
        "effective_from",
        "total_parameters_b",
        "active_parameters_b",
        "parameters_basis",
        "open_weights",
        "received_at",
    ]
    list_filter = ["parameters_basis", "open_weights", "deprecated"]
    list_select_related = ["model"]
    search_fields = ["model__slug", "parameters_source"]
    ordering = ["-received_at", "-pk"]


@admin.register(OfferingFacts)
class OfferingFactsAdmin(ReadOnlyAdmin):
    """Every reading of what is known of offerings."""

    list_display = [
        "offering",
        "effective_from",
        "context_tokens",
        "zero_retention",
        "preview",
        "deprecated",
        "retires_on",
        "received_at",
    ]
    list_filter = ["preview", "deprecated", "zero_retention"]
    list_select_related = ["offering__provider"]
    search_fields = ["offering__name", "source"]
    ordering = ["-received_at", "-pk"]


@admin.register(PublishedScore)
class PublishedScoreAdmin(ReadOnlyAdmin):
    """Scores that somebody published, with their sources."""

    list_display = ["model", "benchmark", "score", "effective_from", "source"]
    list_filter = ["benchmark"]
    list_select_related = ["model"]
    search_fields = ["model__slug", "benchmark", "source"]
    ordering = ["benchmark", "-score", "pk"]


@admin.register(CatalogueChange)
class CatalogueChangeAdmin(ReadOnlyAdmin):
    """What changed the catalogue, when: the moments that advice can be asked about."""

    list_display = ["received_at", "reason"]
    search_fields = ["reason"]
    date_hierarchy = "received_at"
    ordering = ["-received_at"]
