"""Secrets are encrypted at rest, and their keys can be changed."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.encryption import CannotDecrypt, derived_key
from benchmarks.models import Endpoint
from tests.factories.benchmarks import EndpointFactory

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT credential FROM benchmarks_endpoint ORDER BY name")
        return [text for (text,) in cursor.fetchall()]


def rotate():
    output = StringIO()
    call_command("rotate_credentials", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("secret", ["sk-1", "ключ-€", "x" * 4_000, " spaced "])
def test_a_secret_comes_back_as_it_was_and_is_stored_as_something_else(secret):
    EndpointFactory(credential=secret)

    assert Endpoint.objects.get().credential == secret
    assert secret not in stored()[0]


def test_no_secret_stays_no_secret():
    EndpointFactory(credential="")

    assert stored() == [""]
    assert Endpoint.objects.get().credential == ""


def test_the_same_secret_is_never_stored_alike():
    EndpointFactory(name="a", credential="sk-1")
    EndpointFactory(name="b", credential="sk-1")

    first, second = stored()
    assert first != second


def test_the_first_key_encrypts_and_every_key_decrypts(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    EndpointFactory(credential="sk-1")

    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert Endpoint.objects.get().credential == "sk-1"

    Endpoint.objects.get().save()
    assert Fernet(NEW).decrypt(stored()[0].encode()) == b"sk-1"


def test_without_a_key_of_its_own_one_is_derived_from_the_secret_key(settings):
    settings.ENCRYPTION_KEYS = []
    settings.SECRET_KEY = "the first"
    EndpointFactory(credential="sk-1")
    assert Fernet(derived_key("the first")).decrypt(stored()[0].encode()) == b"sk-1"

    settings.SECRET_KEY = "the second"
    with pytest.raises(CannotDecrypt, match="add the old key behind the new one"):
        Endpoint.objects.get()

    # The derived key is a key like any other, for the change to keys of one's own.
    settings.ENCRYPTION_KEYS = [NEW, derived_key("the first")]
    assert Endpoint.objects.get().credential == "sk-1"


def test_a_key_that_is_none_is_refused_with_the_way_to_make_one(settings):
    settings.ENCRYPTION_KEYS = ["not-a-key"]

    with pytest.raises(ImproperlyConfigured, match=r"Fernet\.generate_key"):
        EndpointFactory(credential="sk-1")


def test_rotation_leaves_nothing_to_the_old_key(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    EndpointFactory(name="a", credential="sk-1")
    EndpointFactory(name="b", credential="sk-2")
    EndpointFactory(name="c", credential="")
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    printed = rotate()

    assert "benchmarks.Endpoint.credential: 2 encrypted with the first key\n" in printed
    settings.ENCRYPTION_KEYS = [NEW]
    secrets = Endpoint.objects.order_by("name").values_list("credential", flat=True)
    assert list(secrets) == ["sk-1", "sk-2", ""]


def test_rotation_changes_nothing_when_one_secret_cannot_be_opened(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    EndpointFactory(name="a", credential="sk-1")
    settings.ENCRYPTION_KEYS = [NEW]
    EndpointFactory(name="b", credential="sk-2")
    before = stored()

    with pytest.raises(CommandError, match="Nothing was changed"):
        rotate()

    assert stored() == before
