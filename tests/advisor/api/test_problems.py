"""Every refusal is a problem document that names the field and the remedy."""

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.urls("tests.advisor.api.views")


@pytest.fixture
def api():
    return APIClient(raise_request_exception=False)


def ask(api, body):
    return api.post("/api/v1/questions/", body, format="json")


def refused(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert "internal words" not in response.content.decode()
    return problem


def test_a_wrong_field_is_pointed_at(api):
    response = ask(api, {"name": "a", "quality_floor": {"value": 2}})

    assert refused(response, 400) == {
        "type": "urn:rightsize:problem:invalid",
        "title": "Bad Request",
        "status": 400,
        "detail": "quality_floor/value: "
        "Ensure this value is less than or equal to 1.0.",
        "instance": "/api/v1/questions/",
        "errors": [
            {
                "pointer": "#/quality_floor/value",
                "detail": "Ensure this value is less than or equal to 1.0.",
                "code": "max_value",
            }
        ],
    }


def test_each_wrong_entry_of_a_list_is_pointed_at(api):
    body = {"name": "abcdef", "floors": [{"value": 1}, {"value": 2}, 3]}

    problem = refused(ask(api, body), 400)

    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [
        ("#/name", "max_length"),
        ("#/floors/1/value", "max_value"),
        ("#/floors/2", "invalid"),
    ]
    assert "3 problems; all are under errors" in problem["detail"]


def test_an_error_of_the_whole_body_points_at_its_root(api):
    problem = refused(ask(api, {"name": "bad"}), 400)

    assert problem["errors"] == [
        {"pointer": "#", "detail": "Bad as a whole.", "code": "bad"}
    ]


def test_an_unknown_field_is_pointed_at(api):
    problem = refused(ask(api, {"name": "a", "nmae": "b"}), 400)

    assert problem["errors"][0]["pointer"] == "#/nmae"
    assert problem["errors"][0]["code"] == "unknown_field"


def test_pointers_escape_what_json_pointers_and_uris_reserve(api):
    problem = refused(api.get("/api/v1/refusals/list/"), 400)

    assert problem["errors"][0]["pointer"] == "#/1/a~1b~0c%20d"


def test_errors_of_a_query_say_so(api):
    problem = refused(api.get("/api/v1/refusals/list/"), 400)

    assert problem["errors"][0]["location"] == "query"


def test_a_flood_of_errors_is_cut(api):
    problem = refused(api.get("/api/v1/refusals/many/"), 400)

    assert len(problem["errors"]) == 200
    assert "300 problems; the first 200 are under errors" in problem["detail"]


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        ("http404", 404, "not-found"),
        ("denied", 403, "permission-denied"),
        ("throttled", 429, "throttled"),
        ("model", 400, "invalid"),
        ("model-whole", 400, "invalid"),
        ("too-big", 413, "too-large"),
        ("suspicious", 400, "bad-request"),
        ("broken-off", 400, "bad-request"),
        ("bug", 500, "internal-error"),
    ],
)
def test_each_refusal_has_a_stable_type(api, kind, status, name):
    problem = refused(api.get(f"/api/v1/refusals/{kind}/"), status)

    assert problem["type"] == f"urn:rightsize:problem:{name}"
    assert problem["instance"] == f"/api/v1/refusals/{kind}/"


def test_a_404_names_no_model_unless_the_view_worded_it(api):
    plain = refused(api.get("/api/v1/refusals/http404/"), 404)
    worded = refused(api.get("/api/v1/refusals/http404-worded/"), 404)

    assert "Organization" not in plain["detail"]
    assert worded["detail"] == "This sheet is gone: upload it again."


def test_model_errors_are_pointed_at(api):
    problem = refused(api.get("/api/v1/refusals/model/"), 400)

    assert problem["errors"][0]["pointer"] == "#/name"
    assert problem["errors"][0]["code"] == "max_length"


def test_who_asks_too_often_is_told_when_to_ask_again(api):
    response = api.get("/api/v1/refusals/throttled/")

    assert refused(response, 429)
    assert response["Retry-After"] == "7"  # 6.2 s, rounded up


@pytest.mark.django_db
def test_a_missing_key_is_a_challenge(api):
    response = api.post("/api/v1/purchases/", {}, format="json")

    problem = refused(response, 401)
    assert problem["type"].endswith("not-authenticated")
    assert "`Authorization: Bearer rs_live_" in problem["detail"]
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_method_names_the_right_ones(api):
    response = api.put("/api/v1/questions/", {}, format="json")

    assert "Use POST, OPTIONS." in refused(response, 405)["detail"]
    assert response["Allow"] == "POST, OPTIONS"


def test_a_wrong_kind_of_body_names_the_right_one(api):
    response = api.post("/api/v1/questions/", "a=1", content_type="text/plain")

    assert "application/json" in refused(response, 415)["detail"]


def test_an_answer_in_no_known_form_names_the_right_one(api):
    response = api.get("/api/v1/refusals/denied/", HTTP_ACCEPT="text/csv")

    assert "application/json" in refused(response, 406)["detail"]


def test_an_unknown_path_is_a_problem_in_the_api_and_a_page_elsewhere(api):
    assert "docs" in refused(api.get("/api/v1/nothing/"), 404)["detail"]

    page = api.get("/nothing/")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("page", "status"), [("broken", 500), ("suspicious", 400), ("denied", 403)]
)
def test_plain_views_refuse_in_the_same_two_ways(api, page, status):
    refused(api.get(f"/api/v1/{page}/"), status)

    response = api.get(f"/{page}/")
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert b"internal words" not in response.content


def test_too_large_a_body_outside_the_views_is_413(api):
    refused(api.get("/api/v1/too-big/"), 413)


def test_instance_is_a_valid_reference(api):
    response = api.get("/api/v1/nothing/%22%C3%A9/")

    assert refused(response, 404)["instance"] == "/api/v1/nothing/%22%C3%A9/"
