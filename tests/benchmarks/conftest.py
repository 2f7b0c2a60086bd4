import pytest

from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.benchmarks import EndpointFactory


@pytest.fixture
def organization(db):
    return OrganizationFactory()


@pytest.fixture
def api(organization):
    """A client of the API with a key of `organization`."""
    return api_client_for(organization)


@pytest.fixture
def stranger(db):
    """A client of another organization."""
    return api_client_for(OrganizationFactory())


@pytest.fixture
def own_endpoint(organization):
    """The organization's own own_endpoint, of a public offering."""
    return EndpointFactory(organization=organization)


@pytest.fixture
def admin_person(client, db):
    """Who is signed in at the admin's pages, with every permission."""
    person = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person
