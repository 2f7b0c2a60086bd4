"""Advice in the admin: to read, never to change."""

import json
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import TabularInline

from accounts.audited_admin import ReadOnlyAdmin
from advisor.recommendations.models import (
    Recommendation,
    Transition,
    WorkloadWatch,
)

_OFFERING = ("options", "0", "strategy", "stages", "0", "offering")


def _offering_of_the_best() -> KeyTransform:
    path: str | KeyTransform = "answer"
    for key in _OFFERING:
        path = KeyTransform(key, path)
    return cast(KeyTransform, path)


class TransitionInline(TabularInline):  # type: ignore[misc]  # untyped
    """The steps that a recommendation took, oldest first; to read."""

    model = Transition
    fields = ["version", "to_state", "at", "user", "api_key", "reason", "note"]
    readonly_fields = fields
    ordering = ["version"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Transition]":
        """Fetch who took each step along with it."""
        rows: QuerySet[Transition] = super().get_queryset(request)
        return rows.select_related("user", "api_key")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: steps are taken over the API and the pages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    """What was advised, to whom, from which moment and engine."""

    list_display = [
        "workload_name",
        "organization",
        "created_at",
        "as_of",
        "state",
        "finding",
        "provisional",
        "picked",
    ]
    list_select_related = ["workload", "organization", "life"]
    list_display_links = ["workload_name"]
    list_filter = ["life__state", "finding", "provisional", "engine_version"]
    search_fields = ["workload__name", "organization__name", "id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    exclude = ["answer"]
    readonly_fields = ["picked", "whole_answer"]
    inlines = [TransitionInline]

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

    @admin.display(description="state", ordering="life__state")
    def state(self, row: Recommendation) -> str:
        """Where it stands by now."""
        return row.life.get_state_display()

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
