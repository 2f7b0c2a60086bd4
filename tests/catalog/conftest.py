import pytest

from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory


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
