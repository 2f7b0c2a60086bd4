"""The admin pages: they open, they audit, they show a key once."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts import sign_in_attempts
from accounts.models import ApiKey, AuditEvent, Membership, Organization, User
from tests.factories.accounts import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MODELS = ["user", "organization", "membership", "apikey", "auditevent"]


def page(model, tail=""):
    return f"/admin/accounts/{model}/{tail}"


@pytest.fixture
def a_row_of_each(admin_user):
    organization = OrganizationFactory()
    key = ApiKeyFactory(organization=organization)
    event = AuditEvent.objects.create(
        at=key.created_at, action="a", organization=organization, api_key=key
    )
    return {
        "user": admin_user,
        "organization": organization,
        "membership": MembershipFactory(organization=organization),
        "apikey": key,
        "auditevent": event,
    }


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_searches_open(model, signed_in_admin, a_row_of_each):
    assert signed_in_admin.get(page(model)).status_code == 200
    assert signed_in_admin.get(page(model), {"q": "x"}).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_row_opens(model, signed_in_admin, a_row_of_each):
    response = signed_in_admin.get(page(model, f"{a_row_of_each[model].pk}/change/"))

    assert response.status_code == 200
    assert a_row_of_each["apikey"].secret_sha256 not in response.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_a_new_row_can_be_entered_but_no_event(model, signed_in_admin):
    expected = 403 if model == "auditevent" else 200

    assert signed_in_admin.get(page(model, "add/")).status_code == expected


@pytest.mark.parametrize("model", ["user", "organization", "apikey", "auditevent"])
def test_what_the_audit_names_is_not_deleted(model, signed_in_admin, a_row_of_each):
    url = page(model, f"{a_row_of_each[model].pk}/delete/")

    assert signed_in_admin.post(url, {"post": "yes"}).status_code == 403


def test_a_list_does_not_ask_row_by_row(signed_in_admin, django_assert_max_num_queries):
    for _ in range(20):
        ApiKeyFactory()

    with django_assert_max_num_queries(12):
        signed_in_admin.get(page("apikey"))


def test_adding_is_audited(signed_in_admin, admin_user):
    signed_in_admin.post(page("organization", "add/"), {"name": "Acme", "slug": "acme"})

    organization = Organization.objects.get()
    event = AuditEvent.objects.get()
    assert event.action == "organization.added"
    assert event.user == admin_user
    assert event.organization == organization
    assert event.target_id == str(organization.pk)


def test_changing_is_audited_with_the_names_of_the_fields(signed_in_admin):
    membership = MembershipFactory(role="viewer")
    entered = {
        "user": membership.user.pk,
        "organization": membership.organization.pk,
        "role": "admin",
    }

    signed_in_admin.post(page("membership", f"{membership.pk}/change/"), entered)

    membership.refresh_from_db()
    assert membership.role == "admin"
    event = AuditEvent.objects.get()
    assert event.action == "membership.changed"
    assert event.detail["message"] == [{"changed": {"fields": ["Role"]}}]


def test_deleting_is_audited(signed_in_admin):
    membership = MembershipFactory()

    signed_in_admin.post(
        page("membership", f"{membership.pk}/delete/"), {"post": "yes"}
    )

    assert not Membership.objects.exists()
    event = AuditEvent.objects.get()
    assert event.action == "membership.deleted"
    assert event.target_id == str(membership.pk)
    assert event.organization == membership.organization


def test_deleting_several_is_audited_one_by_one(signed_in_admin):
    chosen = [MembershipFactory().pk for _ in range(2)]
    action = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    signed_in_admin.post(page("membership"), action)

    assert not Membership.objects.exists()
    events = AuditEvent.objects.values_list("action", "target_id")
    assert set(events) == {("membership.deleted", str(pk)) for pk in chosen}


def test_a_person_is_added_and_given_a_password(signed_in_admin):
    new = {"email": "alice@example.com"}
    first, second = "correct horse 1", "battery staple 2"

    signed_in_admin.post(
        page("user", "add/"), {**new, "password1": first, "password2": first}
    )
    alice = User.objects.get(email="alice@example.com")
    signed_in_admin.post(
        page("user", f"{alice.pk}/password/"),
        {"password1": second, "password2": second},
    )

    alice.refresh_from_db()
    assert alice.check_password(second)
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["user.added", "user.changed"]
    details = str(list(AuditEvent.objects.values_list("detail", flat=True)))
    assert first not in details
    assert second not in details


def issue(client, organization, follow=True, **changed):
    entered = {
        "organization": organization.pk,
        "name": "ci",
        "scopes": ["read", "write"],
        "expires_at_0": "",
        "expires_at_1": "",
        **changed,
    }
    return client.post(page("apikey", "add/"), entered, follow=follow)


def test_a_key_is_shown_once(signed_in_admin, admin_user):
    organization = OrganizationFactory()

    response = issue(signed_in_admin, organization)

    shown = re.findall(r"rs_live_[0-9a-f]{16}_[0-9a-f]{64}", response.content.decode())
    key = ApiKey.objects.get()
    assert len(set(shown)) == 1
    assert shown[0].startswith(f"rs_live_{key.key_id}_")
    assert key.created_by == admin_user
    again = signed_in_admin.get(page("apikey", f"{key.pk}/change/"))
    assert shown[0] not in again.content.decode()


def test_a_key_issued_here_works_and_is_audited_once(signed_in_admin):
    organization = OrganizationFactory()

    issue(signed_in_admin, organization)

    event = AuditEvent.objects.get()
    assert event.action == "api_key.created"
    assert event.target_id == str(ApiKey.objects.get().pk)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["root"]}, "root is not one of the available choices"),
        (
            {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"},
            "Must lie in the future",
        ),
    ],
)
def test_a_wrong_key_is_not_issued(changed, complaint, signed_in_admin):
    response = issue(signed_in_admin, OrganizationFactory(), **changed)

    assert response.status_code == 200
    assert complaint in response.content.decode()
    assert not ApiKey.objects.exists()


def staff_with(*permissions):
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(person)
    return person, client


def test_staff_grant_no_more_than_their_role():
    person, client = staff_with("add_apikey", "view_apikey", "view_organization")
    organization = MembershipFactory(user=person, role="viewer").organization

    refused = issue(client, organization)
    issue(client, organization, scopes=["read"])

    assert "Beyond the creator&#x27;s own role: write" in refused.content.decode()
    assert [key.scopes for key in ApiKey.objects.all()] == [["read"]]


def test_keys_are_revoked_and_audited_once(signed_in_admin, admin_user):
    keys = [ApiKeyFactory(), ApiKeyFactory()]
    action = {"action": "revoke", "_selected_action": [key.pk for key in keys]}

    signed_in_admin.post(page("apikey"), action)
    response = signed_in_admin.post(page("apikey"), action, follow=True)

    assert not ApiKey.objects.filter(revoked_at=None).exists()
    assert "0 key(s) revoked" in response.content.decode()
    events = AuditEvent.objects.values_list("action", "target_id", "user")
    assert set(events) == {
        ("api_key.revoked", str(key.pk), admin_user.pk) for key in keys
    }
    assert len(events) == 2


def test_who_may_only_look_cannot_revoke():
    _, client = staff_with("view_apikey")
    key = ApiKeyFactory()

    client.post(page("apikey"), {"action": "revoke", "_selected_action": [key.pk]})

    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_list_tells_keys_in_force_from_others(signed_in_admin):
    at = "2026-02-01T00:00Z"
    ApiKeyFactory(name="one", expires_at=at.replace("2026", "2999"))
    ApiKeyFactory(name="two", revoked_at=at)
    ApiKeyFactory(name="three", created_at="2020-01-01T00:00Z", expires_at=at)

    shown = signed_in_admin.get(page("apikey")).content.decode()

    assert all(state in shown for state in ["in force", "revoked", "expired"])


def test_strangers_are_sent_to_sign_in():
    response = Client().get(page("apikey"))

    assert response.status_code == 302
    assert "login" in response["Location"]


def test_members_who_are_not_staff_have_no_admin():
    client = Client()
    client.force_login(MembershipFactory(role="admin").user)

    assert client.get(page("apikey")).status_code == 302


def test_an_account_cannot_be_guessed_for_ever(client, admin_user):
    stated = {"username": admin_user.email, "next": "/admin/"}
    for _ in range(sign_in_attempts.FOR_ACCOUNT):
        client.post("/admin/login/", {**stated, "password": "guess"})

    reply = client.post("/admin/login/", {**stated, "password": "password"})

    assert "Too many wrong passwords" in reply.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_right_password_signs_in_to_the_admin_and_clears_the_count(
    client, admin_user
):
    stated = {"username": admin_user.email, "next": "/admin/"}
    for _ in range(sign_in_attempts.FOR_ACCOUNT - 1):
        client.post("/admin/login/", {**stated, "password": "guess"})
    client.post("/admin/login/", {**stated, "password": ""})

    reply = client.post("/admin/login/", {**stated, "password": "password"})
    client.logout()
    client.post("/admin/login/", {**stated, "password": "guess"})
    again = client.post("/admin/login/", {**stated, "password": "password"})

    assert (reply.status_code, again.status_code) == (302, 302)
