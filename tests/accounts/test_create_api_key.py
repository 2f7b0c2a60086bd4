"""The command that creates a key."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import ApiKey
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db


def run(**options):
    output = StringIO()
    options = {"organization": "acme", "name": "ci", **options}
    call_command("create_api_key", stdout=output, stderr=StringIO(), **options)
    return output.getvalue()


@pytest.mark.urls("tests.accounts.views")
def test_it_prints_a_key_that_works():
    OrganizationFactory(slug="acme")

    printed = run(scopes="read, write")

    response = APIClient().get(
        "/who/", HTTP_AUTHORIZATION=f"Bearer {printed.removesuffix(chr(10))}"
    )
    assert response.json()["organization"] == "acme"
    assert response.json()["scopes"] == ["read", "write"]


def test_a_key_may_expire():
    OrganizationFactory(slug="acme")

    run(days=30)

    key = ApiKey.objects.get()
    assert (key.expires_at - key.created_at).days == 30
    assert key.scopes == ["read"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"organization": "acne"}, "--organization: .*'acne'; there are: acme"),
        ({"scopes": "root"}, "--scopes: Unknown: root. Choose from read, write, admin"),
        ({"scopes": ","}, "--scopes: None is given"),
        ({"name": ""}, "--name: "),
        ({"days": 0}, "--days: Must lie in the future"),
    ],
)
def test_a_wrong_option_is_named(options, complaint):
    OrganizationFactory(slug="acme")

    with pytest.raises(CommandError, match=complaint):
        run(**options)

    assert not ApiKey.objects.exists()


def test_without_organizations_the_remedy_is_named():
    with pytest.raises(CommandError, match="none yet"):
        run()
