"""How fast and how reliably what is in use answered in a week, as measured."""

from collections.abc import Mapping
from typing import Any

from advisor.recommendations.amounts import iso
from advisor.reports.content.options import Key
from advisor.reports.content.span import Span
from benchmarks.harness.intervals import Share
from benchmarks.models import BenchmarkRun
from benchmarks.performance import Performance, performance
from benchmarks.selectors import performance as runs
from catalog.models import Offering

Json = dict[str, Any]

# Of each option, those conditions with the most requests.
GROUPS_SHOWN = 2


def health_of(span: Span, options: Mapping[Key, Json]) -> list[Json]:
    """Return each option with what was measured of it; no groups where nothing was."""
    offerings = Offering.objects.in_bulk([offering for offering, _ in options])
    by_id = {str(key): offering for key, offering in offerings.items()}
    return [
        {**option, **_measured(span, by_id[offering], tier)}
        for (offering, tier), option in options.items()
    ]


def _measured(span: Span, offering: Offering, service_tier: str) -> Json:
    found = runs.runs_within(
        BenchmarkRun.objects.visible_to(span.organization),
        offering=offering,
        span=runs.Span(
            since=span.covers_from, as_of=min(span.covers_to, span.known_at)
        ),
        only={"service_tier": service_tier},
    )
    try:
        runs.left_out(found)
    except runs.TooManyRequests:
        return {"groups": [], "too_many": True}
    groups = performance(runs.measured_runs(found))
    largest = sorted(groups, key=lambda group: -group.figures.metrics.requests)
    return {
        "groups": [_group(group) for group in largest[:GROUPS_SHOWN]],
        "too_many": False,
    }


def _group(group: Performance) -> Json:
    found = group.figures.metrics
    latencies = found.latencies
    return {
        "token_class": group.condition.token_class,
        "basis": group.condition.basis,
        "runs": group.figures.runs,
        "requests": found.requests,
        "ttft_ms_p50": _rounded(latencies["ttft_ms"].p50.value),
        "ttft_ms_p95": _rounded(latencies["ttft_ms"].p95.value),
        "tpot_ms_p50": _rounded(latencies["tpot_ms"].p50.value),
        "request_ms_p95": _rounded(latencies["request_ms"].p95.value),
        "errors": _share(found.errors),
        "until": iso(group.figures.last_finished_at),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _share(share: Share) -> Json:
    return {
        "count": share.count,
        "n": share.n,
        "share": share.share,
        "low": share.low and round(share.low, 5),
        "high": share.high and round(share.high, 5),
    }
