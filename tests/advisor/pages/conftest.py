import pytest

from tests.factories.accounts import MembershipFactory, OrganizationFactory, UserFactory


@pytest.fixture
def organization(db):
    return OrganizationFactory()


@pytest.fixture
def member(client, organization):
    """A buyer of `organization` who is signed in at the pages."""
    membership = MembershipFactory(organization=organization)
    client.force_login(membership.user)
    return membership.user


@pytest.fixture
def admin_person(client, db):
    """Who is signed in at the admin's pages, with every permission."""
    person = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person
