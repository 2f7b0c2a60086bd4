"""Which scope each method needs."""

import pytest
from rest_framework.test import APIClient

from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.views")]

SAFE = ["get", "head", "options"]
UNSAFE = ["post", "put", "patch", "delete"]


def allowed(path, scopes, methods):
    client = api_client_for(OrganizationFactory(), scopes=scopes)
    return {
        method
        for method in methods
        if getattr(client, method)(path).status_code in {200, 201}
    }


@pytest.mark.parametrize(
    ("scopes", "methods"),
    [
        (["read"], SAFE),
        (["write"], UNSAFE),
        (["read", "write"], [*SAFE, *UNSAFE]),
        (["admin"], []),
    ],
)
def test_reading_needs_read_and_all_else_write(scopes, methods):
    assert allowed("/who/", scopes, [*SAFE, *UNSAFE]) == set(methods)


@pytest.mark.parametrize(
    ("scopes", "methods"),
    [
        (["read"], ["options"]),
        (["write"], ["get", "head", "put", "patch", "delete"]),
        (["admin"], ["post"]),
    ],
)
def test_a_view_may_ask_for_another_scope_by_method(scopes, methods):
    assert allowed("/guarded/", scopes, [*SAFE, *UNSAFE]) == set(methods)


def test_a_refusal_names_the_scope():
    client = api_client_for(OrganizationFactory(), scopes=["read"])

    response = client.post("/guarded/")

    assert response.status_code == 403
    assert "needs the scope `admin`" in response.json()["detail"]
    assert "you hold read" in response.json()["detail"]


def test_a_stranger_is_asked_to_authenticate():
    assert APIClient().post("/who/").status_code == 401
