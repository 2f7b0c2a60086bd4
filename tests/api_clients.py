"""Clients of the API that hold a key."""

from rest_framework.test import APIClient

from tests.factories.accounts import ApiKeyFactory


def api_client_for(organization, scopes=("read", "write")):
    """Return a client that sends a fresh key of the organization.

    Its `api_key` is the key's row.
    """
    api_key = ApiKeyFactory(organization=organization, scopes=list(scopes))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {api_key.secret_text}")
    client.api_key = api_key
    return client
