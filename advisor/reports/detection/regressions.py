"""Lasting changes for the worse at endpoints of what is in use."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from advisor.recommendations.amounts import iso
from advisor.reports.detection.news import News, percent_of, sized
from advisor.reports.detection.situation import Concerned, Situation
from advisor.reports.models import AlertKind
from benchmarks.change_sentences import unit_of
from benchmarks.models import PerformanceChange

ERROR_RATE = "error_rate"


def regressions(situation: Situation) -> Iterator[News]:
    """Yield what became slower, or fails more often, and has not recovered since."""
    option = situation.used
    if option is None:
        return
    newest: dict[tuple[UUID, str, str], PerformanceChange] = {}
    for change in _found(situation, option):
        newest[change.endpoint_id, change.token_class, change.figure] = change
    for change in newest.values():
        if change.after > change.before:
            yield _news(situation, option, change)


def _found(situation: Situation, option: Concerned) -> Iterator[PerformanceChange]:
    """Return the changes that became known since the last look, oldest first."""
    rows = PerformanceChange.objects.visible_to(situation.workload.organization)
    found = rows.filter(
        endpoint__offering=UUID(option.key.offering),
        endpoint__service_tier=option.key.service_tier,
        received_at__gt=situation.known_before,
        received_at__lte=situation.decision.view.known_at,
    )
    related = found.select_related("endpoint").defer("endpoint__credential")
    return related.order_by("received_at", "id").iterator()


def _news(situation: Situation, option: Concerned, change: PerformanceChange) -> News:
    percent = percent_of(Decimal(repr(change.before)), Decimal(repr(change.after)))
    errors = change.figure == ERROR_RATE
    return News(
        kind=AlertKind.ERROR_REGRESSION if errors else AlertKind.LATENCY_REGRESSION,
        subject=f"{situation.workload.pk}:{change.pk}",
        size=sized(percent),
        facts={
            **situation.facts(option),
            "endpoint": {"id": str(change.endpoint_id), "name": change.endpoint.name},
            "token_class": change.token_class,
            "figure": change.figure,
            "unit": unit_of(change.figure),
            "before": change.before,
            "after": change.after,
            "percent": None if percent is None else f"{percent:.2f}",
            "effective_from": iso(change.effective_from),
        },
    )
