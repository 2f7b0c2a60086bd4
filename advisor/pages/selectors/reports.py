"""The weekly reports that the pages show, with how many readers got each."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from advisor.reports.models import DeliveryState, ReportEdition, WeeklyReport

_UNDER_WAY = (DeliveryState.WAITING, DeliveryState.SENDING)


def reports_with_readers(rows: "QuerySet[WeeklyReport]") -> "QuerySet[WeeklyReport]":
    """Return reports newest first, without their content, in one query.

    Each has the `subject` of an edition, "" where nobody got one, and how many
    messages are `sent`, `under_way` and `dead`.
    """
    editions = ReportEdition.objects.filter(report=OuterRef("pk")).order_by("pk")
    return (
        rows.defer("content")
        .annotate(
            subject=Subquery(editions.values("subject")[:1]),
            sent=_counted(state=DeliveryState.SENT),
            under_way=_counted(state__in=_UNDER_WAY),
            dead=_counted(state=DeliveryState.DEAD),
        )
        .order_by("-covers_to", "-pk")
    )


def _counted(**state: object) -> Count:
    condition = Q(**{f"deliveries__{name}": value for name, value in state.items()})
    return Count("deliveries", filter=condition)
