"""Between the nested question of the API and the flat fields of a revision. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.fields import plain
from workloads.models import MAX_TOKENS, WorkloadRevision

CURRENCY = "USD"
SIXTH_PLACE = Decimal("0.000001")
# A long tail is usual: where the buyer states none, the 95th percentile of the tokens
# is taken to be twice the mean.
P95_TO_MEAN = 2


def revision_fields(validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `WorkloadRevision`'s fields for a validated question.

    Every field of the question is present in the result, left-out ones with their
    defaults, so `WorkloadRevision(**revision_fields(...))` is complete but for the
    workload, number, moment and author. `current_offering` is an `Offering` or None.
    """
    current = validated.get("current") or {}
    return {
        "task_family": validated["task_family"],
        **_traffic_fields(validated["traffic"]),
        **_token_fields(validated["tokens"]),
        "batch_share": validated.get("batch_share", 0.0),
        **_limit_fields(validated.get("limits") or {}),
        **_floor_fields(validated.get("quality_floor") or {}),
        **_constraint_fields(validated.get("constraints") or {}),
        "monthly_budget_usd": _amount(validated.get("monthly_budget")),
        "current_offering": current.get("offering"),
        "current_service_tier": current.get("service_tier", "standard"),
        "migration_cost_usd": _amount(validated.get("migration_cost")),
        "minimum_saving_usd": _amount(validated.get("minimum_saving")) or Decimal(0),
    }


def _traffic_fields(traffic: Mapping[str, Any]) -> dict[str, Any]:
    peak = traffic.get("peak_requests_per_second")
    return {
        "requests_per_month": traffic["requests_per_month"],
        "growth_per_month": to_sixth_place(traffic.get("growth_per_month", 0)),
        "growth_uncertainty": to_sixth_place(traffic.get("growth_uncertainty", 0.02)),
        "daily_shape": traffic.get("daily_shape"),
        "weekly_shape": traffic.get("weekly_shape"),
        "peak_requests_per_second": None if peak is None else to_sixth_place(peak),
    }


def to_sixth_place(number: float) -> Decimal:
    """Return the number as the database keeps it, so that equal stays equal."""
    return Decimal(str(number)).quantize(SIXTH_PLACE)


def _token_fields(tokens: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input_tokens_mean": tokens["input_mean"],
        "input_tokens_p95": p95_or_default(tokens, "input"),
        "output_tokens_mean": tokens["output_mean"],
        "output_tokens_p95": p95_or_default(tokens, "output"),
        "cacheable_prefix_share": tokens.get("cacheable_prefix_share", 0.0),
    }


def p95_or_default(tokens: Mapping[str, Any], side: str) -> int:
    """Return the stated 95th percentile of `side`'s tokens, else twice the mean."""
    stated = tokens.get(f"{side}_p95")
    if stated is not None:
        return int(stated)
    return int(min(P95_TO_MEAN * tokens[f"{side}_mean"], MAX_TOKENS))


def _limit_fields(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ttft_ms_p95_limit": limits.get("ttft_ms_p95"),
        "itl_ms_p95_limit": limits.get("itl_ms_p95"),
        "request_ms_p95_limit": limits.get("request_ms_p95"),
        "error_rate_limit": limits.get("error_rate"),
    }


def _floor_fields(floor: Mapping[str, Any]) -> dict[str, Any]:
    if floor.get("kind") == "none":
        floor = {}
    return {
        "quality_floor_kind": floor.get("kind", "none"),
        "quality_floor_value": floor.get("value"),
        "quality_floor_reference": floor.get("reference_model") or "",
        "quality_floor_confidence": floor.get("confidence", 0.9),
    }


def _constraint_fields(constraints: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "residency_regions": _as_set(constraints, "residency"),
        "zero_retention_required": constraints.get("zero_retention", False),
        "no_training_required": constraints.get("no_training", False),
        "open_weights_required": constraints.get("open_weights", False),
        "providers_allowed": _as_set(constraints, "providers_allowed"),
        "providers_denied": _as_set(constraints, "providers_denied"),
        "capabilities_required": _as_set(constraints, "capabilities"),
        "context_tokens_required": constraints.get("context_tokens"),
        "max_total_parameters_b": constraints.get("max_total_parameters_b"),
    }


def _as_set(constraints: Mapping[str, Any], name: str) -> list[str]:
    """Return the words sorted and once each: their order is no edit."""
    return sorted(set(constraints.get(name) or ()))


def _amount(money: Mapping[str, Any] | None) -> Decimal | None:
    return None if money is None else money["amount"].quantize(SIXTH_PLACE)


def question_of(revision: WorkloadRevision) -> dict[str, Any]:
    """Return the question that a revision states, as the API shows and takes it."""
    return {
        "task_family": revision.task_family,
        "traffic": _traffic(revision),
        "tokens": {
            "input_mean": revision.input_tokens_mean,
            "input_p95": revision.input_tokens_p95,
            "output_mean": revision.output_tokens_mean,
            "output_p95": revision.output_tokens_p95,
            "cacheable_prefix_share": revision.cacheable_prefix_share,
        },
        "batch_share": revision.batch_share,
        "limits": {
            "ttft_ms_p95": revision.ttft_ms_p95_limit,
            "itl_ms_p95": revision.itl_ms_p95_limit,
            "request_ms_p95": revision.request_ms_p95_limit,
            "error_rate": revision.error_rate_limit,
        },
        "quality_floor": _floor(revision),
        "constraints": _constraints(revision),
        "monthly_budget": _money(revision.monthly_budget_usd),
        "current": _current(revision),
        "migration_cost": _money(revision.migration_cost_usd),
        "minimum_saving": _money(revision.minimum_saving_usd),
    }


def _traffic(revision: WorkloadRevision) -> dict[str, Any]:
    peak = revision.peak_requests_per_second
    return {
        "requests_per_month": revision.requests_per_month,
        "growth_per_month": float(revision.growth_per_month),
        "growth_uncertainty": float(revision.growth_uncertainty),
        "daily_shape": revision.daily_shape,
        "weekly_shape": revision.weekly_shape,
        "peak_requests_per_second": None if peak is None else float(peak),
    }


def _floor(revision: WorkloadRevision) -> dict[str, Any] | None:
    if revision.quality_floor_kind == "none":
        return None
    return {
        "kind": revision.quality_floor_kind,
        "value": revision.quality_floor_value,
        "reference_model": revision.quality_floor_reference or None,
        "confidence": revision.quality_floor_confidence,
    }


def _constraints(revision: WorkloadRevision) -> dict[str, Any]:
    largest = revision.max_total_parameters_b
    return {
        "residency": revision.residency_regions,
        "zero_retention": revision.zero_retention_required,
        "no_training": revision.no_training_required,
        "open_weights": revision.open_weights_required,
        "providers_allowed": revision.providers_allowed,
        "providers_denied": revision.providers_denied,
        "capabilities": revision.capabilities_required,
        "context_tokens": revision.context_tokens_required,
        "max_total_parameters_b": None if largest is None else plain(largest),
    }


def _current(revision: WorkloadRevision) -> dict[str, Any] | None:
    if revision.current_offering_id is None:
        return None
    return {
        "offering": str(revision.current_offering_id),
        "service_tier": revision.current_service_tier,
    }


def _money(amount_usd: Decimal | None) -> dict[str, str] | None:
    if amount_usd is None:
        return None
    return {"amount": plain(amount_usd), "currency": CURRENCY}
