"""The admin page of price sheets: what each would change, and the decision on it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.audited_admin import ReadOnlyAdmin, person
from catalog import services
from catalog.models import PriceSheet, SheetStatus
from catalog.sheet_reports import readable

STATUS_COLOURS = {
    SheetStatus.HELD: "warning",
    SheetStatus.APPLIED: "success",
    SheetStatus.REJECTED: "info",
    SheetStatus.FAILED: "danger",
}


class DecisionForm(BaseDialogForm):  # type: ignore[misc]  # untyped
    """Asks why."""

    note = forms.CharField(
        max_length=400,
        required=False,
        label="Note",
        help_text="Kept with the sheet and in the audit.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def _dialog(title: str, description: str, submit: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "form_class": DecisionForm,
        "form_submit_text": submit,
    }


@admin.register(PriceSheet)
class PriceSheetAdmin(ReadOnlyAdmin):
    """Price lists as they came; a held one waits here for its decision."""

    list_display = [
        "source",
        "version",
        "state",
        "organization",
        "currency",
        "changed",
        "received_at",
        "decided_at",
        "decided_by",
    ]
    list_filter = ["status", "source", ("organization", admin.EmptyFieldListFilter)]
    search_fields = ["source", "version", "content_sha256", "organization__slug"]
    date_hierarchy = "received_at"
    ordering = ["-received_at", "pk"]
    actions_detail = ["approve", "reject"]
    change_form_after_template = "catalog/sheet_report.html"
    fields = [
        ("source", "version", "organization"),
        ("status", "received_at", "currency"),
        ("decided_at", "decided_by", "decision_note"),
        "content_length",
        "content_sha256",
    ]
    readonly_fields = ["content_length"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PriceSheet]":
        """Return the sheets without their content: a megabyte each."""
        rows: QuerySet[PriceSheet] = super().get_queryset(request)
        return (
            rows.defer("content")
            .annotate(content_characters=Length("content"))
            .select_related("organization", "decided_by")
        )

    @display(description="Status", label=STATUS_COLOURS, ordering="status")  # type: ignore[untyped-decorator]
    def state(self, sheet: PriceSheet) -> str:
        """Return where the sheet stands."""
        return sheet.status

    @admin.display(description="What is in it")
    def changed(self, sheet: PriceSheet) -> str:
        """Return the counts that are not zero."""
        counts = readable(sheet.report).counts
        return ", ".join(f"{count} {name}" for name, count in counts.items())

    @admin.display(description="Content")
    def content_length(self, sheet: Any) -> str:
        """Return how long the content is."""
        return f"{sheet.content_characters:,} characters"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show what the sheet changes below its fields, at full width."""
        sheet = kwargs.get("obj")
        if sheet is not None:
            context["report"] = readable(sheet.report)
            context["currency"] = sheet.currency
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return page

    @action(  # type: ignore[untyped-decorator]
        description="Approve",
        url_path="approve",
        permissions=["decide"],
        dialog=_dialog(
            "Approve this sheet?",
            "Its prices are added; one without a date holds from when the sheet came.",
            "Approve",
        ),
    )
    def approve(
        self, request: HttpRequest, form: DecisionForm, object_id: str
    ) -> HttpResponse:
        """Apply a held sheet."""
        return self._decide(request, form, object_id, services.approve_sheet)

    @action(  # type: ignore[untyped-decorator]
        description="Reject",
        url_path="reject",
        permissions=["decide"],
        dialog=_dialog(
            "Reject this sheet?", "The prices of the last good one stay.", "Reject"
        ),
    )
    def reject(
        self, request: HttpRequest, form: DecisionForm, object_id: str
    ) -> HttpResponse:
        """Turn a held sheet down."""
        return self._decide(request, form, object_id, services.reject_sheet)

    def has_decide_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        """Return whether the person may decide, and there is something to."""
        if not request.user.has_perm("catalog.change_pricesheet"):
            return False
        held = PriceSheet.objects.filter(status=SheetStatus.HELD)
        return object_id is None or held.filter(pk=object_id).exists()

    def _decide(
        self, request: HttpRequest, form: DecisionForm, object_id: str, service: Any
    ) -> HttpResponse:
        sheet = PriceSheet.objects.get(pk=object_id)
        note = form.cleaned_data["note"]
        try:
            service(sheet, decided_by=person(request), note=note)
        except (services.AlreadyDecided, services.Superseded) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"The sheet was {sheet.status}.")
        address = reverse("admin:catalog_pricesheet_change", args=[object_id])
        # The form is sent by htmx, which goes where this header says.
        return HttpResponse(headers={"HX-Redirect": address})
