"""The admin page of evaluation runs: asked for here too, followed, stopped."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action, display

from benchmarks import services
from benchmarks.admin.evaluation_tables import evaluation_facts, evaluation_tables
from benchmarks.admin.shown import STATUS_COLOURS, duration, linked, moment, usd
from benchmarks.admin.tried import ServiceAdmin, ServiceForm, author_of
from benchmarks.evaluation_results import result_of
from benchmarks.listings import evaluations_in_brief
from benchmarks.models import EvaluationRun, NotFed
from benchmarks.models.runs import WAITING
from benchmarks.progress import calls_progress, duration_s
from benchmarks.sending import send_evaluations_when_committed
from benchmarks.services.evaluations import cancel_evaluation, request_evaluation

RUN_ADDRESS = "admin:benchmarks_evaluationrun_change"
STATED = ("evaluation_set", "endpoint", "samples", "temperature", "budget_usd")


class EvaluationRunForm(ServiceForm):
    """Asks for a set to be held against an endpoint."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "temperature" in self.fields:
            self.fields["endpoint"].required = True
            self.fields["temperature"].initial = 0.0
            self.fields["temperature"].help_text = "Empty: the endpoint's own."
            self.fields["budget_usd"].label = "Budget, USD"
            self.fields[
                "budget_usd"
            ].help_text = "A run whose estimate is above it is refused. Empty: none."

    def write(self, at: datetime) -> EvaluationRun:
        """Queue the run."""
        stated = {name: self.cleaned_data[name] for name in STATED}
        try:
            return request_evaluation(**stated, at=at, author=self.author)
        except services.OverBudget as error:
            raise ValidationError({"budget_usd": str(error)}) from error


@admin.register(EvaluationRun)
class EvaluationRunAdmin(ServiceAdmin):
    """Offerings held against sets; a click stops one, nothing rewrites it."""

    form = EvaluationRunForm
    list_per_page = 50
    list_display = [
        "asked_at",
        "state",
        "calls",
        "failed",
        "set_name",
        "model_name",
        "endpoint_name",
        "samples",
        "cost",
        "took",
        "feeds_advice",
    ]
    list_filter = [
        "status",
        "basis",
        "feeds_advice",
        ("organization", admin.EmptyFieldListFilter),
        "offering__provider",
        "evaluation_set__task_family",
    ]
    search_fields = [
        "evaluation_set__name",
        "endpoint__name",
        "language_model__slug",
        "id",
    ]
    search_help_text = "Name of the set, the endpoint or the model, or a run's id"
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
    autocomplete_fields = ["evaluation_set", "endpoint"]
    actions_detail = ["cancel"]
    change_form_outer_after_template = "benchmarks/run.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[EvaluationRun]":
        """Return the runs; the list leaves out their outcomes."""
        rows: QuerySet[EvaluationRun] = super().get_queryset(request)
        rows = rows.select_related(
            "evaluation_set", "endpoint", "language_model", "organization"
        ).defer("endpoint__credential", "endpoint__headers")
        match = request.resolver_match
        opened = match is not None and match.kwargs
        return rows if opened else evaluations_in_brief(rows)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is asked for, and what a run that is there tells."""
        if obj is None:
            return [(None, {"fields": STATED})]
        told = [
            ("set_link", "study"),
            ("endpoint_link", "language_model"),
            ("offering", "service_tier"),
            ("samples", "temperature"),
            ("basis", "organization"),
            ("created_at", "started_at"),
            ("finished_at", "received_at"),
            ("claims", "losses"),
        ]
        return [(None, {"fields": told})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is computed; without the right to change all is shown."""
        return () if obj is None else ("set_link", "endpoint_link")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: what was measured stays as it was."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Let the service queue the run, and send its message."""
        super().save_model(request, obj, form, change)
        send_evaluations_when_committed([obj])

    @display(description="Status", label=STATUS_COLOURS, ordering="status")  # type: ignore[untyped-decorator]  # unfold has no types
    def state(self, run: EvaluationRun) -> str:
        """Return where the run stands."""
        return run.status

    @admin.display(description="Asked for", ordering="created_at")
    def asked_at(self, run: EvaluationRun) -> str:
        """Return when, in UTC."""
        return moment(run.created_at)

    @admin.display(description="Calls")
    def calls(self, run: EvaluationRun) -> str:
        """Return how many calls are through, of how many."""
        return f"{run.calls_done:,}/{run.calls_total:,}"

    @admin.display(description="Failed", ordering="calls_failed")
    def failed(self, run: EvaluationRun) -> str:
        """Return how many calls had no answer."""
        return f"{run.calls_failed:,}"

    @admin.display(description="Set", ordering="evaluation_set__name")
    def set_name(self, run: EvaluationRun) -> str:
        """Return the set's name and version."""
        return str(run.evaluation_set)

    @admin.display(description="Set")
    def set_link(self, run: EvaluationRun) -> str:
        """Return the set's name with the way there."""
        address = reverse(
            "admin:benchmarks_evaluationset_change", args=[run.evaluation_set_id]
        )
        return linked(address, str(run.evaluation_set))

    @admin.display(description="Model", ordering="language_model__slug")
    def model_name(self, run: EvaluationRun) -> str:
        """Return the model's name."""
        return run.language_model.slug

    @admin.display(description="Endpoint", ordering="endpoint__name")
    def endpoint_name(self, run: EvaluationRun) -> str | None:
        """Return the endpoint's name; brought outcomes have none."""
        return None if run.endpoint is None else run.endpoint.name

    @admin.display(description="Endpoint")
    def endpoint_link(self, run: EvaluationRun) -> str | None:
        """Return the endpoint's name with the way there."""
        if run.endpoint is None:
            return None
        address = reverse("admin:benchmarks_endpoint_change", args=[run.endpoint_id])
        return linked(address, run.endpoint.name)

    @admin.display(description="Cost", ordering="cost_usd")
    def cost(self, run: EvaluationRun) -> str:
        """Return what it cost by now."""
        return usd(run.cost_usd)

    @admin.display(description="Took")
    def took(self, run: EvaluationRun) -> str:
        """Return how long it took."""
        return duration(duration_s(run))

    def get_urls(self) -> list[URLPattern]:
        """Add the address of a run's progress."""
        page = self.admin_site.admin_view(self.progress_page)
        name = "benchmarks_evaluationrun_progress"
        own = [path("<uuid:run_id>/progress/", page, name=name)]
        return [*own, *super().get_urls()]

    def progress_page(self, request: HttpRequest, run_id: Any) -> JsonResponse:
        """Answer how far a run is, for the script of its page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = evaluations_in_brief(EvaluationRun.objects.filter(pk=run_id)).first()
        if run is None:
            raise Http404
        return JsonResponse(calls_progress(run))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show progress, facts and tables below the fields."""
        run = kwargs.get("obj")
        if run is not None:
            items = run.evaluation_set.items.defer("messages", "expected", "grader")
            result = result_of(run, items)
            context["run"] = run
            context["progress"] = calls_progress(run)
            context["progress_address"] = reverse(
                "admin:benchmarks_evaluationrun_progress", args=[run.pk]
            )
            context["not_fed_because"] = _not_fed(run.not_fed_because)
            context["ended"] = run.stop_reason.replace("_", " ")
            context["facts"] = evaluation_facts(run, result)
            context["tables"] = evaluation_tables(run, result)
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return page

    @action(  # type: ignore[untyped-decorator]  # unfold has no types
        description="Stop",
        url_path="cancel",
        permissions=["cancel"],
        dialog={
            "title": "Stop this run?",
            "description": "What was answered until then is kept.",
            "form_submit_text": "Stop",
        },
    )
    def cancel(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Stop a run that waits or runs."""
        run = EvaluationRun.objects.get(pk=object_id)
        if cancel_evaluation(run=run, author=author_of(request), at=timezone.now()):
            messages.success(request, "The run is called off.")
        else:
            messages.error(request, "The run had ended before.")
        # What takes the dialog's reader there: htmx follows this header.
        address = reverse(RUN_ADDRESS, args=[object_id])
        return HttpResponse(headers={"HX-Redirect": address})

    def has_cancel_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        """Return whether the person may stop runs, and this one is not over."""
        if not request.user.has_perm("benchmarks.change_evaluationrun"):
            return False
        waiting = EvaluationRun.objects.filter(status__in=WAITING)
        return object_id is None or waiting.filter(pk=object_id).exists()


def _not_fed(code: str) -> str:
    """Return why a run does not feed advice; imports say it in their own words."""
    return NotFed(code).label if code in NotFed.values else code
