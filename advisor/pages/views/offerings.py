"""One offering: what is known of it, what it costs over time, how fast it has been."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, signed_in
from advisor.pages.offering_charts import latency_charts, price_chart, rate_table
from advisor.pages.offering_facts import fact_groups, retirement_of
from advisor.pages.selectors.offerings import (
    PriceLine,
    buying_workloads,
    latency_lines,
    measurers,
    price_lines,
)
from catalog.models import Offering
from catalog.selectors import Moment, offering_details

# Runs of more kinds than these are for the API.
MOST_LINES = 6


@require_safe
@signed_in
def offering(request: PageRequest, offering_id: UUID) -> HttpResponse:
    """Show facts, prices, latency, retirement, and who measures and uses it."""
    rows = scoped(Offering, request).select_related("provider", "model")
    found = get_object_or_404(rows, pk=offering_id)
    organization, now = request.auth.organization, timezone.now()
    details = offering_details([found], Moment(as_of=now, known_at=now))
    model = details.model_facts.get(found.model_id)
    own = details.offering_facts.get(found.pk)
    lines = price_lines(found, known_at=now)
    measured = latency_lines(found, organization, at=now)
    return render(
        request,
        "pages/offering.html",
        {
            "offering": found,
            "groups": fact_groups(found, model, own),
            "retirement": retirement_of(model, own, today=now.date()),
            "rates": rate_table(lines, now),
            "prices": _price_sections(lines, now),
            "latency": [
                (line, latency_charts(line, number))
                for number, line in enumerate(measured[:MOST_LINES])
            ],
            "measurers": measurers(found, organization, at=now),
            "workloads": buying_workloads(found, organization),
        },
    )


def _price_sections(lines: list[PriceLine], at: datetime) -> list[dict[str, object]]:
    """Return each tier's chart; one that never changed and is no more has none."""
    return [
        {"line": line, "chart": price_chart(line, number, at)}
        for number, line in enumerate(lines)
        if any(step["rate"] is not None for step in line.steps())
    ]
