"""The admin pages of the catalogue: much to read, little to change, no price."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet, URLField
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin, person
from catalog.fields import plain
from catalog.models import (
    CatalogueChange,
    ContractTerm,
    FxRate,
    LanguageModel,
    ModelFacts,
    Offering,
    OfferingFacts,
    Price,
    Provider,
    PublishedScore,
)
from catalog.services import terms as services

SHOWN_RATES = ("input_per_mtok", "output_per_mtok", "cache_read_per_mtok")


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


class AddOnlyAdmin(AuditedModelAdmin):
    """Dated rows that an admin adds and nobody rewrites."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: add a newer row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: advice was computed with it."""
        return False

    def record(self, *args: Any, **detail: Any) -> None:
        """Do nothing: the services that these pages call audit themselves."""

    def stated(self, obj: Any, form: Any) -> dict[str, Any]:
        """Return the fields that the form asked for."""
        return {name: getattr(obj, name) for name in form.cleaned_data}

    def adopt(self, obj: Model, added: Model) -> None:
        """Let the page go on with the row that the service added."""
        obj.pk = added.pk
        obj.refresh_from_db()


@admin.register(ContractTerm)
class ContractTermAdmin(AddOnlyAdmin):
    """What organizations agreed with providers."""

    list_display = [
        "organization",
        "provider",
        "model",
        "service_tier",
        "discount_percent",
        "input_per_mtok",
        "output_per_mtok",
        "effective_from",
        "effective_to",
    ]
    list_select_related = ["organization", "provider", "model"]
    search_fields = ["organization__slug", "provider__slug", "model__slug", "note"]
    autocomplete_fields = ["organization", "provider", "model"]
    ordering = ["-received_at", "pk"]
    asked = [
        "organization",
        "provider",
        "model",
        "service_tier",
        "discount_percent",
        "input_per_mtok",
        "output_per_mtok",
        "cache_read_per_mtok",
        "effective_from",
        "effective_to",
        "note",
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return what is asked of a new term, or all of an old one."""
        return self.asked if obj is None else [*self.asked, "received_at"]

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Add the term as a dated change of the catalogue."""
        fields = self.stated(obj, form)
        added = services.add_contract_term(
            organization=fields.pop("organization"), fields=fields, user=person(request)
        )
        self.adopt(obj, added)


@admin.register(FxRate)
class FxRateAdmin(AddOnlyAdmin):
    """US dollars for one unit of a currency, with source and date."""

    list_display = ["currency", "usd_per_unit", "effective_from", "source"]
    list_filter = ["currency"]
    search_fields = ["currency", "source"]
    date_hierarchy = "effective_from"
    ordering = ["-effective_from", "-pk"]
    asked = ["currency", "usd_per_unit", "effective_from", "source"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return what is asked of a new rate, or all of an old one."""
        return self.asked if obj is None else [*self.asked, "received_at"]

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Add the rate as a dated change of the catalogue."""
        fields = self.stated(obj, form)
        self.adopt(obj, services.add_fx_rate(fields=fields, user=person(request)))


@admin.register(CatalogueChange)
class CatalogueChangeAdmin(ReadOnlyAdmin):
    """What changed the catalogue, when: the moments that advice can be asked about."""

    list_display = ["received_at", "reason"]
    search_fields = ["reason"]
    date_hierarchy = "received_at"
    ordering = ["-received_at"]


def shown_rate(rate: Any) -> str:
    """Return a rate without idle zeros; a dash is unknown."""
    return "-" if rate is None else plain(rate)
