"""Benchmark runs: which are under way, how far one is, and what it measured."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, signed_in
from advisor.pages.selectors.runs import ended_runs, run_in_full, runs_under_way
from benchmarks.admin.run_facts import facts_of
from benchmarks.admin.run_tables import Table, result_tables_of
from benchmarks.models import BenchmarkRun
from benchmarks.progress import progress_of

# More under way than a reader can follow; the rest is counted.
MOST_UNDER_WAY = 50
RECENT = 20


@require_safe
@signed_in
def runs(request: PageRequest) -> HttpResponse:
    """Show the runs under way and those that ended last, own and shared ones."""
    found = scoped(BenchmarkRun, request)
    under_way = list(runs_under_way(found)[: MOST_UNDER_WAY + 1])
    shown = under_way[:MOST_UNDER_WAY]
    return render(
        request,
        "pages/runs.html",
        {
            "under_way": [(each, progress_of(each)) for each in shown],
            "more": len(under_way) > MOST_UNDER_WAY,
            "ended": ended_runs(found)[:RECENT],
        },
    )


@require_safe
@signed_in
def run(request: PageRequest, run_id: UUID) -> HttpResponse:
    """Show one run: how far it is while it is measured, then what came of it."""
    found = get_object_or_404(run_in_full(scoped(BenchmarkRun, request)), pk=run_id)
    context: dict[str, Any] = {
        "run": found,
        "progress": progress_of(found),
        "facts": facts_of(found),
        "tables": [(each, _labelled(each)) for each in result_tables_of(found)],
    }
    return render(request, "pages/run.html", context)


@require_safe
@signed_in
def run_progress(request: PageRequest, run_id: UUID) -> JsonResponse:
    """Answer how far a run is, for the script that follows it."""
    found = get_object_or_404(run_in_full(scoped(BenchmarkRun, request)), pk=run_id)
    return JsonResponse(progress_of(found))


def _labelled(table: Table) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each row as its name and its cells, each with its column's header."""
    headers = table.headers[1:] or ("",) * max(len(row) for row in table.rows)
    return [(row[0], list(zip(headers, row[1:], strict=False))) for row in table.rows]
