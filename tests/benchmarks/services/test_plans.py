"""Plans are kept when they can be carried out."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent
from benchmarks.models import BenchmarkPlan
from benchmarks.services import create_plan, next_slot, revise_plan, switch_plan
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import BenchmarkPlanFactory, EndpointFactory
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def refused(field, said=""):
    return pytest.raises(ValidationError, match=rf"'{field}'.*{said}")


def test_a_plan_belongs_to_its_endpoints_organization_and_is_audited():
    owner = OrganizationFactory()
    endpoint = EndpointFactory(organization=owner)

    plan = create_plan(
        endpoint=endpoint,
        fields={"token_classes": ["short", "short"], "budget_per_run_usd": Decimal(1)},
        at=NOON,
    )

    kept = BenchmarkPlan.objects.get(pk=plan.pk)
    assert (kept.organization, kept.token_classes) == (owner, ["short"])
    assert next_slot(kept, NOON) > NOON
    event = AuditEvent.objects.get()
    assert event.action == "benchmark_plan.created"
    assert event.detail["budget_per_run_usd"] == "1"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("cadence_minutes", 0, "greater than or equal to 1"),
        ("jitter_minutes", 180, "less than the cadence"),
        ("requests", 5_001, "less than or equal to 5000"),
        ("warmup", 101, "from 0 to 100"),
        ("requests_per_second", 0.0, "from 0.001 to 1000"),
        ("concurrency", 257, "less than or equal to 256"),
        ("deadline_s", 481, "less than or equal to 480"),
        ("token_classes", [], "blank"),
        ("token_classes", ["huge"], "not a valid choice"),
        ("profile", "flood", "not a valid choice"),
        ("prompt_cache", "hot", "not a valid choice"),
        ("budget_per_run_usd", Decimal(0), "above zero"),
        ("budget_per_month_usd", Decimal(-1), "above zero"),
        ("hours_allowed", [24], "from 0 to 23"),
    ],
)
def test_what_cannot_be_run_is_refused_by_its_field(field, value, said):
    with refused(field, said):
        create_plan(
            endpoint=EndpointFactory(),
            fields={"token_classes": ["short"], field: value},
            at=NOON,
        )


def test_hours_that_no_slot_falls_into_are_refused():
    with refused("hours_allowed", "no run ever falls"):
        create_plan(
            endpoint=EndpointFactory(),
            fields={
                "token_classes": ["short"],
                "cadence_minutes": 1_440,
                "hours_allowed": [3],
            },
            at=NOON,
        )


def test_a_strangers_workload_is_not_measured():
    endpoint = EndpointFactory(organization=OrganizationFactory())
    fields = {"token_classes": ["workload"], "workload": WorkloadFactory()}

    with refused("workload", "no such workload"):
        create_plan(endpoint=endpoint, fields=fields, at=NOON)


def test_a_shared_endpoint_shows_no_workload_to_all():
    fields = {"token_classes": ["workload"], "workload": WorkloadFactory()}

    with refused("workload", "no such workload"):
        create_plan(endpoint=EndpointFactory(), fields=fields, at=NOON)


def test_a_workload_without_its_token_class_is_refused():
    workload = WorkloadFactory()
    endpoint = EndpointFactory(organization=workload.organization)

    with refused("workload", "not asked for"):
        create_plan(
            endpoint=endpoint,
            fields={"token_classes": ["short"], "workload": workload},
            at=NOON,
        )


def test_a_plan_is_revised_and_audited_once():
    plan = BenchmarkPlanFactory()

    for _ in range(2):
        revise_plan(plan=plan, fields={"requests": 90}, at=NOON)

    assert BenchmarkPlan.objects.get().requests == 90
    assert AuditEvent.objects.get().detail == {"changed": {"requests": 90}}


def test_a_plan_does_not_move_to_another_endpoint():
    with refused("endpoint", "another plan"):
        revise_plan(
            plan=BenchmarkPlanFactory(), fields={"endpoint": EndpointFactory()}, at=NOON
        )


def test_a_plan_is_switched_off():
    switch_plan(plan=BenchmarkPlanFactory(), enabled=False, at=NOON)

    assert not BenchmarkPlan.objects.get().enabled
