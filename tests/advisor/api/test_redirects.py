"""An address without its last slash leads to the one with it."""

from rest_framework.test import APIClient


def test_a_post_without_the_slash_stays_a_post():
    response = APIClient().post("/api/v1/workloads", {}, format="json")

    # 308, unlike 301, keeps the method and the body.
    assert response.status_code == 308
    assert response["Location"] == "/api/v1/workloads/"
