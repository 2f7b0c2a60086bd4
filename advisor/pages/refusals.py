"""Why options were refused, in a buyer's words."""

from typing import Any

from advisor.pages.templatetags.shown import milliseconds, number, percent

Json = dict[str, Any]

# What is against an option, by the API's code.
WORDS = {
    "not_a_chat_model": "no chat model",
    "unpriced": "its price is unknown",
    "no_exchange_rate": "no exchange rate to its currency is known",
    "retired": "it is retired",
    "retires_within_horizon": "it retires within the twelve months",
    "deprecated": "its maker advises against new use",
    "cannot_wait": "too few of the requests can wait for it",
    "provider_not_allowed": "its provider is not among the allowed",
    "provider_denied": "its provider is denied",
    "not_open_weights": "its weights are not open",
    "open_weights_unknown": "whether its weights are open is unknown",
    "residency_not_met": "it processes requests outside the regions allowed",
    "residency_unknown": "where it processes requests is unknown",
    "retention_not_zero": "it retains requests",
    "retention_unknown": "whether it retains requests is unknown",
    "trains_on_data": "it trains on requests",
    "training_unknown": "whether it trains on requests is unknown",
    "capability_missing": "it lacks a capability",
    "capability_unknown": "whether it has a capability is unknown",
    "context_too_short": "its context is too short",
    "context_unknown": "the length of its context is unknown",
    "output_too_short": "its answers are cut too short",
    "model_too_large": "it is larger than allowed",
    "size_undisclosed": "its size is not disclosed",
    "rate_limit_below_peak": "it takes fewer requests a minute than the peak",
    "token_limit_below_peak": "it takes fewer tokens a minute than the peak",
    "ttft_over_limit": "its first token comes too late",
    "itl_over_limit": "its tokens come too slowly",
    "request_latency_over_limit": "its answers take too long",
    "latency_unproven": "its latency is unproven",
    "error_rate_over_limit": "too many of its requests fail",
    "quality_below_floor": "its quality is below the floor",
    "quality_unproven": "it is too unlikely to meet the quality floor",
    "over_budget": "it costs more than the budget",
}
_SHOWN = {"ms": milliseconds, "share": percent}


def counted(by_reason: dict[str, int]) -> list[tuple[str, int]]:
    """Return reasons in words with how many options each refused, most first."""
    most_first = sorted(by_reason.items(), key=lambda each: (-each[1], each[0]))
    return [(WORDS.get(code, code), count) for code, count in most_first]


def against(reasons: list[Json]) -> str:
    """Return all that is against an option, with the figures where there are some."""
    return "; ".join(_told(reason) for reason in reasons)


def limits_crossed(reasons: list[Json]) -> list[str]:
    """Return the limits that a buyer would have to relax, in words."""
    return [_told(reason) for reason in reasons]


def _told(reason: Json) -> str:
    said = WORDS.get(reason["code"], reason["code"].replace("_", " "))
    value, limit = _figure(reason, "value"), _figure(reason, "limit")
    if value and limit:
        return f"{said} ({value}, the limit is {limit})"
    return f"{said} ({value or limit})" if value or limit else said


def _figure(reason: Json, name: str) -> str:
    value = reason[name]
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int | float):
        return _SHOWN.get(reason["unit"], number)(value)
    return str(value)
