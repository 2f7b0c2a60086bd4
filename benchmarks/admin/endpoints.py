"""The admin page of endpoints, with how fast each has been."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanSwitchWidget

from benchmarks import services
from benchmarks.admin.charts import history_charts
from benchmarks.admin.tried import ServiceAdmin, ServiceForm
from benchmarks.listings import with_credential_told
from benchmarks.models import Endpoint

FIXED = ("organization", "offering", "service_tier")
# Of one that is there already: whose it is says more than an empty organization.
FIXED_SHOWN = ("whose", "offering", "service_tier")
STATED = (
    "name",
    "base_url",
    "protocol",
    "wire_model",
    "credential_header",
    "headers",
    "enabled",
    "prompt_billed_once",
)


class EndpointForm(ServiceForm):
    """Asks for a credential and never shows one."""

    shown_as = {"credential": "new_credential"}
    new_credential = forms.CharField(
        required=False,
        strip=False,
        label="Credential",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    forget_credential = forms.BooleanField(
        required=False,
        label="Forget the credential",
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["headers"].widget.attrs["rows"] = 3
        kept = getattr(self.instance, "has_credential", False)
        self.fields["new_credential"].help_text = (
            "Set. Leave this empty to keep it, or type another in its place."
            if kept
            else "Not set. It is encrypted, and never shown again."
        )
        if "organization" in self.fields:
            self.fields[
                "organization"
            ].help_text = (
                "Empty: shared, so that every organization sees what is measured."
            )
        if not kept:
            del self.fields["forget_credential"]

    def clean(self) -> dict[str, Any]:
        """Refuse to forget and to set in one go."""
        if self.cleaned_data.get("forget_credential") and self.cleaned_data.get(
            "new_credential"
        ):
            self.add_error(
                "forget_credential",
                ValidationError("Either type a new one, or forget the old one."),
            )
        return super().clean()

    def write(self, at: datetime) -> Endpoint:
        """Create or revise the endpoint; an empty credential stays as it is."""
        stated = self._stated()
        if self.instance._state.adding:
            organization = stated.pop("organization")
            return services.create_endpoint(
                organization=organization, fields=stated, author=self.author, at=at
            )
        return services.revise_endpoint(
            endpoint=self.instance, fields=stated, author=self.author, at=at
        )

    def _stated(self) -> dict[str, Any]:
        stated = {
            name: self.cleaned_data[name]
            for name in (*FIXED, *STATED)
            if name in self.cleaned_data
        }
        # An empty box of JSON is None.
        stated["headers"] = stated.get("headers") or {}
        if self.cleaned_data.get("new_credential"):
            stated["credential"] = self.cleaned_data["new_credential"]
        elif self.cleaned_data.get("forget_credential"):
            stated["credential"] = ""
        return stated


@admin.register(Endpoint)
class EndpointAdmin(ServiceAdmin):
    """Where offerings are called; shared ones are seen by every organization."""

    form = EndpointForm
    list_display = [
        "name",
        "offering_name",
        "service_tier",
        "protocol",
        "whose",
        "credential_state",
        "switched_on",
        "created_at",
    ]
    list_filter = [
        "enabled",
        "protocol",
        "service_tier",
        ("organization", admin.EmptyFieldListFilter),
        "offering__provider",
    ]
    search_fields = [
        "name",
        "base_url",
        "wire_model",
        "offering__name",
        "organization__slug",
    ]
    ordering = ["name", "pk"]
    autocomplete_fields = ["organization", "offering"]
    change_form_outer_after_template = "benchmarks/endpoint_history.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Endpoint]":
        """Return the endpoints with what their line names, credentials left behind."""
        rows: QuerySet[Endpoint] = super().get_queryset(request)
        return with_credential_told(
            rows.select_related("offering__provider", "organization")
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is asked; what to forget only of an endpoint that is there."""
        secret = ["new_credential", "credential_header"]
        if obj is not None and obj.has_credential:
            secret.insert(1, "forget_credential")
        identity = FIXED if obj is None else FIXED_SHOWN
        return [
            (
                None,
                {"fields": ["name", *identity, "enabled", "prompt_billed_once"]},
            ),
            ("Where", {"fields": ["base_url", "protocol", "wire_model", "headers"]}),
            ("Credential", {"fields": secret}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what stays: earlier runs speak for it."""
        return FIXED_SHOWN if obj is not None else ()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the last thirty days below the fields."""
        endpoint = kwargs.get("obj")
        if endpoint is not None:
            context["history"] = history_charts(endpoint, at=timezone.now())
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return page

    @admin.display(description="Offering", ordering="offering__name")
    def offering_name(self, endpoint: Endpoint) -> str:
        """Return provider and name."""
        return f"{endpoint.offering.provider.slug} / {endpoint.offering.name}"

    @admin.display(description="Whose", ordering="organization__name")
    def whose(self, endpoint: Endpoint) -> str:
        """Return the organization, or that all share it."""
        return str(endpoint.organization or "shared")

    @display(  # type: ignore[untyped-decorator]
        description="Credential", label={"set": "success", "not set": "default"}
    )
    def credential_state(self, endpoint: Any) -> str:
        """Return whether there is one."""
        return "set" if endpoint.has_credential else "not set"

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"on": "success", "off": "default"}
    )
    def switched_on(self, endpoint: Endpoint) -> str:
        """Return whether it is measured at all."""
        return "on" if endpoint.enabled else "off"
