"""How requests and spend fall on sizes, beside the survey."""

from datetime import UTC, datetime

import pytest

from advisor.recommendations.portfolio import portfolio_of
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import OrganizationFactory
from tests.factories.workloads import WorkloadRevisionFactory

JULY = datetime(2026, 7, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mix():
    market, organization = open_market(), OrganizationFactory()
    for slug, requests, tier in (
        ("small-8b", 6_000_000, "standard"),
        ("medium-70b", 1_000_000, "standard"),
        ("large-400b", 2_000_000, "provisioned"),  # never priced
        ("secret", 1_000_000, "standard"),
    ):
        WorkloadRevisionFactory(
            workload__organization=organization,
            requests_per_month=requests,
            current_offering=market[slug],
            current_service_tier=tier,
        )
    WorkloadRevisionFactory(workload__organization=organization)  # says nothing
    return portfolio_of(organization, as_of=JULY)["size_mix"]


def test_requests_are_shared_out_over_what_is_known_to_be_in_use(mix):
    assert mix["requests"] == [
        {"band": "small", "count": 6_000_000, "share": 0.6},
        {"band": "medium", "count": 1_000_000, "share": 0.1},
        {"band": "large", "count": 2_000_000, "share": 0.2},
        {"band": "undisclosed", "count": 1_000_000, "share": 0.1},
    ]


def test_spend_is_shared_out_over_what_is_priced(mix):
    # 6 * 140 = 840, 760 and 8000 of 9600 in all.
    assert mix["spend"] == [
        {"band": "small", "amount": "840.00", "share": 0.0875},
        {"band": "medium", "amount": "760.00", "share": 0.0792},
        {"band": "large", "amount": "0.00", "share": 0.0},
        {"band": "undisclosed", "amount": "8000.00", "share": 0.8333},
    ]


def test_the_yardstick_says_whose_use_it_speaks_of(mix):
    users, use = mix["yardstick"]

    assert (users["share"], use["share"]) == (0.77, 0.15)
    assert "Llama and Mistral users" in users["sentence"]
    assert "enterprise" not in users["sentence"] + use["sentence"]
