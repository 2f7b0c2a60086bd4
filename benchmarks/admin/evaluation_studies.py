"""The admin page of studies, for reading: what was asked, and where endpoints stand."""

import json

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.audited_admin import ReadOnlyAdmin
from benchmarks.models import EvaluationStudy
from benchmarks.serializers.studies import STOP_SENTENCES


@admin.register(EvaluationStudy)
class EvaluationStudyAdmin(ReadOnlyAdmin):
    """Endpoints held against each other, batch by batch."""

    list_display = [
        "created_at",
        "evaluation_set",
        "workload",
        "allocation",
        "endpoint_count",
        "rounds",
        "calls",
        "ended",
        "organization",
    ]
    list_filter = ["allocation", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["evaluation_set__name", "workload__name", "id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    fields = [
        ("evaluation_set", "workload", "organization"),
        ("allocation", "samples", "temperature"),
        ("floor_kind", "floor_value", "confidence"),
        ("budget_calls", "budget_usd"),
        ("rounds", "ended"),
        "endpoint_names",
        "stands",
        ("created_at", "looked_at", "closed_at"),
    ]
    readonly_fields = ["ended", "endpoint_names", "stands"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[EvaluationStudy]":
        """Return the studies with what is counted of them."""
        rows: QuerySet[EvaluationStudy] = super().get_queryset(request)
        return rows.select_related(
            "evaluation_set", "workload", "organization"
        ).annotate(endpoints_held=Count("endpoints"))

    @admin.display(description="Endpoints")
    def endpoint_count(self, study: EvaluationStudy) -> int:
        """Return how many are held against each other."""
        count: int = getattr(study, "endpoints_held", 0)
        return count

    @admin.display(description="Calls")
    def calls(self, study: EvaluationStudy) -> str:
        """Return the calls made by the last look, of those allowed."""
        done = study.standing.get("calls_done", 0)
        return f"{done:,} of {study.budget_calls:,}"

    @admin.display(description="How it ended")
    def ended(self, study: EvaluationStudy) -> str:
        """Return why it ended, in a sentence."""
        return STOP_SENTENCES.get(study.stop_reason, study.stop_reason)

    @admin.display(description="Endpoints")
    def endpoint_names(self, study: EvaluationStudy) -> str:
        """Return the endpoints by name."""
        names = study.endpoints.order_by("name").values_list("name", flat=True)
        return ", ".join(names)

    @admin.display(description="Where they stand")
    def stands(self, study: EvaluationStudy) -> SafeString:
        """Return what the last look found."""
        return format_html("<pre>{}</pre>", json.dumps(study.standing, indent=2))
