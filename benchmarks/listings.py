"""Rows of plans and runs as lists show them, without a query for each row."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from benchmarks.harness.samples import FIGURES, WORDS
from benchmarks.models import (
    BenchmarkPlan,
    BenchmarkRun,
    Endpoint,
    EvaluationRun,
    EvaluationStudy,
    RunStatus,
)
from benchmarks.models.evaluations.runs import COLUMNS

# Columns as long as the run, which no list needs.
SAMPLES = (*FIGURES, *WORDS)
# Where they stand in a summary, see `harness.summary`.
HEADLINE = {
    "ttft_ms_p50": "summary__metrics__latencies__ttft_ms__p50__value",
    "ttft_ms_p95": "summary__metrics__latencies__ttft_ms__p95__value",
    "tpot_ms_p50": "summary__metrics__latencies__tpot_ms__p50__value",
    "error_share": "summary__metrics__errors__share",
}


def month_of(at: datetime) -> datetime:
    """Return the first instant of the calendar month in UTC."""
    utc = at.astimezone(UTC)
    return utc.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def with_credential_told(endpoints: "QuerySet[Endpoint]") -> "QuerySet[Endpoint]":
    """Add `has_credential` and leave the credential itself in the database."""
    told = ExpressionWrapper(~Q(credential=""), output_field=BooleanField())
    return endpoints.defer("credential").annotate(has_credential=told)


def with_last_run(
    plans: "QuerySet[BenchmarkPlan]", *, at: datetime
) -> "QuerySet[BenchmarkPlan]":
    """Add how the last run of each plan went and what its runs of this month cost.

    `spent_usd` is as `services.month_spent`; `last_run`, `last_status` and `last_slot`
    are None for a plan that never ran.
    """
    runs = BenchmarkRun.objects.filter(plan=OuterRef("pk"))
    last = runs.order_by("-slot", "-created_at")
    usd = Coalesce("cost_usd", "estimate_usd", Value(Decimal(0)))
    spent = (
        runs.filter(created_at__gte=month_of(at))
        .exclude(status=RunStatus.QUEUED)
        .order_by()
        .values("plan")
        .annotate(total=Sum(usd))
    )
    return plans.annotate(
        last_run=Subquery(last.values("pk")[:1]),
        last_status=Subquery(last.values("status")[:1]),
        last_slot=Subquery(last.values("slot")[:1]),
        spent_usd=Coalesce(Subquery(spent.values("total")), Value(Decimal(0))),
    )


def in_brief(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Leave out what is long: the requests, what was asked, the summary."""
    return without_samples(runs).defer("asked", "summary", "client_health")


def without_samples(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Leave out the requests alone."""
    return runs.select_related("offering__provider", "offering__model").defer(*SAMPLES)


def evaluations_in_brief(
    runs: "QuerySet[EvaluationRun]",
) -> "QuerySet[EvaluationRun]":
    """Leave out what is long of evaluation runs: the outcomes, and what was asked."""
    return runs.defer(*COLUMNS, "positions", "asked", "source", "served_models")


def with_endpoint(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Add the endpoint of each run, without its credential."""
    return runs.select_related("endpoint", "organization").defer(
        "endpoint__credential", "endpoint__headers"
    )


def with_headline(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Add the figures that a line can show, by the names of `HEADLINE`.

    They are None for a sweep, whose steps have nothing in common, for what is withheld,
    and while a run is not over.
    """
    return runs.annotate(**{name: F(path) for name, path in HEADLINE.items()})


def studies_with_their_runs(
    studies: "QuerySet[EvaluationStudy]",
) -> "QuerySet[EvaluationStudy]":
    """Return studies with their endpoints, and what is counted of their runs."""
    runs = EvaluationRun.objects.only("study_id", "calls_done", "cost_usd", "closed_at")
    return studies.prefetch_related("endpoints", Prefetch("runs", queryset=runs))
