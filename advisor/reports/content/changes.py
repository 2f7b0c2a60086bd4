"""What changed in a week, and why."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from advisor.recommendations.amounts import iso
from advisor.recommendations.changes import changes_between
from advisor.recommendations.models import Recommendation, State, Transition
from advisor.recommendations.wording import how_words
from advisor.reports.content.answers import best_of, newest_advice, whole_answers
from advisor.reports.content.options import Key, who
from advisor.reports.content.prices import price_changes
from advisor.reports.content.span import Span
from benchmarks.change_sentences import sentence_of
from benchmarks.models import PerformanceChange
from benchmarks.selectors.changes import with_endpoints

Json = dict[str, Any]

# Steps that a person took; the service takes the others itself.
DECISIONS = (
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.SUCCEEDED,
    State.FAILED,
    State.DISMISSED,
)


def changes_of(span: Span, portfolio: Json, used: Mapping[Key, Json]) -> Json:
    """Return the news of a week: of advice, of decisions, of speed and of prices."""
    return {
        "advice": _advice(span, portfolio["workloads"]),
        "decisions": _decisions(span, portfolio["workloads"]),
        "performance": _performance(span, used),
        "prices": price_changes(span, used),
    }


def _advice(span: Span, workloads: Sequence[Json]) -> list[Json]:
    """Return how advice differs at the two ends, largest change of spend first."""
    before, after = (
        newest_advice(
            span.organization,
            workloads=[each["id"] for each in workloads],
            at=min(moment, span.known_at),
        )
        for moment in (span.covers_from, span.covers_to)
    )
    renewed = {
        workload: (before.get(workload), newest)
        for workload, newest in after.items()
        if newest != before.get(workload)
    }
    rows = whole_answers({pk for pair in renewed.values() for pk in pair if pk})
    found = [
        _first(each, rows[newest])
        if old is None
        else _changed(each, rows[old], rows[newest])
        for each in workloads
        if (pair := renewed.get(UUID(each["id"]))) is not None
        for old, newest in [pair]
    ]
    return sorted(filter(None, found), key=_weight)


def _weight(change: Json) -> tuple[Decimal, str]:
    return -abs(Decimal(change["change"] or 0)), change["workload"]["name"]


def _first(workload: Json, newest: Recommendation) -> Json:
    """Return the news that a workload was advised for the first time."""
    return {
        "workload": who(workload),
        "path": f"/workloads/{workload['id']}/",
        "first": True,
        "change": None,
        "drivers": [],
        "sentences": [],
        "pick": _pick(newest),
    }


def _pick(recommendation: Recommendation) -> Json | None:
    best = best_of(recommendation.answer)
    if best is None:
        return None
    stage = best["strategy"]["stages"][0]
    names = {name: stage["offering"][name] for name in ("provider", "name")}
    how = how_words(best["strategy"])
    return {**names, "service_tier": stage["service_tier"], "how": how}


def _changed(
    workload: Json, before: Recommendation, after: Recommendation
) -> Json | None:
    """Return why advice differs, None where there is nothing to tell."""
    found = changes_between(before, after)
    if not found["sentences"]:
        return None
    return {
        "workload": who(workload),
        "path": f"/recommendations/{after.pk}/changes/?since={before.pk}",
        "first": False,
        "change": found["twelve_months"]["change"],
        "drivers": [
            {"driver": each["driver"], "amount": each["amount"]}
            for each in found["drivers"]
            if Decimal(each["amount"] or 0)
        ],
        "sentences": found["sentences"],
        "pick": _pick(after),
    }


def _decisions(span: Span, workloads: Iterable[Json]) -> list[Json]:
    """Return what people decided about advice, oldest first."""
    names = {each["id"]: each for each in workloads}
    steps = (
        Transition.objects.visible_to(span.organization)
        .filter(
            at__gt=span.covers_from,
            at__lte=min(span.covers_to, span.known_at),
            to_state__in=DECISIONS,
        )
        .order_by("at", "pk")
        .values_list("recommendation__workload_id", "to_state", "at", "reason")
    )
    return [
        {
            "workload": who(names[str(workload)]),
            "state": state,
            "at": iso(at),
            "reason": reason,
        }
        for workload, state, at, reason in steps
        if str(workload) in names
    ]


def _performance(span: Span, used: Mapping[Key, Json]) -> list[Json]:
    """Return the lasting changes that were found out this week, newest first."""
    changes = with_endpoints(
        PerformanceChange.objects.visible_to(span.organization)
    ).filter(
        endpoint__offering__in={offering for offering, _ in used},
        received_at__gt=span.covers_from,
        received_at__lte=min(span.covers_to, span.known_at),
    )
    return [
        {
            **used[key],
            "sentence": sentence_of(change),
            "at": iso(change.received_at),
        }
        for change in changes.order_by("-received_at", "pk")
        if (key := _key_of(change)) in used
    ]


def _key_of(change: PerformanceChange) -> Key:
    return str(change.endpoint.offering_id), change.endpoint.service_tier
