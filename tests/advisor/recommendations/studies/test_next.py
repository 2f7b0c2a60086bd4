"""What to evaluate next, and what that is worth a month."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from advisor.recommendations.studies.next import next_evaluations
from tests.advisor.recommendations.market import open_market
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def organization():
    return OrganizationFactory()


def stated(organization, **fields):
    return WorkloadRevisionFactory(
        **{
            "workload__organization": organization,
            "quality_floor_kind": "relative",
            "quality_floor_value": 0.6,
            "input_tokens_p95": 1_000,
            "output_tokens_p95": 200,
            "growth_uncertainty": 0,
            **fields,
        }
    ).workload


def test_the_dearer_workload_comes_first(market, organization):
    small = stated(organization, requests_per_month=1_000)
    large = stated(organization, requests_per_month=1_000_000)
    stated(OrganizationFactory())

    found = next_evaluations(organization, at=MARCH)

    assert [each["workload"]["id"] for each in found] == [str(large.pk), str(small.pk)]
    # A thousandth of the requests saves a thousandth.
    worth = [Decimal(each["worth_month"]) for each in found]
    assert worth[0] > 0
    assert worth[1] == pytest.approx(worth[0] / 1000, abs=Decimal("0.01"))


def test_worth_is_the_saving_times_its_probability(market, organization):
    stated(organization)

    [found] = next_evaluations(organization, at=MARCH)

    # Of a million requests small-8b costs 140 USD; medium-70b, which is sure enough as
    # published, 1000 * 0.60 + 200 * 0.80 = 760.
    assert found["offering"]["model"] == "small-8b"
    assert float(found["worth_month"]) == pytest.approx(
        found["probability"] * (760 - 140), rel=0.001
    )
    # Every item is asked of it and of the reference.
    assert found["calls"] == 2 * found["items"]


def test_endpoints_of_the_offering_are_named_ones_own_and_shared(market, organization):
    stated(organization)
    own = EndpointFactory(organization=organization, offering=market["small-8b"])
    shared = EndpointFactory(offering=market["small-8b"])
    EndpointFactory(organization=OrganizationFactory(), offering=market["small-8b"])
    EndpointFactory(
        organization=organization, offering=market["small-8b"], enabled=False
    )

    [found] = next_evaluations(organization, at=MARCH)

    assert {*found["endpoints"]} == {str(own.pk), str(shared.pk)}


def test_without_a_floor_there_is_nothing_to_prove(market, organization):
    stated(organization, quality_floor_kind="none", quality_floor_value=None)

    assert next_evaluations(organization, at=MARCH) == []


def test_it_is_read_over_the_api(market, organization):
    stated(organization)

    reply = api_client_for(organization, scopes=["read"]).get(
        "/api/v1/next-evaluations/"
    )

    assert reply.status_code == 200
    assert len(reply.json()["results"]) == 1
