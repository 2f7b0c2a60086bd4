"""Which HTTP headers an endpoint may be sent, and in which of them secrets go."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

MAX_HEADERS = 20
MAX_LETTERS = 4_000
# A token of RFC 9110, section 5.6.2.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,60}")
_VALUE = re.compile(r"[\x20-\x7e]*")
# What says how a message is framed, or to whom: the harness sets these itself.
_OWN = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_SECRET = re.compile(
    r"authori[sz]ation|bearer|cookie|credential|jwt|passw|secret|session|signature"
    r"|(^|[-_.])pass(phrase)?$"
    r"|(^|[-_.])auth$"
    r"|(^|[-_.])(api|access|auth|subscription|private)?[-_.]?(key|token)s?$",
    re.IGNORECASE,
)
# How credentials begin, whatever header they are put in.
_LOOKS_SECRET = re.compile(r"(bearer|basic|token)\s|sk[-_]|eyJ", re.IGNORECASE)


def check_headers(headers: Any) -> None:
    """Check the headers that are no secret: kept and shown in the clear.

    Raises `ValidationError` keyed by `headers`.
    """
    if not isinstance(headers, Mapping):
        raise _refused("headers", "Must be an object: one value for each name.")
    if len(headers) > MAX_HEADERS:
        raise _refused("headers", f"At most {MAX_HEADERS} headers are sent.")
    names = [str(name).lower() for name in headers]
    if len(set(names)) < len(names):
        raise _refused("headers", "A name is there twice: case makes no difference.")
    for name, value in headers.items():
        _check_name("headers", name)
        _check_value("headers", name, value)
        if _SECRET.search(name) or _LOOKS_SECRET.match(value):
            raise _refused(
                "headers",
                f"{name} carries a credential: put it in `credential`, which is"
                " encrypted, and the header's name in `credential_header`.",
            )


def check_credential(credential: str, credential_header: str) -> None:
    """Check the secret and the header that it goes in; empty is none, and the usual.

    Raises `ValidationError` keyed by the field; it never repeats the secret.
    """
    _check_value("credential", "The credential", credential)
    if credential != credential.strip():
        raise _refused("credential", "Has spaces around it: take them off.")
    if credential_header:
        _check_name("credential_header", credential_header)


def _check_name(field: str, name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _refused(
            field,
            f"{str(name)[:60]!r} is no header name: 1 to 60 letters, digits and"
            " hyphens.",
        )
    if name.lower() in _OWN:
        raise _refused(field, f"{name} is set by the harness itself: leave it out.")


def _check_value(field: str, name: str, value: Any) -> None:
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise _refused(
            field, f"{name} may hold visible ASCII characters and spaces only."
        )
    if len(value) > MAX_LETTERS:
        raise _refused(field, f"{name} is longer than {MAX_LETTERS} characters.")


def _refused(field: str, sentence: str) -> ValidationError:
    return ValidationError({field: sentence})
