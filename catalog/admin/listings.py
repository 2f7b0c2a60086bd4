"""The admin pages of identities: who sells, which models, as which offerings."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, URLField
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin
from catalog.admin.rates import RatesShown
from catalog.models import (
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Price,
    Provider,
    PublishedScore,
)


class DatedInline(TabularInline):  # type: ignore[misc]  # untyped
    """Dated rows under what they are about, newest first, for reading."""

    extra = 0
    can_delete = False
    show_change_link = True
    hide_title = True
    ordering = ["-effective_from", "-received_at"]
    per_page = 20

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


class ModelFactsInline(DatedInline):
    """What was known of a model, when."""

    model = ModelFacts
    fields = [
        "effective_from",
        "received_at",
        "total_parameters_b",
        "active_parameters_b",
        "parameters_basis",
        "parameters_source",
        "open_weights",
        "context_tokens",
        "retires_on",
    ]


class PublishedScoreInline(DatedInline):
    """Published scores of a model."""

    model = PublishedScore
    fields = ["benchmark", "score", "source", "effective_from"]
    ordering = ["benchmark", "-effective_from", "-received_at"]


class OfferingFactsInline(DatedInline):
    """What was known of an offering, when."""

    model = OfferingFacts
    fields = [
        "effective_from",
        "received_at",
        "context_tokens",
        "supports_tools",
        "supports_json",
        "residency_regions",
        "zero_retention",
        "trains_on_data",
        "requests_per_minute_limit",
        "preview",
        "retires_on",
    ]


class PriceInline(RatesShown, DatedInline):
    """The price history of an offering."""

    model = Price
    fields = readonly_fields = [
        "service_tier",
        "effective_from",
        "received_at",
        "currency",
        "input_rate",
        "output_rate",
        "cache_read_rate",
        "withdrawn",
        "sheet",
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Price]":
        """Return the prices with their sheets."""
        rows: QuerySet[Price] = super().get_queryset(request)
        return rows.select_related("sheet")


class IdentityAdmin(AuditedModelAdmin):
    """What importers create and everything points at: renamed at most."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: price sheets and fact files name what exists."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: history names it."""
        return False


@admin.register(Provider)
class ProviderAdmin(IdentityAdmin):
    """Who sells."""

    list_display = ["name", "slug", "offerings_count", "website"]
    search_fields = ["name", "slug"]
    ordering = ["slug"]
    fields = ["slug", "name", "website"]
    readonly_fields = ["slug"]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> Any:
        """Take a website typed without a scheme to be https."""
        if isinstance(db_field, URLField):
            options["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Provider]":
        """Return the providers with a count of what they sell."""
        rows: QuerySet[Provider] = super().get_queryset(request)
        return rows.annotate(sold=Count("offerings"))

    @admin.display(description="Offerings", ordering="sold")
    def offerings_count(self, provider: Any) -> int:
        """Return how many offerings the provider has."""
        return int(provider.sold)


@admin.register(LanguageModel)
class LanguageModelAdmin(IdentityAdmin):
    """Models; what may change about one is in its dated facts."""

    list_display = ["slug", "name", "developer", "offerings_count"]
    list_filter = ["developer"]
    search_fields = ["slug", "name", "developer"]
    ordering = ["slug"]
    fields = ["slug", "name", "developer"]
    readonly_fields = ["slug", "developer"]
    inlines = [ModelFactsInline, PublishedScoreInline]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[LanguageModel]":
        """Return the models with a count of who sells them."""
        rows: QuerySet[LanguageModel] = super().get_queryset(request)
        return rows.annotate(sold=Count("offerings"))

    @admin.display(description="Offerings", ordering="sold")
    def offerings_count(self, model: Any) -> int:
        """Return in how many offerings the model is sold."""
        return int(model.sold)


@admin.register(Offering)
class OfferingAdmin(ReadOnlyAdmin):
    """Offerings with their facts and price history."""

    list_display = ["name", "provider", "model", "region", "kind", "organization"]
    list_filter = ["kind", ("organization", admin.EmptyFieldListFilter), "provider"]
    list_select_related = ["provider", "model", "organization"]
    search_fields = ["name", "provider__slug", "model__slug", "region"]
    ordering = ["provider__slug", "name", "region"]
    inlines = [PriceInline, OfferingFactsInline]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Offering]":
        """Return the offerings with what their page names."""
        rows: QuerySet[Offering] = super().get_queryset(request)
        return rows.select_related("provider", "model", "organization")
