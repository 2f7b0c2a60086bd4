"""Links that sign a person in: from a mail, for a while, and not after that.

A link is signed and not kept. It names its person and a digest of the password, so a
new password voids every link that was sent before.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

_SALT = "accounts.sign_in_links"


class LinkRefused(ValueError):
    """The link signs nobody in; the text says why and fits a page."""


class LinkExpired(LinkRefused):
    """The link was good once."""


def token_for(user: User, *, at: datetime) -> str:
    """Return what goes into `/sign-in/link/<token>/`, good from `at` on."""
    kept = {
        "user": str(user.pk),
        "at": int(at.timestamp()),
        "password": _digest(user),
    }
    return signing.dumps(kept, salt=_SALT)


def user_of(token: str, *, at: datetime) -> User:
    """Return whom a link signs in.

    Raises `LinkExpired` when it is older than SIGN_IN_LINK_HOURS or its person has a
    new password, `LinkRefused` when we never wrote it or its person has left.
    """
    try:
        kept = signing.loads(token, salt=_SALT)
        user_id, written = UUID(kept["user"]), datetime.fromtimestamp(kept["at"], UTC)
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise LinkRefused(
            "This link is incomplete or was never written by this service."
        ) from error
    if at - written > timedelta(hours=settings.SIGN_IN_LINK_HOURS):
        raise LinkExpired("This link has expired.")
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise LinkRefused("The account of this link is no longer in use.")
    if not constant_time_compare(kept["password"], _digest(user)):
        raise LinkExpired(
            "This link ended when the password or the rights of its account changed."
        )
    return user


def _digest(user: User) -> str:
    """Return what changes with the password, and tells nothing about it.

    It changes with the right to the admin too: a link sent before gives none.
    """
    kept = f"{user.pk}{user.password}{user.is_staff}"
    return salted_hmac(_SALT, kept).hexdigest()[:32]
