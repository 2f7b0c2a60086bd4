"""The portfolio as a buyer's program meets it."""

from datetime import timedelta

import jsonschema
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.advisor.recommendations.lives import advised
from tests.advisor.recommendations.market import open_market
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.workloads import WorkloadRevisionFactory

ADDRESS = "/api/v1/portfolio/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def client(organization):
    return api_client_for(organization, scopes=["read"])


def test_a_reader_sees_the_workloads_of_the_own_organization(client, organization):
    market = open_market()
    own = WorkloadRevisionFactory(
        workload__organization=organization, current_offering=market["large-400b"]
    ).workload
    advised(own, market["small-8b"], [("active", timezone.now())])
    WorkloadRevisionFactory(current_offering=market["secret"])

    reply = client.get(ADDRESS)

    assert reply.status_code == 200
    [entry] = reply.json()["workloads"]
    assert entry["id"] == str(own.pk)
    assert reply.json()["totals"]["spend_monthly"]["in_use"] == "4200.00"


def test_a_past_moment_may_be_asked_for(client, organization):
    WorkloadRevisionFactory(workload__organization=organization)

    before = client.get(ADDRESS, {"as_of": "2025-12-01T00:00:00Z"}).json()
    since = client.get(ADDRESS, {"as_of": "2026-02-01T00:00:00Z"}).json()

    assert before["workloads"] == []
    assert len(since["workloads"]) == 1
    assert since["as_of"] == "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"as_of": "soon"}, "as_of"),
        ({"as_of": "1999-01-01T00:00:00Z"}, "as_of"),
        ({"known_at": (timezone.now() + timedelta(days=2)).isoformat()}, "known_at"),
        ({"asof": "2026-01-01T00:00:00Z"}, "asof"),
    ],
)
def test_a_moment_that_says_nothing_is_refused(client, query, field):
    reply = client.get(ADDRESS, query)

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert error["pointer"].endswith(field)


def test_the_reply_is_as_the_document_describes_it(client, organization):
    market = open_market()
    for current in (market["large-400b"], None):
        workload = WorkloadRevisionFactory(
            workload__organization=organization, current_offering=current
        ).workload
        advised(workload, market["small-8b"], [("active", timezone.now())])
    document = client.get("/api/v1/schema/?format=json").json()
    described = {
        "$ref": "#/components/schemas/PortfolioReply",
        "components": document["components"],
    }

    jsonschema.validate(client.get(ADDRESS).json(), described)


def test_nobody_sees_nothing():
    assert APIClient().get(ADDRESS).status_code == 401
