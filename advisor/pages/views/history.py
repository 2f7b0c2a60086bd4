"""All advice given for a workload, and what set each apart from the one before."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, signed_in
from advisor.pages.advice_history import history_of
from advisor.pages.selectors.advice import history_rows, steps_of
from workloads.models import Workload

PER_PAGE = 20


@require_safe
@signed_in
def history(request: PageRequest, workload_id: UUID) -> HttpResponse:
    """Show the advice newest first, page by page."""
    workload = get_object_or_404(scoped(Workload, request), pk=workload_id)
    page = Paginator(workload.recommendations.order_by("-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    start = PER_PAGE * (page.number - 1)
    # One more than is shown: the last one is compared with it.
    rows = history_rows(workload, start=start, count=PER_PAGE + 1)
    steps = steps_of(row["id"] for row in rows)
    context: dict[str, Any] = {
        "workload": workload,
        "page": page,
        "history": history_of(rows, steps, shown=PER_PAGE),
    }
    return render(request, "pages/history.html", context)
