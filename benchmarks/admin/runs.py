"""The admin page of runs: what was asked, how far each is, what came of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action, display

from accounts.audited_admin import ReadOnlyAdmin
from benchmarks import services
from benchmarks.admin.charts import request_charts
from benchmarks.admin.run_facts import facts_of
from benchmarks.admin.run_tables import tables_of
from benchmarks.admin.shown import (
    STATUS_COLOURS,
    cadence,
    duration,
    linked,
    milliseconds,
    moment,
    percent,
    usd,
)
from benchmarks.admin.tried import author_of, sentence_of
from benchmarks.exports import csv_response
from benchmarks.listings import in_brief, with_endpoint, with_headline
from benchmarks.models import BenchmarkRun
from benchmarks.models.runs import WAITING
from benchmarks.progress import duration_s, progress_of
from benchmarks.sending import send_when_committed

RUN_ADDRESS = "admin:benchmarks_benchmarkrun_change"


@admin.register(BenchmarkRun)
class BenchmarkRunAdmin(ReadOnlyAdmin):
    """Measurements; a click stops one or asks for it again, nothing rewrites it."""

    list_per_page = 50
    list_display = [
        "asked_at",
        "state",
        "progress",
        "offering_name",
        "endpoint_name",
        "lengths",
        "ttft_p50",
        "ttft_p95",
        "tpot_p50",
        "errors",
        "cost",
        "took",
    ]
    list_filter = [
        "status",
        "token_class",
        "basis",
        "feeds_advice",
        "not_fed_because",
        ("organization", admin.EmptyFieldListFilter),
        "offering__provider",
    ]
    search_fields = ["endpoint__name", "offering__name", "id"]
    search_help_text = "Name of the endpoint or the offering, or a run's id"
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    # Counting all history for a page's foot is not worth it.
    show_full_result_count = False
    actions_detail = ["samples_link", "retry", "cancel"]
    change_form_outer_after_template = "benchmarks/run.html"
    fields = [
        ("offering", "service_tier"),
        ("endpoint_link", "plan_link"),
        ("token_class", "basis"),
        ("created_at", "slot"),
        ("started_at", "finished_at"),
        ("organization", "received_at"),
        "retry_of",
    ]
    readonly_fields = ["endpoint_link", "plan_link"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[BenchmarkRun]":
        """Return the runs with their headline; the list leaves out what is long."""
        rows = with_endpoint(super().get_queryset(request))
        match = request.resolver_match
        if match is not None and match.kwargs:
            return rows.select_related("offering__provider", "plan", "retry_of")
        return with_headline(in_brief(rows))

    @display(description="Status", label=STATUS_COLOURS, ordering="status")  # type: ignore[untyped-decorator]
    def state(self, run: BenchmarkRun) -> str:
        """Return where the run stands."""
        return run.status

    @admin.display(description="Progress")
    def progress(self, run: BenchmarkRun) -> str:
        """Return how many requests are through, of how many."""
        return f"{run.requests_done}/{run.requests_total}"

    @admin.display(description="Offering", ordering="offering__name")
    def offering_name(self, run: BenchmarkRun) -> str:
        """Return provider and name."""
        return f"{run.offering.provider.slug} / {run.offering.name}"

    @admin.display(description="Endpoint", ordering="endpoint__name")
    def endpoint_name(self, run: BenchmarkRun) -> str | None:
        """Return the endpoint's name; an imported run has none."""
        return None if run.endpoint is None else run.endpoint.name

    @admin.display(description="Endpoint")
    def endpoint_link(self, run: BenchmarkRun) -> str | None:
        """Return the endpoint's name with the way there."""
        if run.endpoint is None:
            return None
        address = reverse("admin:benchmarks_endpoint_change", args=[run.endpoint_id])
        return linked(address, run.endpoint.name)

    @admin.display(description="Plan")
    def plan_link(self, run: BenchmarkRun) -> str | None:
        """Return the plan's cadence with the way there."""
        if run.plan is None:
            return None
        address = reverse("admin:benchmarks_benchmarkplan_change", args=[run.plan_id])
        return linked(address, cadence(run.plan.cadence_minutes))

    @admin.display(description="Asked for", ordering="created_at")
    def asked_at(self, run: BenchmarkRun) -> str:
        """Return when, in UTC."""
        return moment(run.created_at)

    @admin.display(description="Tokens", ordering="token_class")
    def lengths(self, run: BenchmarkRun) -> str:
        """Return the token class in a word."""
        return run.token_class

    @admin.display(description="TTFT p50", ordering="ttft_ms_p50")
    def ttft_p50(self, run: Any) -> str:
        """Return the median time to the first token."""
        return milliseconds(run.ttft_ms_p50)

    @admin.display(description="TTFT p95", ordering="ttft_ms_p95")
    def ttft_p95(self, run: Any) -> str:
        """Return the 95th percentile of the time to the first token."""
        return milliseconds(run.ttft_ms_p95)

    @admin.display(description="TPOT p50", ordering="tpot_ms_p50")
    def tpot_p50(self, run: Any) -> str:
        """Return the median time per output token."""
        return milliseconds(run.tpot_ms_p50)

    @admin.display(description="Errors", ordering="error_share")
    def errors(self, run: Any) -> str:
        """Return the share of requests that failed."""
        return percent(run.error_share)

    @admin.display(description="Cost", ordering="cost_usd")
    def cost(self, run: BenchmarkRun) -> str:
        """Return what it cost."""
        return usd(run.cost_usd)

    @admin.display(description="Took")
    def took(self, run: BenchmarkRun) -> str:
        """Return how long it took."""
        return duration(duration_s(run))

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of a run's progress and of its requests."""
        pages = {"progress": self.progress_page, "samples": self.samples_page}
        own = [
            path(
                f"<uuid:run_id>/{name}/",
                self.admin_site.admin_view(page),
                name=f"benchmarks_benchmarkrun_{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def progress_page(self, request: HttpRequest, run_id: Any) -> JsonResponse:
        """Answer how far a run is, for the script of its page."""
        run = self._seen(request, run_id)
        return JsonResponse(progress_of(run))

    def samples_page(self, request: HttpRequest, run_id: Any) -> HttpResponseBase:
        """Answer every request of a run, as CSV."""
        return csv_response(self._seen(request, run_id))

    def _seen(self, request: HttpRequest, run_id: Any) -> BenchmarkRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = BenchmarkRun.objects.filter(pk=run_id).first()
        if run is None:
            raise Http404
        return run

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show progress, tables and charts below the fields."""
        run = kwargs.get("obj")
        if run is not None:
            context["run"] = run
            context["progress"] = progress_of(run)
            context["progress_address"] = reverse(
                "admin:benchmarks_benchmarkrun_progress", args=[run.pk]
            )
            context["not_fed_because"] = run.get_not_fed_because_display()
            context["ended"] = run.stop_reason.replace("_", " ")
            context["facts"] = facts_of(run)
            context["tables"] = tables_of(run)
            context["charts"] = request_charts(run.samples)
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return page

    @action(description="Download requests (CSV)", url_path="download")  # type: ignore[untyped-decorator]
    def samples_link(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Go to the file of the run's requests."""
        return redirect("admin:benchmarks_benchmarkrun_samples", run_id=object_id)

    @action(  # type: ignore[untyped-decorator]
        description="Run again",
        url_path="retry",
        permissions=["retry"],
        dialog={
            "title": "Measure the same again?",
            "description": "A new run is queued; this one stays as it is.",
            "form_submit_text": "Run again",
        },
    )
    def retry(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Queue the same again."""
        run = BenchmarkRun.objects.get(pk=object_id)
        try:
            again = services.retry_run(
                run=run, author=author_of(request), at=timezone.now()
            )
        except (services.OverBudget, ValidationError) as error:
            messages.error(request, sentence_of(error))
            return _go_to(object_id)
        send_when_committed([again])
        messages.success(request, "Queued: this is the new run.")
        return _go_to(again.pk)

    @action(  # type: ignore[untyped-decorator]
        description="Stop",
        url_path="cancel",
        permissions=["cancel"],
        dialog={
            "title": "Stop this run?",
            "description": "What was measured until then is kept.",
            "form_submit_text": "Stop",
        },
    )
    def cancel(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Stop a run that waits or runs."""
        run = BenchmarkRun.objects.get(pk=object_id)
        if services.cancel_run(run=run, author=author_of(request), at=timezone.now()):
            messages.success(request, "The run is called off.")
        else:
            messages.error(request, "The run had ended before.")
        return _go_to(object_id)

    def has_retry_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        """Return whether the person may ask for runs, and this one can be repeated."""
        over = BenchmarkRun.objects.filter(
            closed_at__isnull=False, endpoint__isnull=False
        )
        return self._may(request, object_id, over)

    def has_cancel_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        """Return whether the person may stop runs, and this one is not over."""
        waiting = BenchmarkRun.objects.filter(status__in=WAITING)
        return self._may(request, object_id, waiting)

    def _may(
        self, request: HttpRequest, object_id: str | None, runs: "QuerySet[Any]"
    ) -> bool:
        if not request.user.has_perm("benchmarks.change_benchmarkrun"):
            return False
        return object_id is None or runs.filter(pk=object_id).exists()


def _go_to(run_id: Any) -> HttpResponse:
    """Return what takes the dialog's reader to a run: htmx follows this header."""
    return HttpResponse(headers={"HX-Redirect": reverse(RUN_ADDRESS, args=[run_id])})
