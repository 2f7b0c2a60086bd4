"""The admin page of plans: when each runs next, how it went last, what it spends."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from benchmarks import services
from benchmarks.admin.shown import (
    STATUS_COLOURS,
    UNKNOWN,
    cadence,
    moment,
    usd,
)
from benchmarks.admin.tried import ServiceAdmin, ServiceForm, author_of, sentence_of
from benchmarks.listings import with_last_run
from benchmarks.models import BenchmarkPlan, BenchmarkRun, PlanTokenClass
from benchmarks.sending import send_when_committed
from catalog.fields import plain
from workloads.models import HOURS_PER_DAY

STATED = (
    "enabled",
    "cadence_minutes",
    "jitter_minutes",
    "hours_allowed",
    "token_classes",
    "workload",
    "profile",
    "requests",
    "warmup",
    "concurrency",
    "requests_per_second",
    "prompt_cache",
    "deadline_s",
    "budget_per_run_usd",
    "budget_per_month_usd",
    "priority",
)


LABELS = {
    "cadence_minutes": "Every so many minutes",
    "jitter_minutes": "Moved by up to, minutes",
    "hours_allowed": "Hours",
    "deadline_s": "Deadline (s)",
    "budget_per_run_usd": "A run (USD)",
    "budget_per_month_usd": "A month (USD)",
}


class PlanForm(ServiceForm):
    """Asks how often and how an endpoint is measured."""

    token_classes = forms.MultipleChoiceField(
        choices=PlanTokenClass.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    hours_allowed = SimpleArrayField(
        forms.IntegerField(min_value=0, max_value=HOURS_PER_DAY - 1),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="UTC hours in which runs may start, as 0,1,22; empty for all.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name].label = label
        for name in ("budget_per_run_usd", "budget_per_month_usd"):
            if self.initial.get(name) is not None:
                self.initial[name] = plain(self.initial[name])

    def write(self, at: datetime) -> BenchmarkPlan:
        """Create or revise the plan."""
        stated = {name: self.cleaned_data[name] for name in STATED}
        # An empty box of hours is all of them.
        stated["hours_allowed"] = stated["hours_allowed"] or []
        if self.instance._state.adding:
            endpoint = self.cleaned_data["endpoint"]
            return services.create_plan(
                endpoint=endpoint, fields=stated, author=self.author, at=at
            )
        return services.revise_plan(
            plan=self.instance, fields=stated, author=self.author, at=at
        )


@admin.register(BenchmarkPlan)
class BenchmarkPlanAdmin(ServiceAdmin):
    """How often endpoints are measured."""

    form = PlanForm
    list_display = [
        "endpoint_name",
        "whose",
        "classes",
        "how_often",
        "load",
        "switched_on",
        "next_slot",
        "last_run_shown",
        "spent",
        "budget",
    ]
    list_filter = [
        "enabled",
        "profile",
        ("organization", admin.EmptyFieldListFilter),
        "endpoint__offering__provider",
    ]
    search_fields = ["endpoint__name", "endpoint__offering__name", "id"]
    ordering = ["endpoint__name", "pk"]
    autocomplete_fields = ["endpoint", "workload"]
    actions = ["enable", "disable", "run_now"]
    fieldsets = [
        (None, {"fields": ["endpoint", "enabled", "token_classes", "workload"]}),
        (
            "When",
            {
                "fields": [
                    ("cadence_minutes", "jitter_minutes"),
                    "hours_allowed",
                    "priority",
                ]
            },
        ),
        (
            "Load",
            {
                "fields": [
                    ("profile", "prompt_cache"),
                    ("requests", "warmup"),
                    ("concurrency", "requests_per_second"),
                    "deadline_s",
                ]
            },
        ),
        ("Budget", {"fields": [("budget_per_run_usd", "budget_per_month_usd")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[BenchmarkPlan]":
        """Return the plans with their last run and what this month cost."""
        rows: QuerySet[BenchmarkPlan] = super().get_queryset(request)
        related = rows.select_related("endpoint", "organization").defer(
            "endpoint__credential", "endpoint__headers"
        )
        return with_last_run(related, at=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what stays: a plan is its endpoint's."""
        return ("endpoint",) if obj is not None else ()

    @admin.display(description="Endpoint", ordering="endpoint__name")
    def endpoint_name(self, plan: BenchmarkPlan) -> str:
        """Return the endpoint's name."""
        return plan.endpoint.name

    @admin.display(description="Whose", ordering="organization__name")
    def whose(self, plan: BenchmarkPlan) -> str:
        """Return the organization, or that all share it."""
        return str(plan.organization or "shared")

    @admin.display(description="Token classes")
    def classes(self, plan: BenchmarkPlan) -> str:
        """Return the token classes."""
        return ", ".join(plan.token_classes)

    @admin.display(description="How often", ordering="cadence_minutes")
    def how_often(self, plan: BenchmarkPlan) -> str:
        """Return the cadence."""
        return cadence(plan.cadence_minutes)

    @admin.display(description="Load")
    def load(self, plan: BenchmarkPlan) -> str:
        """Return how many requests come how."""
        return f"{plan.requests} {plan.profile}"

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"on": "success", "off": "default"}
    )
    def switched_on(self, plan: BenchmarkPlan) -> str:
        """Return whether the plan has slots; none while its endpoint is off."""
        return "on" if plan.enabled and plan.endpoint.enabled else "off"

    @admin.display(description="Next slot (UTC)")
    def next_slot(self, plan: BenchmarkPlan) -> str:
        """Return when it runs next."""
        if not plan.enabled or not plan.endpoint.enabled:
            return UNKNOWN
        due = services.next_slot(plan, timezone.now())
        return UNKNOWN if due is None else moment(due)

    @display(description="Last run", label=STATUS_COLOURS)  # type: ignore[untyped-decorator]
    def last_run_shown(self, plan: Any) -> Any:
        """Return how the newest slot went, with the way there."""
        if plan.last_run is None:
            return UNKNOWN
        address = reverse("admin:benchmarks_benchmarkrun_change", args=[plan.last_run])
        link = format_html('<a href="{}">{}</a>', address, plan.last_status)
        return plan.last_status, link

    @admin.display(description="This month", ordering="spent_usd")
    def spent(self, plan: Any) -> str:
        """Return what this calendar month's runs have cost."""
        return usd(plan.spent_usd)

    @admin.display(description="Budget a month", ordering="budget_per_month_usd")
    def budget(self, plan: BenchmarkPlan) -> str:
        """Return the budget, if there is one."""
        return usd(plan.budget_per_month_usd) if plan.budget_per_month_usd else UNKNOWN

    @admin.action(description="Switch on", permissions=["change"])
    def enable(self, request: HttpRequest, plans: "QuerySet[BenchmarkPlan]") -> None:
        """Let the plans have slots again."""
        self._switch(request, plans, enabled=True)

    @admin.action(description="Switch off", permissions=["change"])
    def disable(self, request: HttpRequest, plans: "QuerySet[BenchmarkPlan]") -> None:
        """Let the plans have no more slots; what waits already is not called back."""
        self._switch(request, plans, enabled=False)

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, plans: "QuerySet[BenchmarkPlan]") -> None:
        """Queue one run per token class, beside those of the slots."""
        queued: list[BenchmarkRun] = []
        at, author = timezone.now(), author_of(request)
        related = plans.select_related("endpoint__offering__provider", "workload")
        for plan in related:
            try:
                queued += services.run_plan_now(plan=plan, author=author, at=at)
            except (services.OverBudget, ValidationError) as error:
                refused = f"{plan.endpoint.name}: {sentence_of(error)}"
                self.message_user(request, refused, messages.ERROR)
        send_when_committed(queued)
        if queued:
            self.message_user(
                request, f"{len(queued)} run(s) queued.", messages.SUCCESS
            )

    def _switch(
        self, request: HttpRequest, plans: "QuerySet[BenchmarkPlan]", *, enabled: bool
    ) -> None:
        at, author = timezone.now(), author_of(request)
        with transaction.atomic():
            for plan in plans:
                services.switch_plan(plan=plan, enabled=enabled, author=author, at=at)
        word = "on" if enabled else "off"
        self.message_user(
            request, f"{len(plans)} plan(s) switched {word}.", messages.SUCCESS
        )
