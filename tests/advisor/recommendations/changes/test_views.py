"""What changed, over the API, as a buyer's program meets it."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.advisor.recommendations.changes.cases import (
    in_march,
    in_may,
    reprice,
    workload_of,
)
from tests.advisor.recommendations.market import open_market
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def workload():
    return workload_of()


@pytest.fixture
def client(workload):
    return api_client_for(workload.organization)


def address_of(recommendation):
    return f"/api/v1/recommendations/{recommendation.pk}/changes/"


def test_the_difference_is_told_in_money_and_in_sentences(client, market, workload):
    before = in_march(workload)
    reprice(market["small-8b"], "0.12", "0.20")
    after = in_may(workload)

    reply = client.get(address_of(after), {"since": str(before.pk)})

    assert reply.status_code == 200
    assert reply["Cache-Control"] == "private, max-age=3600"
    changes = reply.json()
    assert changes["from"]["id"] == str(before.pk)
    assert changes["to"]["picked"]["offering"]["model"] == "small-8b"
    assert changes["to"]["picked"]["model_size"]["band"] == "small"
    assert changes["twelve_months"]["change"] == "240.00"
    assert [each["driver"] for each in changes["drivers"]] == [
        "price",
        "traffic",
        "tokens",
        "currency",
        "latency",
        "quality",
        "new_offerings",
        "retired",
        "limits",
    ]


def test_against_itself_there_is_no_news(client, market, workload):
    given = in_march(workload)

    changes = client.get(address_of(given), {"since": str(given.pk)}).json()

    assert changes["sentences"] == []


@pytest.mark.parametrize("query", ["", "?since=last-week", "?since=", "?until=1"])
def test_what_to_compare_with_must_be_an_id(client, market, workload, query):
    given = in_march(workload)

    reply = client.get(address_of(given) + query)

    assert reply.status_code == 400
    assert "#/since" in {error["pointer"] for error in reply.json()["errors"]}


def test_what_is_newer_is_refused_with_what_to_do(client, market, workload):
    before, after = in_march(workload), in_may(workload)

    reply = client.get(address_of(before), {"since": str(after.pk)})

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert error["pointer"] == "#/since"
    assert "swap the two" in error["detail"]


def test_only_recommendations_of_the_workload_are_compared(client, market, workload):
    given = in_may(workload)
    of_a_stranger = in_march(workload_of())

    for since in (uuid4(), of_a_stranger.pk):
        reply = client.get(address_of(given), {"since": str(since)})

        assert reply.status_code == 400
        [error] = reply.json()["errors"]
        assert error["pointer"] == "#/since"
        assert "recommendations/ lists them" in error["detail"]


def test_a_strangers_recommendation_is_not_found(market, workload):
    given = in_march(workload)
    stranger = api_client_for(OrganizationFactory())

    reply = stranger.get(address_of(given), {"since": str(given.pk)})

    assert reply.status_code == 404


def test_without_a_key_nothing_is_told(client, market, workload):
    given = in_march(workload)
    client.credentials()

    assert client.get(address_of(given), {"since": str(given.pk)}).status_code == 401


def test_the_number_of_queries_does_not_grow_with_what_changed(
    client, market, workload
):
    before = in_march(workload)
    for slug in market:
        reprice(market[slug], "0.12", "0.30")
    after = in_may(workload)
    client.get(address_of(after), {"since": str(before.pk)})

    with CaptureQueriesContext(
        connection,
    ) as queries:
        reply = client.get(address_of(after), {"since": str(before.pk)})

    assert reply.status_code == 200
    # The two with their revisions and what came before, the newest changes, and the
    # evaluations that each could rest on; the rest is the caller's key.
    asked = [
        query["sql"]
        for query in queries
        if "recommendations_" in query["sql"]
        or "catalog_" in query["sql"]
        or "benchmarks_" in query["sql"]
        or "workloads_" in query["sql"]
    ]
    assert len(asked) == 5
