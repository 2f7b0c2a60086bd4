"""What the page of a run says first: what came of it."""

from collections.abc import Mapping
from typing import Any

from benchmarks.admin.shown import duration, milliseconds, percent, usd
from benchmarks.models import BenchmarkRun
from benchmarks.progress import duration_s


def facts_of(run: BenchmarkRun) -> list[tuple[str, str]]:
    """Return what a reader wants to know first."""
    return [
        *_headline(run.summary.get("metrics")),
        ("Cost", usd(run.cost_usd)),
        ("Estimate", usd(run.estimate_usd)),
        ("Took", duration(duration_s(run))),
    ]


def _headline(metrics: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return the figures of one load; a sweep has several, in a table."""
    if not metrics:
        return []
    ttft, tpot = (metrics["latencies"][name] for name in ("ttft_ms", "tpot_ms"))
    return [
        ("TTFT p50", milliseconds(ttft["p50"]["value"])),
        ("TTFT p95", milliseconds(ttft["p95"]["value"])),
        ("TPOT p50", milliseconds(tpot["p50"]["value"])),
        ("Errors", percent(metrics["errors"]["share"])),
    ]
