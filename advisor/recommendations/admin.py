"""Advice in the admin: to read, never to change."""

import json
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.audited_admin import ReadOnlyAdmin
from advisor.recommendations.models import Recommendation, WorkloadWatch

_OFFERING = ("options", "0", "strategy", "stages", "0", "offering")


def _offering_of_the_best() -> KeyTransform:
    path: str | KeyTransform = "answer"
    for key in _OFFERING:
        path = KeyTransform(key, path)
    return cast(KeyTransform, path)


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
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

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Recommendation]":
        """Leave the answers out of the list: a page of them is megabytes."""
        rows: QuerySet[Recommendation] = super().get_queryset(request)
        rows = rows.annotate(best=_offering_of_the_best())
        match = request.resolver_match
        return rows if match is not None and match.kwargs else rows.defer("answer")

    @admin.display(description="workload", ordering="workload__name")
    def workload_name(self, row: Recommendation) -> str:
        """The name alone; the id is on the page itself."""
        return row.workload.name

    @admin.display(description="picked")
    def picked(self, row: Recommendation) -> str:
        """The option in words; nothing may have fitted."""
        if row.picked_offering is None:
            return "nothing fits"
        best: dict[str, Any] = row.best  # type: ignore[attr-defined]  # annotated
        return f"{best['provider']}/{best['name']} ({row.picked_service_tier})"

    @admin.display(description="answer")
    def whole_answer(self, row: Recommendation) -> str:
        """The answer as it was given."""
        return format_html("<pre>{}</pre>", json.dumps(row.answer, indent=2))


@admin.register(WorkloadWatch)
class WorkloadWatchAdmin(ReadOnlyAdmin):
    """Up to where each workload's advice was checked; the longest ago comes first."""

    list_display = ["workload_name", "organization", "checked_at", "known_at"]
    list_select_related = ["workload", "organization"]
    search_fields = ["workload__name", "organization__slug"]
    ordering = ["checked_at", "pk"]

    @admin.display(description="Workload", ordering="workload__name")
    def workload_name(self, watch: WorkloadWatch) -> str:
        """Return what the buyer calls it."""
        return watch.workload.name
