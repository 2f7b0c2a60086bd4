"""Options, refusals and figures in plain words, for sentences of any page or report.

Names stay as they are given: whoever puts a sentence into markup escapes it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

Json = dict[str, Any]

STANDARD = "standard"
_TENTH = Decimal("0.1")

# What refuses, by code; {limit} and {value} are written with their unit. The second
# sentence serves where the value is unknown.
_REFUSALS: dict[str, tuple[str, str]] = {
    "not_a_chat_model": ("it is no chat model", ""),
    "unpriced": ("no price is known", ""),
    "no_exchange_rate": ("no exchange rate is known for its price", ""),
    "retired": ("it retired on {value}", "it is retired"),
    "retires_within_horizon": (
        "it retires on {value}, within twelve months",
        "it retires within twelve months",
    ),
    "deprecated": ("its provider calls it deprecated", ""),
    "cannot_wait": ("it answers in batches, and not every request can wait", ""),
    "provider_not_allowed": (
        "its provider {value} is not among those allowed ({limit})",
        "its provider is not allowed",
    ),
    "provider_denied": ("its provider {value} is denied", "its provider is denied"),
    "not_open_weights": ("its weights are not open", ""),
    "open_weights_unknown": ("nobody says whether its weights are open", ""),
    "residency_not_met": (
        "it processes data in {value}, outside {limit}",
        "it processes data outside {limit}",
    ),
    "residency_unknown": ("nobody says where it processes data", ""),
    "retention_not_zero": ("it retains data", ""),
    "retention_unknown": ("nobody says whether it retains data", ""),
    "trains_on_data": ("its provider trains on data", ""),
    "training_unknown": ("nobody says whether its provider trains on data", ""),
    "capability_missing": ("it lacks {value}", "it lacks one of {limit}"),
    "capability_unknown": (
        "nobody says whether it has {value}",
        "nobody says whether it has {limit}",
    ),
    "context_too_short": (
        "its context of {value} is below the {limit} needed",
        "its context is below the {limit} needed",
    ),
    "context_unknown": ("nobody states its context; {limit} are needed", ""),
    "output_too_short": (
        "its answers end at {value}, below the {limit} needed",
        "its answers end below the {limit} needed",
    ),
    "model_too_large": (
        "its {value} are above the limit of {limit}",
        "it is larger than {limit}",
    ),
    "size_undisclosed": ("its size is undisclosed, and the limit is {limit}", ""),
    "rate_limit_below_peak": (
        "its rate limit of {value} is below the peak of {limit}",
        "its rate limit is below the peak of {limit}",
    ),
    "token_limit_below_peak": (
        "its rate limit of {value} is below the peak of {limit}",
        "its rate limit is below the peak of {limit}",
    ),
    "ttft_over_limit": (
        "its p95 TTFT of {value} is above the limit of {limit}",
        "its p95 TTFT is above the limit of {limit}",
    ),
    "itl_over_limit": (
        "its p95 time between tokens of {value} is above the limit of {limit}",
        "its p95 time between tokens is above the limit of {limit}",
    ),
    "request_latency_over_limit": (
        "its p95 request latency of {value} is above the limit of {limit}",
        "its p95 request latency is above the limit of {limit}",
    ),
    "latency_unproven": ("its latency is unproven", ""),
    "error_rate_over_limit": (
        "its error rate of {value} is above the limit of {limit}",
        "its error rate is above the limit of {limit}",
    ),
    "quality_below_floor": (
        "its quality of {value} is below the floor of {limit}",
        "its quality is below the floor of {limit}",
    ),
    "quality_unproven": ("its quality is unproven", ""),
    "over_budget": (
        "its dearest month of {value} is above the budget of {limit}",
        "its dearest month is above the budget of {limit}",
    ),
}

# The same where there are no figures: for many options at once.
_WITHOUT_FIGURES = {
    "retired": "it is retired",
    "retires_within_horizon": "it retires within twelve months",
    "provider_not_allowed": "its provider is not allowed",
    "provider_denied": "its provider is denied",
    "residency_not_met": "it processes data outside the regions allowed",
    "capability_missing": "it lacks a capability needed",
    "capability_unknown": "nobody says whether it has a capability needed",
    "context_too_short": "its context is too short",
    "context_unknown": "nobody states its context",
    "output_too_short": "its answers end too early",
    "model_too_large": "it is larger than allowed",
    "size_undisclosed": "its size is undisclosed",
    "rate_limit_below_peak": "its limit of requests is below the peak",
    "token_limit_below_peak": "its limit of tokens is below the peak",
    "ttft_over_limit": "its p95 TTFT is above the limit",
    "itl_over_limit": "its p95 time between tokens is above the limit",
    "request_latency_over_limit": "its p95 request latency is above the limit",
    "error_rate_over_limit": "its error rate is above the limit",
    "quality_below_floor": "its quality is below the floor",
    "over_budget": "its dearest month is above the budget",
}


def option_words(
    offering: Mapping[str, Any],
    service_tier: str,
    strategy: Mapping[str, Any] | None = None,
) -> str:
    """Return an option's name: "Mistral Small at mistral", with its tier if special.

    How it is run follows, where not by a single call.
    """
    tier = "" if service_tier == STANDARD else f" ({service_tier} tier)"
    return f"{offering['name']} at {offering['provider']}{tier}{how_words(strategy)}"


def how_words(strategy: Mapping[str, Any] | None) -> str:
    """Return how an option is run, to follow its name; empty for a single call."""
    if strategy is None or strategy.get("kind") not in _HOW:
        return ""
    first, *others = strategy["stages"]
    agree = (first.get("accept_agreement") or "").split("/")[0]
    return _HOW[strategy["kind"]].format(
        samples=first["samples"],
        agree=agree,
        other=others[0]["offering"]["name"] if others else "",
    )


_HOW = {
    "vote": ", by up to {samples} votes",
    "verified": ", the best of {samples} by a verifier",
    "retry": ", asked up to {samples} times until its answer can be read",
    "cascade": ", asked up to {samples} times, and {other} where fewer than {agree}"
    " agree",
}


def refusal_words(reason: Mapping[str, Any]) -> str:
    """Return one refusal of an answer as a clause, with its limit and value."""
    code = reason["code"]
    if code not in _REFUSALS:
        return code_words(code)
    known, unknown = _REFUSALS[code]
    unit = reason["unit"]
    clause = unknown if unknown and reason["value"] is None else known
    return clause.format(
        limit=figure_words(reason["limit"], unit),
        value=figure_words(reason["value"], unit),
    )


def code_words(code: str) -> str:
    """Return a refusal's code as a clause without figures.

    A code that only answers of an earlier engine have is told as it is.
    """
    known, _ = _REFUSALS.get(code, (code.replace("_", " "), ""))
    return _WITHOUT_FIGURES.get(code, known)


def refusals_words(reasons: Iterable[Mapping[str, Any]]) -> str:
    """Return all refusals as clauses, joined."""
    return "; ".join(refusal_words(reason) for reason in reasons)


def figure_words(value: Any, unit: str) -> str:
    """Return a limit or a value with its unit, as a person reads it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    if unit == "share":
        return f"{digits(value * 100)} %"
    if unit == "10^9":
        return f"{digits(value)} billion parameters"
    if unit == "USD/month":
        return f"{value:,.2f} USD a month"
    return f"{digits(value)} {unit}"


def digits(number: float) -> str:
    """Return three digits, or all of a whole part: 0.125, 21.4, 812, 128,000."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def percent_words(before: Decimal, after: Decimal) -> str | None:
    """Return by how much a figure moved, "rose 20 %"; None from nothing or if alike."""
    if not before or before == after:
        return None
    percent = abs((after - before) / before * 100)
    rounded = percent.quantize(_TENTH, rounding=ROUND_HALF_EVEN)
    shown = "under 0.1" if not rounded else f"{rounded.normalize():f}"
    return f"{'rose' if after > before else 'fell'} {shown} %"


def money_words(amount: Decimal, currency: str) -> str:
    """Return a sum to a cent: "1,680.00 USD"."""
    return f"{amount:,.2f} {currency}"


def day_words(moment: datetime) -> str:
    """Return the day of a moment in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
