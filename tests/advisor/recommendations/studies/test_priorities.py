"""Plans of endpoints whose proof is worth most go first, within bounds."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.audit import Author
from accounts.models import AuditEvent
from advisor.recommendations.studies.priorities import prioritize_plans
from benchmarks.services import revise_plan
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.benchmarks import BenchmarkPlanFactory, EndpointFactory
from tests.factories.workloads import WorkloadRevisionFactory
from workloads.models import Workload

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def organization():
    organization = OrganizationFactory()
    WorkloadRevisionFactory(
        workload__organization=organization,
        quality_floor_kind="relative",
        quality_floor_value=0.6,
        input_tokens_p95=1_000,
        output_tokens_p95=200,
    )
    return organization


def plan_at(market, model, owner, **fields):
    endpoint = EndpointFactory(organization=owner, offering=market[model])
    return BenchmarkPlanFactory(endpoint=endpoint, organization=owner, **fields)


def priority_of(plan):
    plan.refresh_from_db()
    return plan.priority


def test_the_plan_worth_most_gets_the_highest_and_it_is_audited(market, organization):
    wanted = plan_at(market, "small-8b", organization)
    other = plan_at(market, "medium-70b", organization)

    prioritize_plans(at=MARCH)
    prioritize_plans(at=MARCH)

    assert (priority_of(wanted), priority_of(other)) == (5, 0)
    [event] = AuditEvent.objects.filter(action="benchmark_plan.revised")
    assert event.target_id == str(wanted.pk)
    assert event.detail == {"changed": {"priority": 5}}


def test_shared_plans_and_those_of_others_stay(market, organization):
    shared = plan_at(market, "small-8b", None)
    strangers = plan_at(market, "small-8b", OrganizationFactory())

    prioritize_plans(at=MARCH)

    assert (priority_of(shared), priority_of(strangers)) == (0, 0)


def test_what_is_worth_nothing_any_more_goes_back(market, organization):
    plan = plan_at(market, "small-8b", organization)
    prioritize_plans(at=MARCH)
    Workload.objects.filter(organization=organization).update(archived_at=MARCH)

    prioritize_plans(at=MARCH + timedelta(days=1))

    assert priority_of(plan) == 0


def test_a_priority_that_a_person_chose_stays(market, organization):
    plan = plan_at(market, "small-8b", organization)
    prioritize_plans(at=MARCH)
    later = MARCH + timedelta(hours=1)
    author = Author(user=UserFactory())
    revise_plan(plan=plan, fields={"priority": 2}, at=later, author=author)

    prioritize_plans(at=later)

    assert priority_of(plan) == 2


def test_a_plan_made_with_a_priority_keeps_it(market, organization):
    plan = plan_at(market, "small-8b", organization, priority=-3)

    prioritize_plans(at=MARCH)

    assert priority_of(plan) == -3
