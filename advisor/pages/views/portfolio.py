"""The first page: all workloads of an organization."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, signed_in
from workloads.models import Workload
from workloads.selectors import with_current_revision


@require_safe
@signed_in
def portfolio(request: PageRequest) -> HttpResponse:
    """Show what is spent, on which sizes, and what to decide."""
    workloads = with_current_revision(scoped(Workload, request)).order_by("name")
    return render(request, "pages/portfolio.html", {"workloads": workloads})
