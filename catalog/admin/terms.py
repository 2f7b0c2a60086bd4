"""The admin pages of what an admin adds: contract terms and exchange rates."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.audited_admin import AuditedModelAdmin, person
from catalog.models import ContractTerm, FxRate
from catalog.services import terms as services


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
