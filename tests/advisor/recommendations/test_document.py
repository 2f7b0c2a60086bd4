"""The OpenAPI document describes what the replies hold."""

import pytest
from django.test import Client


@pytest.fixture
def document():
    return Client().get("/api/v1/schema/?format=json").json()


def test_the_history_is_described_as_a_page(document):
    history = document["paths"]["/api/v1/workloads/{workload_id}/recommendations/"]
    reply = history["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = document["components"]["schemas"][reply["$ref"].rsplit("/", 1)[1]]

    assert page["required"] == ["next", "previous", "results"]


def test_a_reason_may_hold_any_value_or_none(document):
    reason = document["components"]["schemas"]["ReasonReply"]["properties"]

    # An empty schema holds for all of JSON, null included.
    assert (reason["limit"], reason["value"]) == ({}, {})


def test_a_month_of_the_forecast_is_no_date(document):
    month = document["components"]["schemas"]["Month"]["properties"]["month"]

    assert month["type"] == "string"
    assert "format" not in month
