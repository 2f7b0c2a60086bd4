"""Why advice is what it is now: the change since an earlier recommendation."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, signed_in
from advisor.pages.advice_changes import (
    change_chart,
    driver_rows,
    exact,
    news_of,
    signed,
    totals_of,
)
from advisor.pages.selectors.advice import advice_before, earlier_moments
from advisor.recommendations.changes import changes_between
from advisor.recommendations.models import Recommendation


@require_safe
@signed_in
def changes(request: PageRequest, recommendation_id: UUID) -> HttpResponse:
    """Explain a recommendation's difference to the one in `since`, else to the last."""
    after = get_object_or_404(_compared(request), pk=recommendation_id)
    before = _before(request, after)
    context: dict[str, Any] = {
        "workload": after.workload,
        "after": after,
        "before": before,
        "earlier": earlier_moments(after),
    }
    if before is not None:
        found = changes_between(before, after)
        context |= {
            "changes": found,
            "news": news_of(found),
            "spend": {
                end: exact(found[end]["twelve_months"], found["currency"])
                for end in ("from", "to")
            },
            "to": found["to"],
            "from": found["from"],
            "change": signed(found["twelve_months"]["change"], found["currency"]),
            "totals": totals_of(found),
            "drivers": driver_rows(found),
            "chart": change_chart(found),
        }
    return render(request, "pages/changes.html", context)


def _compared(request: PageRequest) -> "QuerySet[Recommendation]":
    related = ("workload", "revision", "previous")
    return scoped(Recommendation, request).select_related(*related)


def _before(request: PageRequest, after: Recommendation) -> Recommendation | None:
    """Return what to compare with; 404 for what is no earlier advice on the same."""
    since = request.GET.get("since")
    rows = _compared(request).filter(
        workload=after.workload_id, created_at__lt=after.created_at
    )
    if not since:
        return advice_before(rows)
    try:
        return get_object_or_404(rows, pk=UUID(since))
    except ValueError as error:
        raise Http404 from error
