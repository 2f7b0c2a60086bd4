"""The first page: all workloads of an organization."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from advisor.pages.access import PageRequest, signed_in
from advisor.pages.decisions import decision_of
from advisor.pages.size_mix import size_mix_of
from advisor.recommendations.portfolio import portfolio_of


@require_safe
@signed_in
def portfolio(request: PageRequest) -> HttpResponse:
    """Show what is spent, on which sizes, and what to decide."""
    whole = portfolio_of(request.auth.organization, as_of=timezone.now())
    context = {
        **whole,
        "decided": [(each, decision_of(each)) for each in whole["workloads"]],
        "chart": size_mix_of(whole["size_mix"]),
        "no_prices": bool(whole["workloads"])
        and len(whole["totals"]["unpriced"]) == len(whole["workloads"]),
    }
    return render(request, "pages/portfolio.html", context)
