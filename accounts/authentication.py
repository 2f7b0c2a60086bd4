"""How a request proves whose it is: an API key, or a member's session."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import (
    AuthenticationFailed,
    PermissionDenied,
    ValidationError,
)
from rest_framework.request import Request

from accounts.callers import SCOPES_OF_ROLE, Caller, KeyPrincipal
from accounts.keys import PREFIX, KeyText, parse_key
from accounts.models import ApiKey, Membership, User

ORGANIZATION_HEADER = "Rightsize-Organization"
# Finer than this nobody needs to know, and each note costs a write.
LAST_USED_PRECISION = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer rs_live_<id>_<secret>`; one query a request."""

    def authenticate(self, request: Request) -> tuple[KeyPrincipal, Caller] | None:
        """Return the key's principal and caller; None when no key was sent.

        Raises `AuthenticationFailed` (401) for a key that is malformed, unknown,
        wrong, revoked or expired.
        """
        text = _bearer_text(request.headers.get("Authorization", ""))
        if text is None:
            return None
        presented = parse_key(text)
        if presented is None:
            raise AuthenticationFailed(
                "The API key is malformed: send `Authorization: Bearer "
                "rs_live_<id>_<secret>`, the whole text shown when it was created."
            )
        at = timezone.now()
        api_key = _verified(presented, at)
        _note_use(api_key, at)
        caller = Caller(
            organization=api_key.organization,
            scopes=frozenset(api_key.scopes),
            api_key=api_key,
        )
        return KeyPrincipal(api_key), caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 (RFC 6750, section 3)."""
        challenge = 'Bearer realm="rightsize"'
        if "Authorization" in request.headers:
            return f'{challenge}, error="invalid_token"'
        return challenge


def _bearer_text(header: str) -> str | None:
    """Return the credential of an Authorization header, or None if not for us.

    A key without its scheme, or with another, is a slip worth an answer: "".
    """
    scheme, _, credential = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return credential.strip()
    return "" if PREFIX in header else None


def _verified(presented: KeyText, at: datetime) -> ApiKey:
    """Return the key's row if the secret is right and the key is in force."""
    api_key = (
        ApiKey.objects.select_related("organization")
        .filter(key_id=presented.key_id)
        .first()
    )
    if api_key is None:
        raise AuthenticationFailed(
            "The API key is unknown: check it for a slip, or create a new one."
        )
    if not hmac.compare_digest(presented.secret_sha256, api_key.secret_sha256):
        raise AuthenticationFailed(
            "The secret of the API key is wrong: check it for a slip, "
            "or create a new key."
        )
    # Only who holds the secret learns what became of the key.
    if api_key.revoked_at is not None and api_key.revoked_at <= at:
        raise AuthenticationFailed(
            f"The API key was revoked at {api_key.revoked_at.isoformat()}: "
            "create a new one."
        )
    if api_key.expires_at is not None and api_key.expires_at <= at:
        raise AuthenticationFailed(
            f"The API key expired at {api_key.expires_at.isoformat()}: "
            "create a new one."
        )
    return api_key


def _note_use(api_key: ApiKey, at: datetime) -> None:
    """Keep when the key was last used; one write a minute at most."""
    stale = at - LAST_USED_PRECISION
    if api_key.last_used_at is not None and api_key.last_used_at > stale:
        return
    # The condition is asked again in the row: of two requests only one writes.
    ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=api_key.pk
    ).update(last_used_at=at)


class MemberSessionAuthentication(SessionAuthentication):
    """A signed-in member, with the scopes of the role; writes need a CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """Return the person and caller; None when nobody is signed in.

        Raises 403 for a person without the membership asked for, 400 when the
        choice between several is left open.
        """
        signed_in = super().authenticate(request)
        if signed_in is None:
            return None
        user = signed_in[0]
        assert isinstance(user, User)  # noqa: S101  # AUTH_USER_MODEL
        membership = _membership(user, request.headers.get(ORGANIZATION_HEADER))
        caller = Caller(
            organization=membership.organization,
            scopes=SCOPES_OF_ROLE[membership.role],
            user=user,
        )
        return user, caller


def _membership(user: User, asked: str | None) -> Membership:
    """Return the user's only membership, or the one in the organization asked for."""
    memberships = Membership.objects.select_related("organization").filter(user=user)
    if asked is not None:
        memberships = memberships.filter(_organization_named(asked.strip()))
    found = list(memberships.order_by("organization__slug")[:21])
    if len(found) == 1:
        return found[0]
    if found:
        slugs = ", ".join(membership.organization.slug for membership in found[:20])
        raise ValidationError(
            "You belong to several organizations: name one in the header "
            f"{ORGANIZATION_HEADER}, by id or slug (such as {slugs})."
        )
    if asked is not None:
        # The same words whether it exists or not.
        raise PermissionDenied(
            f"You are no member of the organization named in {ORGANIZATION_HEADER}: "
            "name one of yours, by id or slug."
        )
    raise PermissionDenied(
        "You belong to no organization: ask an admin of yours to add you."
    )


def _organization_named(asked: str) -> Q:
    try:
        return Q(organization_id=UUID(asked))
    except ValueError:
        return Q(organization__slug=asked)
