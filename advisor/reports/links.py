"""The addresses in mails, and the signed tokens in them.

A token names a subscription and the version it was written for; it holds no secret
and is not kept. Subscribing again raises the version, which voids older tokens.
"""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from advisor.reports.models import Subscription

# How long an address may be confirmed after it was asked.
CONFIRM_WITHIN = timedelta(days=7)
_UNSUBSCRIBE = "reports.unsubscribe"
_CONFIRM = "reports.confirm"


class BadToken(ValueError):
    """We never wrote this token, or it was cut off on its way."""


class TokenExpired(BadToken):
    """The token was good once."""


def absolute(path: str) -> str:
    """Return the whole address of a path of ours."""
    return f"{settings.PUBLIC_URL}{path}"


def unsubscribe_url(subscription: Subscription) -> str:
    """Return where one subscription is ended, without signing in; it stays good."""
    token = _token(subscription, _UNSUBSCRIBE)
    return absolute(reverse("unsubscribe", args=[token]))


def confirm_url(subscription: Subscription) -> str:
    """Return where an address is confirmed, for `CONFIRM_WITHIN`."""
    token = _token(subscription, _CONFIRM)
    return absolute(reverse("confirm-subscription", args=[token]))


def unsubscribing(token: str) -> tuple[UUID, int]:
    """Return the subscription and version of an unsubscribing token.

    Raises BadToken.
    """
    return _read(token, _UNSUBSCRIBE, None)


def confirming(token: str) -> tuple[UUID, int]:
    """Return the subscription and version of a confirming token.

    Raises TokenExpired, BadToken.
    """
    return _read(token, _CONFIRM, CONFIRM_WITHIN)


def page_url(path: str, sign_in_token: str | None) -> str:
    """Return the address of a page, by way of signing in where there is a token."""
    if sign_in_token is None:
        return absolute(path)
    query = urlencode({"next": path})
    return absolute(f"/sign-in/link/{sign_in_token}/?{query}")


def _token(subscription: Subscription, salt: str) -> str:
    named = [str(subscription.pk), subscription.token_version]
    return signing.dumps(named, salt=salt)


def _read(token: str, salt: str, within: timedelta | None) -> tuple[UUID, int]:
    try:
        pk, version = signing.loads(token, salt=salt, max_age=within)
        return UUID(pk), int(version)
    except signing.SignatureExpired as error:
        raise TokenExpired("This link has expired.") from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadToken("This link is incomplete, or was not written by us.") from error
