"""Turns a workload's revision into the plain question that the core answers."""

from datetime import datetime
from decimal import Decimal

from advisor.decision.question import (
    Constraints,
    Floor,
    FloorKind,
    Limits,
    OptionKey,
    Question,
    Tokens,
    Traffic,
)
from workloads.models import WorkloadRevision


def question_of(
    revision: WorkloadRevision, *, as_of: datetime, previous_pick: OptionKey | None
) -> Question:
    """Return the question that `revision` asks as of a moment.

    The revision may be unsaved: advice that is not kept is asked the same way.
    """
    return Question(
        task_family=revision.task_family,
        traffic=_traffic(revision),
        tokens=Tokens(
            input_mean=revision.input_tokens_mean,
            input_p95=revision.input_tokens_p95,
            output_mean=revision.output_tokens_mean,
            output_p95=revision.output_tokens_p95,
            cacheable_prefix_share=_exact(revision.cacheable_prefix_share),
        ),
        as_of=as_of,
        batch_share=_exact(revision.batch_share),
        limits=Limits(
            ttft_ms_p95=revision.ttft_ms_p95_limit,
            itl_ms_p95=revision.itl_ms_p95_limit,
            request_ms_p95=revision.request_ms_p95_limit,
            error_rate=revision.error_rate_limit,
        ),
        floor=Floor(
            kind=FloorKind(revision.quality_floor_kind),
            value=revision.quality_floor_value or 0.0,
            reference=revision.quality_floor_reference,
            confidence=revision.quality_floor_confidence,
        ),
        constraints=_constraints(revision),
        monthly_budget_usd=revision.monthly_budget_usd,
        current=_current(revision),
        previous_pick=previous_pick,
        migration_cost_usd=revision.migration_cost_usd,
        minimum_saving_usd=revision.minimum_saving_usd,
    )


def _exact(share: float) -> Decimal:
    return Decimal(repr(share))


def _traffic(revision: WorkloadRevision) -> Traffic:
    daily, weekly = revision.daily_shape, revision.weekly_shape
    return Traffic(
        requests_per_month=revision.requests_per_month,
        growth_per_month=revision.growth_per_month,
        growth_sd=revision.growth_uncertainty,
        daily_shape=tuple(daily) if daily else None,
        weekly_shape=tuple(weekly) if weekly else None,
        peak_requests_per_second=revision.peak_requests_per_second,
    )


def _constraints(revision: WorkloadRevision) -> Constraints:
    return Constraints(
        residency=frozenset(revision.residency_regions),
        zero_retention=revision.zero_retention_required,
        no_training=revision.no_training_required,
        open_weights=revision.open_weights_required,
        providers_allowed=frozenset(revision.providers_allowed),
        providers_denied=frozenset(revision.providers_denied),
        capabilities=frozenset(revision.capabilities_required),
        context_tokens=revision.context_tokens_required,
        max_total_parameters_b=revision.max_total_parameters_b,
    )


def _current(revision: WorkloadRevision) -> OptionKey | None:
    if revision.current_offering_id is None:
        return None
    return OptionKey(
        offering=str(revision.current_offering_id),
        service_tier=revision.current_service_tier,
    )
