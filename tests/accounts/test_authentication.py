"""Keys and sessions: who gets in, who does not, and what they are told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api_clients import api_client_for
from tests.factories.accounts import (
    SECRET,
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.views")]


def get_with(header, path="/who/"):
    return APIClient().get(path, HTTP_AUTHORIZATION=header)


def test_a_key_acts_for_its_organization_with_its_scopes():
    organization = OrganizationFactory(slug="acme")
    client = api_client_for(organization, scopes=["read"])

    response = client.get("/who/")

    assert response.status_code == 200
    assert response.json() == {
        "organization": "acme",
        "scopes": ["read"],
        "api_key": str(client.api_key.pk),
        "user": None,
        "authenticated": True,
    }


def test_the_scheme_is_not_case_sensitive():
    key = ApiKeyFactory()

    response = get_with(f"bearer  {key.secret_text}")

    assert response.status_code == 200


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "secret",
        "rs_live_0123456789abcdef",
        f"rs_live_0123456789abcdef_{SECRET[:-1]}",
        f"rs_live_0123456789abcdef_{SECRET}0",
        f"rs_live_0123456789ABCDEF_{SECRET}",
        f"rs_test_0123456789abcdef_{SECRET}",
        f"rs_live_0123456789abcde\x00_{SECRET}",
    ],
)
def test_a_malformed_key_is_refused_without_a_query(
    credential, django_assert_num_queries
):
    with django_assert_num_queries(0):
        response = get_with(f"Bearer {credential}")

    assert response.status_code == 401
    assert "malformed" in response.json()["detail"]


def test_a_key_without_its_scheme_is_refused():
    key = ApiKeyFactory()

    responses = [get_with(key.secret_text), get_with(f"Token {key.secret_text}")]

    for response in responses:
        assert response.status_code == 401
        assert "Authorization: Bearer" in response.json()["detail"]


def test_another_scheme_is_left_to_others():
    response = get_with("Basic cHJveHk6cGFzcw==")

    assert response.status_code == 401
    assert "malformed" not in response.json()["detail"]


def test_an_unknown_key_is_refused():
    response = get_with(f"Bearer rs_live_ffffffffffffffff_{SECRET}")

    assert response.status_code == 401
    assert "unknown" in response.json()["detail"]


def test_a_wrong_secret_is_refused():
    key = ApiKeyFactory(revoked_at=timezone.now())

    response = get_with(f"Bearer rs_live_{key.key_id}_{'0' * 64}")

    assert response.status_code == 401
    assert "secret of the API key is wrong" in response.json()["detail"]
    assert "revoked" not in response.json()["detail"]


def test_a_revoked_key_is_refused():
    key = ApiKeyFactory(revoked_at=timezone.now())

    response = get_with(f"Bearer {key.secret_text}")

    assert response.status_code == 401
    assert "was revoked at" in response.json()["detail"]


def test_an_expired_key_is_refused():
    key = ApiKeyFactory(expires_at=timezone.now())

    response = get_with(f"Bearer {key.secret_text}")

    assert response.status_code == 401
    assert "expired at" in response.json()["detail"]


def test_a_key_that_expires_later_is_in_force():
    key = ApiKeyFactory(expires_at=timezone.now() + timedelta(minutes=1))

    assert get_with(f"Bearer {key.secret_text}").status_code == 200


def test_a_refused_key_is_not_noted_as_used():
    key = ApiKeyFactory(revoked_at=timezone.now())

    get_with(f"Bearer {key.secret_text}")

    key.refresh_from_db()
    assert key.last_used_at is None


def test_a_refusal_says_how_to_authenticate():
    without = APIClient().get("/who/")
    wrong = get_with("Bearer nonsense")

    assert without.status_code == 401
    assert without["WWW-Authenticate"] == 'Bearer realm="rightsize"'
    assert wrong["WWW-Authenticate"] == (
        'Bearer realm="rightsize", error="invalid_token"'
    )


def test_authentication_takes_one_query(django_assert_num_queries):
    organization = OrganizationFactory()
    client = api_client_for(organization)
    client.get("/who/")  # notes the use of the key

    with django_assert_num_queries(1):
        response = client.get("/who/")

    assert response.status_code == 200


@pytest.mark.parametrize(("seconds", "queries"), [(59, 1), (61, 2)])
def test_the_last_use_is_written_once_a_minute(
    seconds, queries, django_assert_num_queries
):
    before = timezone.now() - timedelta(seconds=seconds)
    key = ApiKeyFactory(last_used_at=before)

    with django_assert_num_queries(queries):
        get_with(f"Bearer {key.secret_text}")

    key.refresh_from_db()
    assert (key.last_used_at > before) == (queries == 2)


def signed_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("viewer", ["read"]),
        ("buyer", ["read", "write"]),
        ("admin", ["admin", "read", "write"]),
    ],
)
def test_a_member_has_the_scopes_of_the_role(role, scopes):
    membership = MembershipFactory(role=role, organization__slug="acme")

    response = signed_in(membership.user).get("/who/")

    assert response.json() == {
        "organization": "acme",
        "scopes": scopes,
        "api_key": None,
        "user": membership.user.email,
        "authenticated": True,
    }


@pytest.mark.parametrize("name", ["slug", "pk"])
def test_a_member_of_several_names_one(name):
    first = MembershipFactory(role="viewer")
    second = MembershipFactory(user=first.user, role="admin")
    asked = str(getattr(second.organization, name))

    response = signed_in(first.user).get(
        "/who/", headers={"Rightsize-Organization": asked}
    )

    assert response.json()["organization"] == second.organization.slug
    assert "admin" in response.json()["scopes"]


def test_a_member_of_several_must_choose():
    first = MembershipFactory(organization__slug="acme")
    MembershipFactory(user=first.user, organization__slug="zenith")

    response = signed_in(first.user).get("/who/")

    assert response.status_code == 400
    assert "acme, zenith" in response.content.decode()
    assert "Rightsize-Organization" in response.content.decode()


def test_a_strange_and_an_unknown_organization_are_refused_alike():
    membership = MembershipFactory()
    stranger = OrganizationFactory(slug="stranger")
    client = signed_in(membership.user)

    responses = [
        client.get("/who/", headers={"Rightsize-Organization": asked})
        for asked in ["stranger", str(stranger.pk), "nobody"]
    ]

    assert [response.status_code for response in responses] == [403, 403, 403]
    assert len({response.json()["detail"] for response in responses}) == 1


def test_a_person_without_membership_is_refused():
    response = signed_in(UserFactory()).get("/who/")

    assert response.status_code == 403
    assert "ask an admin" in response.json()["detail"]


def test_an_inactive_person_is_not_signed_in():
    membership = MembershipFactory()
    client = signed_in(membership.user)
    membership.user.is_active = False
    membership.user.save()

    assert client.get("/who/").status_code == 401


def test_a_session_writes_with_a_csrf_token_only():
    membership = MembershipFactory()
    client = signed_in(membership.user, enforce_csrf_checks=True)
    token = "a" * 32
    client.cookies["csrftoken"] = token

    json = {"data": {}, "content_type": "application/json"}
    without = client.post("/who/", **json)
    with_token = client.post("/who/", headers={"X-CSRFToken": token}, **json)

    assert without.status_code == 403
    assert "CSRF" in without.json()["detail"]
    assert with_token.status_code == 201


def test_a_key_needs_no_csrf_token():
    key = ApiKeyFactory()
    client = APIClient(enforce_csrf_checks=True)

    response = client.post("/who/", HTTP_AUTHORIZATION=f"Bearer {key.secret_text}")

    assert response.status_code == 201


def test_a_key_comes_before_a_session():
    membership = MembershipFactory(organization__slug="mine")
    key = ApiKeyFactory(organization__slug="other")

    response = signed_in(membership.user).get(
        "/who/", HTTP_AUTHORIZATION=f"Bearer {key.secret_text}"
    )

    assert response.json()["organization"] == "other"
