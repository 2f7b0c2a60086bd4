"""A text column that is encrypted at rest, and the keys it is encrypted with."""

from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class CannotDecrypt(ImproperlyConfigured):
    """No key of ENCRYPTION_KEYS opens a stored secret."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS must hold keys of 32 bytes in URL-safe base64, with commas"
            " between: make one with `python -c 'from cryptography.fernet import"
            " Fernet; print(Fernet.generate_key().decode())'`."
        ) from error


def derived_key(secret: str) -> str:
    """Return the Fernet key that stands in where no key of its own is configured.

    HKDF (RFC 5869) with SHA-256 sets it apart from whatever else `secret` signs.
    """
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rightsize credentials")
    return urlsafe_b64encode(kdf.derive(secret.encode())).decode()


def keys() -> MultiFernet:
    """Return the keys in force: the first encrypts, all of them decrypt."""
    configured = tuple(settings.ENCRYPTION_KEYS)
    return _fernet(configured or (derived_key(settings.SECRET_KEY),))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A secret: encrypted on its way into the database, decrypted on its way out.

    It cannot be searched or compared in the database, only read; empty stays empty.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Return the token to store."""
        text = super().get_prep_value(value)
        return keys().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the secret; raise `CannotDecrypt` when its key is gone."""
        if not value:
            return value
        try:
            return keys().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise CannotDecrypt(
                "A stored credential was encrypted with a key that ENCRYPTION_KEYS (or"
                " SECRET_KEY, where that is unset) no longer holds: add the old key"
                " behind the new one, then run `manage.py rotate_credentials`."
            ) from error
