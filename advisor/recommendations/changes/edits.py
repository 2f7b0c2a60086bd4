"""What the buyer changed in the question, field by field."""

from collections.abc import Mapping
from typing import Any

from advisor.recommendations.wording import digits
from workloads.models import WorkloadRevision
from workloads.questions import question_of

Json = dict[str, Any]

# The field's path in the API: its words, and the unit that its numbers carry.
_WORDS = {
    "task_family": ("Task family", ""),
    "traffic/requests_per_month": ("Traffic", " requests a month"),
    "traffic/growth_per_month": ("Growth", "% a month"),
    "traffic/growth_uncertainty": ("Uncertainty of growth", "%"),
    "traffic/daily_shape": ("Traffic by hour", ""),
    "traffic/weekly_shape": ("Traffic by weekday", ""),
    "traffic/peak_requests_per_second": ("Peak", " requests a second"),
    "tokens/input_mean": ("Prompt, mean", " tokens"),
    "tokens/input_p95": ("Prompt, p95", " tokens"),
    "tokens/output_mean": ("Answer, mean", " tokens"),
    "tokens/output_p95": ("Answer, p95", " tokens"),
    "tokens/cacheable_prefix_share": ("Cacheable share of the prompt", "%"),
    "batch_share": ("Share that can wait", "%"),
    "limits/ttft_ms_p95": ("TTFT limit", " ms"),
    "limits/itl_ms_p95": ("Limit between tokens", " ms"),
    "limits/request_ms_p95": ("Limit on request latency", " ms"),
    "limits/error_rate": ("Limit on errors", "%"),
    "quality_floor/kind": ("Kind of quality floor", ""),
    "quality_floor/value": ("Quality floor", "%"),
    "quality_floor/reference_model": ("Reference model of the floor", ""),
    "quality_floor/confidence": ("Confidence asked of the floor", "%"),
    "constraints/residency": ("Residency", ""),
    "constraints/zero_retention": ("Zero retention required", ""),
    "constraints/no_training": ("No training required", ""),
    "constraints/open_weights": ("Open weights required", ""),
    "constraints/providers_allowed": ("Providers allowed", ""),
    "constraints/providers_denied": ("Providers denied", ""),
    "constraints/capabilities": ("Capabilities required", ""),
    "constraints/context_tokens": ("Context required", " tokens"),
    "constraints/max_total_parameters_b": ("Largest model", " billion parameters"),
    "monthly_budget/amount": ("Monthly budget", " USD"),
    "current/offering": ("Offering in use", ""),
    "current/service_tier": ("Service tier in use", ""),
    "migration_cost/amount": ("Cost of migration", " USD"),
    "minimum_saving/amount": ("Least saving worth a move", " USD"),
}
_BEFORE_AND_AFTER_SAY_NOTHING = ("traffic/daily_shape", "traffic/weekly_shape")


def edits_between(before: WorkloadRevision, after: WorkloadRevision) -> list[Json]:
    """Return every field that two revisions state differently, in the API's order."""
    if before.pk == after.pk:
        return []
    old, new = _flat(question_of(before)), _flat(question_of(after))
    return [
        {
            "field": field,
            "before": old.get(field),
            "after": new.get(field),
            "sentence": _sentence(field, old.get(field), new.get(field)),
        }
        for field in _WORDS
        if old.get(field) != new.get(field)
    ]


def _flat(question: Mapping[str, Any], path: str = "") -> Json:
    found: Json = {}
    for name, value in question.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{path}{name}/")
        else:
            found[f"{path}{name}"] = value
    return found


def _sentence(field: str, before: Any, after: Any) -> str:
    words, unit = _WORDS[field]
    if field in _BEFORE_AND_AFTER_SAY_NOTHING:
        return f"{words} changed."
    return f"{words}: {_shown(before, unit)} -> {_shown(after, unit)}."


def _shown(value: Any, unit: str) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if unit.startswith("%"):
        return f"{digits(value * 100)} {unit}"
    number = f"{value:,.12g}" if isinstance(value, int | float) else str(value)
    return f"{number}{unit}"
