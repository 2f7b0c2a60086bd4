"""Who sees the pages, and for which organization."""

import pytest
from django.urls import reverse

from accounts.models import Role
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client):
    reply = client.get("/?x=1")

    assert reply.status_code == 302
    assert reply.headers["Location"] == "/sign-in/?next=/%3Fx%3D1"


def test_a_member_sees_the_workloads_of_the_organization_alone(client):
    membership = MembershipFactory()
    WorkloadRevisionFactory(
        workload__name="Ours", workload__organization=membership.organization
    )
    WorkloadRevisionFactory(workload__name="Theirs")
    client.force_login(membership.user)

    page = client.get("/").content.decode()

    assert "Ours" in page
    assert "Theirs" not in page


def test_a_person_of_several_organizations_chooses_one(client):
    user = UserFactory()
    first, second = MembershipFactory(user=user), MembershipFactory(user=user)
    client.force_login(user)

    asked = client.get("/")
    chosen = client.post(
        asked.headers["Location"].partition("?")[0],
        {"organization": second.organization_id, "next": "/"},
    )
    page = client.get("/").content.decode()

    assert asked.headers["Location"] == "/organization/?next=%2F"
    assert chosen.headers["Location"] == "/"
    assert second.organization.name in page
    assert first.organization.name not in page


def test_an_organization_of_others_cannot_be_chosen(client):
    user = UserFactory()
    MembershipFactory(user=user)
    MembershipFactory(user=user)
    stranger = MembershipFactory()
    client.force_login(user)

    client.post("/organization/", {"organization": stranger.organization_id})

    assert client.get("/").status_code == 302


def test_a_person_without_a_membership_is_told_what_to_do(client):
    client.force_login(UserFactory())

    reply = client.get("/")

    assert reply.status_code == 403
    assert "Ask an admin of yours to add you" in reply.content.decode()


def test_who_left_the_organization_sees_it_no_more(client):
    membership = MembershipFactory(role=Role.ADMIN)
    client.force_login(membership.user)
    membership.delete()

    assert client.get("/").status_code == 403


@pytest.mark.parametrize("name", ["portfolio", "organization", "sign_in"])
def test_pages_refuse_scripts_of_others_and_are_not_kept(client, name):
    reply = client.get(reverse(f"pages:{name}"))

    policy = reply.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["Cache-Control"] == "no-store, private"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_names_with_markup_are_shown_as_they_are_written(client):
    name = "<script>alert(1)</script>"
    membership = MembershipFactory(organization__name=name)
    WorkloadRevisionFactory(
        workload__name='"><img src=x>', workload__organization=membership.organization
    )
    client.force_login(membership.user)

    page = client.get("/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page
