"""A program's view of the API."""

import pytest
from django.test import Client


@pytest.fixture
def signed_in_admin(admin_user):
    """A browser in which an admin of the service is signed in."""
    client = Client()
    client.force_login(admin_user)
    return client
