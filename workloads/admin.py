"""The admin pages of workloads: what buyers stated, for reading."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from unfold.admin import StackedInline

from accounts.audited_admin import ReadOnlyAdmin
from workloads.models import UsageRecord, Workload, WorkloadRevision


class RevisionInline(StackedInline):  # type: ignore[misc]  # untyped
    """Every revision, newest first."""

    model = WorkloadRevision
    extra = 0
    can_delete = False
    show_change_link = False
    ordering = ["-number"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "received_at"),
                    ("created_by", "created_by_key"),
                    "task_family",
                ]
            },
        ),
        (
            "Traffic",
            {
                "fields": [
                    ("requests_per_month", "peak_requests_per_second"),
                    ("growth_per_month", "growth_uncertainty"),
                    ("daily_shape", "weekly_shape"),
                    ("input_tokens_mean", "input_tokens_p95"),
                    ("output_tokens_mean", "output_tokens_p95"),
                    ("cacheable_prefix_share", "batch_share"),
                ]
            },
        ),
        (
            "Limits and quality",
            {
                "fields": [
                    ("ttft_ms_p95_limit", "itl_ms_p95_limit", "request_ms_p95_limit"),
                    "error_rate_limit",
                    ("quality_floor_kind", "quality_floor_value"),
                    ("quality_floor_reference", "quality_floor_confidence"),
                ]
            },
        ),
        (
            "Constraints",
            {
                "fields": [
                    ("residency_regions", "capabilities_required"),
                    (
                        "zero_retention_required",
                        "no_training_required",
                        "open_weights_required",
                    ),
                    ("providers_allowed", "providers_denied"),
                    ("context_tokens_required", "max_total_parameters_b"),
                ]
            },
        ),
        (
            "Money",
            {
                "fields": [
                    ("current_offering", "current_service_tier"),
                    ("monthly_budget_usd", "migration_cost_usd", "minimum_saving_usd"),
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WorkloadRevision]":
        """Return the revisions with what their lines name."""
        rows: QuerySet[WorkloadRevision] = super().get_queryset(request)
        return rows.select_related(
            "created_by", "created_by_key", "current_offering__provider"
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: a buyer edits through the API."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False


@admin.register(Workload)
class WorkloadAdmin(ReadOnlyAdmin):
    """Workloads with how often and when they were last stated."""

    list_display = [
        "name",
        "organization",
        "revision",
        "last_stated",
        "created_at",
        "archived_at",
    ]
    list_filter = [("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organization"]
    search_fields = ["name", "organization__name", "organization__slug", "id"]
    search_help_text = "Name, id, or the organization's name"
    date_hierarchy = "created_at"
    ordering = ["-created_at", "pk"]
    inlines = [RevisionInline]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Workload]":
        """Return the workloads with a count of their revisions."""
        rows: QuerySet[Workload] = super().get_queryset(request)
        return rows.annotate(
            revisions_count=Count("revisions"),
            stated_at=Max("revisions__received_at"),
        )

    @admin.display(ordering="revisions_count")
    def revision(self, workload: Any) -> int:
        """Return the newest revision's number: they are counted from one."""
        return int(workload.revisions_count)

    @admin.display(ordering="stated_at")
    def last_stated(self, workload: Any) -> Any:
        """Return when the newest revision was received."""
        return workload.stated_at


@admin.register(UsageRecord)
class UsageRecordAdmin(ReadOnlyAdmin):
    """Actual usage as received, corrections beside what they correct."""

    list_display = [
        "workload_name",
        "offering",
        "service_tier",
        "used_from",
        "used_to",
        "requests",
        "input_tokens",
        "output_tokens",
        "billed_amount",
        "billed_currency",
        "received_at",
    ]
    list_filter = ["service_tier", ("billed_amount", admin.EmptyFieldListFilter)]
    list_select_related = ["workload__organization", "offering__provider"]
    search_fields = [
        *("workload__name", "workload__id"),
        *("workload__organization__name", "offering__name"),
    ]
    search_help_text = "Workload, its id, organization or offering"
    date_hierarchy = "used_from"
    ordering = ["-used_from", "-received_at", "pk"]

    @admin.display(description="workload", ordering="workload__name")
    def workload_name(self, record: UsageRecord) -> str:
        """Return the workload with its organization."""
        return f"{record.workload.organization}: {record.workload.name}"
