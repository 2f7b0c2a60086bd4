"""Advice in the admin: to read, never to change."""

import json
from functools import reduce

from django.contrib import admin
from django.db.models.fields.json import KeyTransform
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from advisor.recommendations.models import Recommendation

_OFFERING_OF_THE_BEST = reduce(
    lambda path, key: KeyTransform(key, path),
    ("options", "0", "strategy", "stages", "0", "offering"),
    "answer",
)


@admin.register(Recommendation)
class RecommendationAdmin(ModelAdmin):
    """What was advised, to whom, from which moment and engine."""

    list_display = [
        "workload_name",
        "organization",
        "created_at",
        "as_of",
        "finding",
        "provisional",
        "picked",
    ]
    list_select_related = ["workload", "organization"]
    list_display_links = ["workload_name"]
    list_filter = ["finding", "provisional", "engine_version"]
    search_fields = ["workload__name", "organization__name", "id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    exclude = ["answer"]
    readonly_fields = ["picked", "whole_answer"]

    def get_queryset(self, request: HttpRequest):
        """Leave the answers out of the list: a page of them is megabytes."""
        rows = super().get_queryset(request).annotate(best=_OFFERING_OF_THE_BEST)
        return rows if request.resolver_match.kwargs else rows.defer("answer")

    @admin.display(description="workload", ordering="workload__name")
    def workload_name(self, row: Recommendation) -> str:
        """The name alone; the id is on the page itself."""
        return row.workload.name

    @admin.display(description="picked")
    def picked(self, row: Recommendation) -> str:
        """The option in words; nothing may have fitted."""
        if row.picked_offering is None:
            return "nothing fits"
        best = row.best
        return f"{best['provider']}/{best['name']} ({row.picked_service_tier})"

    @admin.display(description="answer")
    def whole_answer(self, row: Recommendation) -> str:
        """The answer as it was given."""
        return format_html("<pre>{}</pre>", json.dumps(row.answer, indent=2))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Advice is computed, not written."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Advice stays as it was given."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Advice stays."""
        return False
