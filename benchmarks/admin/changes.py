"""The admin page of lasting changes, for reading."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audited_admin import ReadOnlyAdmin
from benchmarks.models import PerformanceChange


@admin.register(PerformanceChange)
class PerformanceChangeAdmin(ReadOnlyAdmin):
    """What became lastingly faster, slower or less reliable, since when."""

    list_display = [
        "endpoint_name",
        "token_class",
        "figure",
        "before",
        "after",
        "factor",
        "significance",
        "effective_from",
        "received_at",
    ]
    list_filter = ["figure", "token_class", "endpoint__offering__provider"]
    search_fields = ["endpoint__name", "endpoint__offering__name"]
    date_hierarchy = "received_at"
    ordering = ["-received_at", "-pk"]
    fields = [
        ("endpoint", "token_class", "organization"),
        ("figure", "before", "after", "significance"),
        ("effective_from", "received_at"),
        ("began_run", "detected_run"),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PerformanceChange]":
        """Return the changes with their endpoints."""
        rows: QuerySet[PerformanceChange] = super().get_queryset(request)
        return rows.select_related("endpoint").defer("endpoint__credential")

    @admin.display(description="Endpoint", ordering="endpoint__name")
    def endpoint_name(self, change: PerformanceChange) -> str:
        """Return the endpoint's name."""
        return change.endpoint.name

    @admin.display(description="Factor")
    def factor(self, change: PerformanceChange) -> str:
        """Return after over before; a share may have been zero."""
        if not change.before:
            return "-"
        return f"\u00d7 {change.after / change.before:.2f}"
