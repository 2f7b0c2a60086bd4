"""A change of performance in one plain sentence."""

from datetime import UTC

from benchmarks.models import PerformanceChange

NAMES = {
    "ttft_ms": "TTFT",
    "answer_ttft_ms": "time to the first answer token",
    "tpot_ms": "TPOT",
    "itl_p95_ms": "slowest gaps between tokens (ITL p95)",
    "request_ms": "request latency",
    "error_rate": "error rate",
}
PERCENTILES = {"p50": "median", "p90": "90th", "p95": "95th", "p99": "99th"}
MILLISECONDS, SHARE = "ms", "share"


def unit_of(figure: str) -> str:
    """Return the unit of a figure by its name: milliseconds, or a share from 0 to 1."""
    return SHARE if figure == "error_rate" else MILLISECONDS


def ratio_of(before: float, after: float) -> float | None:
    """Return after to before, to four digits; None from nothing."""
    return float(f"{after / before:.4g}") if before else None


def sentence_of(change: PerformanceChange) -> str:
    """Say what changed from what to what, where, and since when.

    "Median TTFT rose from 210 ms to 260 ms (+24 %) at Paris, short requests, since
    2026-11-20 09:00 UTC."
    """
    verb = "rose" if change.after > change.before else "fell"
    unit = unit_of(change.figure)
    levels = f"from {_level(change.before, unit)} to {_level(change.after, unit)}"
    since = change.effective_from.astimezone(UTC)
    return (
        f"{_named(change.figure)} {verb} {levels}{_by(change)} at"
        f" {change.endpoint.name}, {change.token_class} requests, since"
        f" {since:%Y-%m-%d %H:%M} UTC."
    )


def _named(figure: str) -> str:
    """Return the figure in words, with a capital: "ttft_ms_p50" is "Median TTFT"."""
    base, _, percentile = figure.rpartition("_")
    if percentile not in PERCENTILES or base not in NAMES:
        words = NAMES.get(figure, figure)
    elif percentile == "p50":
        words = f"median {NAMES[base]}"
    else:
        words = f"{PERCENTILES[percentile]} percentile of {NAMES[base]}"
    return words[0].upper() + words[1:]


def _level(level: float, unit: str) -> str:
    if unit == SHARE:
        return f"{_digits(level * 100)} %"
    return f"{_digits(level)} ms"


def _digits(number: float) -> str:
    """Return three digits, or all of a whole part: 0.125, 21.4, 210, 1812."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _by(change: PerformanceChange) -> str:
    """Return by how much, in brackets; nothing for a rise from nothing."""
    if not change.before:
        return ""
    return f" ({(change.after / change.before - 1) * 100:+.0f} %)"
