from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.factories.workloads import WorkloadFactory, WorkloadRevisionFactory
from workloads.models import WorkloadRevision

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("revision_number_from_one", {"number": 0}),
        ("revision_task_family_known", {"task_family": "poetry"}),
        ("revision_requests_per_month_in_range", {"requests_per_month": 0}),
        ("revision_requests_per_month_in_range", {"requests_per_month": 10**12 + 1}),
        ("revision_growth_per_month_in_range", {"growth_per_month": Decimal("-0.51")}),
        ("revision_growth_per_month_in_range", {"growth_per_month": Decimal("1.01")}),
        (
            "revision_growth_uncertainty_in_range",
            {"growth_uncertainty": Decimal("0.51")},
        ),
        ("revision_daily_shape_weighs_hours", {"daily_shape": [1.0] * 23}),
        ("revision_daily_shape_weighs_hours", {"daily_shape": [0.0] * 24}),
        ("revision_daily_shape_weighs_hours", {"daily_shape": [1.0] * 23 + [-1.0]}),
        (
            "revision_daily_shape_weighs_hours",
            {"daily_shape": [1.0] * 23 + [float("nan")]},
        ),
        ("revision_weekly_shape_weighs_days", {"weekly_shape": [1.0] * 8}),
        (
            "revision_weekly_shape_weighs_days",
            {"weekly_shape": [1.0] * 6 + [float("inf")]},
        ),
        # 1,000,000 requests a month are 1,000,000 / 2,629,800 = 0.380257 a second.
        (
            "revision_peak_reaches_mean",
            {"peak_requests_per_second": Decimal("0.380256")},
        ),
        ("revision_input_tokens_ordered", {"input_tokens_mean": 0}),
        ("revision_input_tokens_ordered", {"input_tokens_p95": 999}),
        ("revision_output_tokens_ordered", {"output_tokens_p95": 199}),
        ("revision_output_tokens_ordered", {"output_tokens_p95": 100_000_001}),
        (
            "revision_cacheable_prefix_share_in_range",
            {"cacheable_prefix_share": 1.1},
        ),
        ("revision_batch_share_in_range", {"batch_share": -0.1}),
        ("revision_limits_positive", {"ttft_ms_p95_limit": 0.0}),
        ("revision_limits_positive", {"monthly_budget_usd": Decimal(0)}),
        ("revision_floor_kind_matches_value", {"quality_floor_kind": "relative"}),
        ("revision_floor_kind_matches_value", {"quality_floor_value": 0.9}),
        (
            "revision_quality_floor_value_in_range",
            {"quality_floor_kind": "absolute", "quality_floor_value": 1.1},
        ),
        (
            "revision_quality_floor_confidence_in_range",
            {"quality_floor_confidence": 0.49},
        ),
        ("revision_capabilities_known", {"capabilities_required": ["smell"]}),
        (
            "revision_provider_allowed_or_denied",
            {"providers_allowed": ["a", "b"], "providers_denied": ["b"]},
        ),
        ("revision_current_tier_known", {"current_service_tier": "slow"}),
        ("revision_sums_not_negative", {"migration_cost_usd": Decimal(-1)}),
        ("revision_sums_not_negative", {"minimum_saving_usd": Decimal(-1)}),
    ],
)
def test_the_database_refuses(constraint, fields):
    workload = WorkloadFactory()

    with pytest.raises(IntegrityError, match=constraint):
        WorkloadRevisionFactory(workload=workload, **fields)


def test_the_mean_rate_itself_is_a_possible_peak():
    revision = WorkloadRevisionFactory(peak_requests_per_second=Decimal("0.380258"))

    assert WorkloadRevision.objects.filter(pk=revision.pk).exists()


def test_a_number_is_given_once():
    first = WorkloadRevisionFactory()

    with pytest.raises(IntegrityError, match="revision_number_once"):
        WorkloadRevisionFactory(workload=first.workload)


def test_a_revision_is_never_rewritten():
    revision = WorkloadRevisionFactory()

    with pytest.raises(IntegrityError, match="add-only"), transaction.atomic():
        WorkloadRevision.objects.update(requests_per_month=2)
    with pytest.raises(IntegrityError, match="add-only"), transaction.atomic():
        revision.delete()


def test_a_name_is_unique_among_an_organizations_open_workloads():
    old = WorkloadFactory(name="Chat", archived_at=NOON)
    WorkloadFactory(organization=old.organization, name="Chat")
    WorkloadFactory(name="Chat")

    with pytest.raises(IntegrityError, match="workload_name_once_per_organization"):
        WorkloadFactory(organization=old.organization, name="Chat")


def test_a_workload_has_a_name():
    with pytest.raises(IntegrityError, match="workload_has_name"):
        WorkloadFactory(name="")
