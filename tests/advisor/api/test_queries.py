"""Query parameters that could be taken in more than one way are refused by name."""

import pytest
from django.http import QueryDict

from advisor.api.queries import faults
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return api_client_for(OrganizationFactory())


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/offerings/?as_of=",
        "/api/v1/offerings/?as_of=2026-01-01&as_of=2025-01-01",
        "/api/v1/portfolio/?as_of=",
        "/api/v1/workloads/?page_size=&cursor=x",
    ],
)
def test_the_parameter_is_named_with_the_remedy(api, address):
    reply = api.get(address)

    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"
    problem = reply.json()
    assert problem["type"] == "urn:rightsize:problem:invalid"
    (error,) = problem["errors"]
    assert error["pointer"] in ("#/as_of", "#/page_size")
    assert error["location"] == "query"
    assert "give" in error["detail"]
    assert problem["detail"].endswith(error["detail"])
    assert problem["instance"] == address.split("?")[0]


def test_all_faults_are_told():
    found = list(faults(QueryDict("a=1&b=&a=2&a=2&c=3&d= &e/f=")))

    assert [(each["pointer"], each["code"]) for each in found] == [
        ("#/a", "repeated"),
        ("#/b", "blank"),
        ("#/d", "blank"),
        ("#/e~1f", "blank"),
    ]
    assert found[0]["detail"] == "Is given 3 times: give it once."


def test_a_post_is_held_to_the_same(api):
    reply = api.post(
        "/api/v1/price-sheets/?list=a&list=b", "x", content_type="text/csv"
    )

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "#/list"


def test_a_query_that_says_one_thing_is_answered(api):
    assert api.get("/api/v1/offerings/?as_of=2026-01-01&search=a").status_code == 200


def test_pages_outside_the_api_are_left_alone(client):
    assert client.get("/livez?probe=").status_code == 200
