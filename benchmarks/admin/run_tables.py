"""A run's summary as tables of words, for the run's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.admin.shown import UNKNOWN, milliseconds, percent
from benchmarks.models import BenchmarkRun

Summary = Mapping[str, Any]

LATENCIES = {
    "ttft_ms": "Time to first token",
    "answer_ttft_ms": "Time to first answer token",
    "tpot_ms": "Time per output token",
    "itl_p95_ms": "Between tokens, p95 of each request",
    "request_ms": "Whole request",
}
# What a run asks, in the order of a reader's questions; see `services.asking`.
ASKED = {
    "token_class": "Token class",
    "lengths": "Tokens of a request",
    "workload": "Workload",
    "profile": "Profile",
    "requests": "Requests",
    "warmup": "Warm-up",
    "concurrency": "At once",
    "requests_per_second": "Requests per second",
    "prompt_cache": "Prompt cache",
    "deadline_s": "Deadline, s",
    "budget_per_run_usd": "Budget, USD",
    "base_url": "Address",
    "protocol": "Protocol",
    "wire_model": "Model on the wire",
    "header_names": "Headers",
    "credential": "With a credential",
    "body_extra": "Further fields",
    "patience": "Patience",
    "seed": "Seed",
}
PERCENTILES = ("p50", "p90", "p95", "p99")
PERCENTILE_NOTE = (
    "In brackets the upper bound, at 95 % confidence, that a limit is held against. A"
    " percentile that too few requests carry is withheld."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of words under a title; the first column names the row."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables_of(run: BenchmarkRun) -> list[Table]:
    """Return what there is to tell of a run; a table without rows is left out."""
    found = [asked_table(run.asked), _client(run)]
    return [*result_tables_of(run), *(table for table in found if table.rows)]


def result_tables_of(run: BenchmarkRun) -> list[Table]:
    """Return what a run measured; a table without rows is left out."""
    metrics = run.summary.get("metrics") or {}
    found = [
        _latencies(metrics),
        _phases(run.summary),
        _rates(metrics, run.summary),
        _errors(run.summary),
    ]
    return [table for table in found if table.rows]


def _latencies(metrics: Summary) -> Table:
    measured = metrics.get("latencies") or {}
    return Table(
        title="Latency",
        headers=("", "Requests", *PERCENTILES),
        rows=tuple(
            (
                label,
                str(measured[name]["n"]),
                *(percentile_word(measured[name][each]) for each in PERCENTILES),
            )
            for name, label in LATENCIES.items()
            if name in measured and measured[name]["n"]
        ),
        note=PERCENTILE_NOTE,
    )


def percentile_word(found: Summary) -> str:
    """Return a percentile with its bound in brackets."""
    if found["value"] is None:
        return f"needs {found['needs']} more"
    value = milliseconds(found["value"])
    return value if found["upper"] is None else f"{value} ({_bound(found['upper'])})"


def _bound(upper: float) -> str:
    return f"\u2264 {milliseconds(upper)}"


def _phases(summary: Summary) -> Table:
    saturation = summary.get("saturation")
    return Table(
        title="Steps of the sweep",
        headers=(
            *("Step", "At once", "Requests", "TTFT p50", "TPOT p50"),
            *("Requests/s", "Output tokens/s", "Errors"),
        ),
        rows=tuple(_phase(phase) for phase in summary.get("phases") or ()),
        note=_saturated(saturation),
    )


def _phase(phase: Summary) -> tuple[str, ...]:
    metrics = phase["metrics"]
    return (
        str(phase["phase"] + 1),
        _number(phase["concurrency"]),
        str(metrics["requests"]),
        milliseconds(metrics["latencies"]["ttft_ms"]["p50"]["value"]),
        milliseconds(metrics["latencies"]["tpot_ms"]["p50"]["value"]),
        _number(metrics["requests_per_second"]),
        _number(metrics["output_tokens_per_second"]),
        percent(metrics["errors"]["share"]),
    )


def _saturated(saturation: Summary | None) -> str:
    if not saturation:
        return "It was not saturated."
    step, sign = saturation["phase"] + 1, saturation["sign"]
    return f"Saturated at step {step}, as its {sign} showed."


def _rates(metrics: Summary, summary: Summary) -> Table:
    if not metrics:
        return Table(title="", headers=(), rows=())
    tokens = metrics["tokens"]
    rows = [
        ("Requests per second", _number(metrics["requests_per_second"])),
        ("Output tokens per second", _number(metrics["output_tokens_per_second"])),
        ("Input tokens per request", _number(tokens["input_tokens"])),
        ("of which from a cache", _number(tokens["cached_tokens"])),
        ("Output tokens per request", _number(tokens["output_tokens"])),
        ("of which reasoning", _number(tokens["reasoning_tokens"])),
        ("Answers of another length", str(metrics["length_mismatches"])),
        ("Made to wait by a 429", percent(metrics["throttled"]["share"])),
        ("Model that answered", ", ".join(metrics["served_models"]) or UNKNOWN),
        ("Met every limit", _goodput(summary.get("goodput"))),
    ]
    return Table(title="Throughput and tokens", headers=(), rows=tuple(rows))


def _goodput(goodput: Summary | None) -> str:
    if goodput is None:
        return "no limits were stated"
    if goodput["good"] is None:
        return f"withheld: {str(goodput['withheld']).replace('_', ' ')}"
    good = goodput["good"]
    return (
        f"{percent(good['share'])} ({percent(good['low'])} to {percent(good['high'])})"
    )


def _errors(summary: Summary) -> Table:
    metrics = summary.get("metrics") or {}
    kinds = metrics.get("errors_by_kind") or {}
    requests = metrics.get("requests") or 0
    return Table(
        title="Errors by kind",
        headers=("Kind", "Requests", "Share"),
        rows=tuple(
            (kind.replace("_", " "), str(count), percent(count / requests))
            for kind, count in sorted(kinds.items(), key=lambda each: -each[1])
        ),
    )


def asked_table(asked: Mapping[str, Any]) -> Table:
    """Return what was asked, in the order of a reader's questions."""
    known = {name: asked[name] for name in ASKED if name in asked}
    others = {name: value for name, value in asked.items() if name not in ASKED}
    rows = [
        (ASKED.get(name, name.replace("_", " ").capitalize()), _asked_word(name, value))
        for name, value in (known | others).items()
    ]
    return Table(title="What was asked", headers=(), rows=tuple(rows))


def _asked_word(name: str, value: Any) -> str:
    if name == "lengths":
        return "; ".join(f"{prompt:,} in, {answer:,} out" for prompt, answer in value)
    return _worded(value)


def _client(run: BenchmarkRun) -> Table:
    health = run.client_health
    rows = [("Version", run.client_version), ("Host", run.client_host)]
    rows += [
        ("Event loop late, p50", _lag(health, "lag_ms_p50")),
        ("Event loop late, p99", _lag(health, "lag_ms_p99")),
        ("Event loop late, at most", _lag(health, "lag_ms_max")),
        ("Requests sent late, p95", _lag(health, "late_ms_p95")),
        ("Share of one core", percent(health.get("cpu_share"))),
        ("Was it the bottleneck?", _limited(health)),
    ]
    shown = tuple((name, word) for name, word in rows if word not in ("", UNKNOWN))
    return Table(title="Our own client", headers=(), rows=shown)


def _lag(health: Mapping[str, Any], name: str) -> str:
    return milliseconds(health.get(name))


def _limited(health: Mapping[str, Any]) -> str:
    if "client_limited" not in health:
        return ""
    return f"Yes. {health.get('reason', '')}" if health["client_limited"] else "No."


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, "", [], {}):
        return UNKNOWN
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_worded(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_worded(each) for each in value)
    return str(value)


def _number(figure: float | None) -> str:
    if figure is None:
        return UNKNOWN
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
