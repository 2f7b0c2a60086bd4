"""The words for the codes that a report's content is made of."""

RISKS = ("none", "very low", "low", "medium", "high")
STATES = {
    "accepted": "was accepted",
    "in_progress": "is being carried out",
    "succeeded": "was carried out",
    "failed": "was tried and failed",
    "dismissed": "was dismissed",
}
DISMISSALS = {
    "quality": "for its quality",
    "migration_effort": "for the effort of migrating",
    "contract": "because of a contract",
    "provider": "because of the provider",
    "risk": "for its risk",
    "not_now": "for now",
    "other": "for another reason",
}
# What is against an option in use.
REASONS = {
    "quality_below_floor": "its quality is below the floor",
    "quality_unproven": "its quality is not proven",
    "ttft_over_limit": "time to first token over the limit",
    "itl_over_limit": "time between tokens over the limit",
    "request_latency_over_limit": "request latency over the limit",
    "latency_unproven": "its latency is not proven",
    "error_rate_over_limit": "error rate over the limit",
    "over_budget": "over the monthly budget",
    "context_too_short": "its context is too short",
    "residency_not_met": "data would leave the regions allowed",
    "unpriced": "it has no known price",
}
METERS = {
    "input_per_mtok": "input",
    "output_per_mtok": "output",
    "cache_read_per_mtok": "cached input",
}
QUALITY_BASES = {
    "evaluated": "your own items",
    "benchmarked": "our benchmarks",
    "published": "published scores",
    "modelled": "a fit by model size",
    "unknown": "nothing yet",
}
LATENCY_BASES = {
    "benchmarked": "measured",
    "imported": "measured elsewhere and imported",
    "modelled": "modelled by size",
}
SURER = {
    "own_items": "Outcomes on your own items would replace published scores",
    "measure": "Measuring the endpoint would replace a fit by model size",
    "state_price": "A price is missing: upload a price sheet",
    "report_usage": "Reporting usage would show what was really spent",
}


def reason_words(code: str) -> str:
    """Return a reason in words; one without words of its own by its code."""
    return REASONS.get(code, code.replace("_", " "))


def listed(names: list[str], most: int = 3) -> str:
    """Return names with commas and an "and"; those beyond `most` are counted."""
    shown = names[:most]
    rest = len(names) - len(shown)
    if rest:
        shown = [*shown, f"{rest} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
