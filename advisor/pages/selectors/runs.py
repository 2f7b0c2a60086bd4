"""The benchmark runs that the pages show."""

from django.db.models import Case, IntegerField, QuerySet, Value, When

from benchmarks.listings import in_brief, with_endpoint, with_headline, without_samples
from benchmarks.models import BenchmarkRun, RunStatus
from benchmarks.models.runs import WAITING

# Those that run come before those that wait for their turn.
_TURN = Case(
    When(status=RunStatus.RUNNING, then=Value(0)),
    default=Value(1),
    output_field=IntegerField(),
)


def runs_under_way(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Return the runs that are measured or wait, in the order of their turns."""
    waiting = runs.filter(status__in=WAITING, closed_at=None)
    return _listed(waiting).order_by(_TURN, "-priority", "slot", "pk")


def ended_runs(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Return the runs that are over with their headline, the newest first."""
    return with_headline(_listed(runs.filter(closed_at__isnull=False))).order_by(
        "-created_at", "-id"
    )


def _listed(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    return with_endpoint(in_brief(runs))


def run_in_full(runs: "QuerySet[BenchmarkRun]") -> "QuerySet[BenchmarkRun]":
    """Return the runs with all that a page tells of one, without its requests."""
    return with_endpoint(without_samples(runs))
