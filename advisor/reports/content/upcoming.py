"""What is announced for the next months about options in use or advised."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from advisor.reports.content.options import Key
from advisor.reports.content.prices import announced_changes
from advisor.reports.content.span import Span
from catalog.models import ModelFacts, Offering, OfferingFacts
from catalog.selectors import Moment, holding

Json = dict[str, Any]

AHEAD = timedelta(days=120)


def upcoming_of(span: Span, options: Mapping[Key, Json]) -> Json:
    """Return retirements and changes of price within 120 days, soonest first.

    One that is new became known in this week.
    """
    return {
        "retirements": _retirements(span, options),
        "prices": announced_changes(span, options, until=span.covers_to + AHEAD),
    }


def _retirements(span: Span, options: Mapping[Key, Json]) -> list[Json]:
    offerings = {offering for offering, _ in options}
    days = retirement_days(offerings, span.after)
    known = retirement_days(offerings, span.before)
    last = (span.covers_to + AHEAD).date()
    found = [
        {
            **option,
            "on": days[offering].isoformat(),
            "new": days[offering] != known.get(offering),
        }
        for (offering, _), option in options.items()
        if offering in days and days[offering] <= last
    ]
    return sorted(found, key=lambda each: each["on"])


def retirement_days(offerings: Iterable[str], at: Moment) -> dict[str, date]:
    """Return when offerings, or their models, retire, as far as is known; by id."""
    rows = Offering.objects.filter(pk__in=list(offerings))
    models = dict(rows.values_list("pk", "model_id"))
    of_offerings = _days(OfferingFacts, "offering_id", models, at)
    of_models = _days(ModelFacts, "model_id", models.values(), at)
    found = {
        str(offering): [of_offerings.get(offering), of_models.get(model)]
        for offering, model in models.items()
    }
    return {
        offering: min(day for day in days if day is not None)
        for offering, days in found.items()
        if any(days)
    }


def _days(
    facts: type[OfferingFacts] | type[ModelFacts],
    owner: str,
    owners: Iterable[Any],
    at: Moment,
) -> dict[Any, date | None]:
    rows: Any = facts.objects.filter(**{f"{owner}__in": list(owners)})
    return dict(holding(rows, [owner], at).values_list(owner, "retires_on"))
