import pytest

from tests.factories.accounts import OrganizationFactory, UserFactory


@pytest.fixture
def organization(db):
    return OrganizationFactory()


@pytest.fixture
def admin_person(client, db):
    """Who is signed in at the admin's pages, with every permission."""
    person = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person
