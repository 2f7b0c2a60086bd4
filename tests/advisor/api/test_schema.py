"""The OpenAPI document says how every operation refuses."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from openapi_spec_validator import validate

pytestmark = pytest.mark.urls("tests.advisor.api.views")

PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}


@pytest.fixture
def document():
    response = Client().get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    return response.json()


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_each_refusal_is_a_problem(document):
    operation = document["paths"]["/api/v1/bought/{id}/"]["get"]

    refusals = {c: r for c, r in operation["responses"].items() if c >= "400"}
    assert set(refusals) == {"400", "401", "403", "404", "429"}
    assert all(refusal["content"] == PROBLEM for refusal in refusals.values())


def test_a_post_that_heeds_keys_says_so(document):
    operation = document["paths"]["/api/v1/bought/"]["post"]

    key = next(p for p in operation["parameters"] if p["name"] == "Idempotency-Key")
    assert key["in"] == "header"
    assert not key.get("required")
    assert {"409", "413", "415", "422"} <= set(operation["responses"])
    assert set(operation["responses"]["201"]["headers"]) == {
        "RateLimit-Policy",
        "RateLimit",
        "Idempotency-Replayed",
    }
    assert "Retry-After" in operation["responses"]["409"]["headers"]


def test_a_get_heeds_no_key(document):
    operation = document["paths"]["/api/v1/bought/{id}/"]["get"]

    assert all(p["name"] != "Idempotency-Key" for p in operation["parameters"])
    assert "409" not in operation["responses"]


def test_an_operation_open_to_all_asks_for_no_key(document):
    responses = document["paths"]["/api/v1/history/"]["get"]["responses"]

    assert "401" not in responses
    assert "headers" not in responses["200"] or not responses["200"]["headers"]


def test_a_list_describes_its_pages(document):
    operation = document["paths"]["/api/v1/history/"]["get"]

    assert {p["name"] for p in operation["parameters"]} == {"cursor", "page_size"}
    reference = operation["responses"]["200"]["content"]["application/json"]["schema"]
    page = document["components"]["schemas"][reference["$ref"].split("/")[-1]]
    assert page["required"] == ["next", "previous", "results"]


def test_the_page_needs_no_internet():
    page = Client().get("/api/v1/docs/")

    assert page.status_code == 200
    text = page.content.decode()
    assert not re.search(r"https?://|//cdn|//unpkg", text)
    assert '"validatorUrl": null' in text
    assets = re.findall(r'(?:src|href)="/static/([^"]+)"', text)
    assert len(assets) == 4  # icon, style sheet, two scripts
    assert all(finders.find(asset) for asset in assets)
