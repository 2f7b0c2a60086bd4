"""Who a request comes from, whichever way it proved it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from accounts.models import ApiKey, Organization, Role, Scope, User

if TYPE_CHECKING:
    from rest_framework.request import Request

SCOPES_OF_ROLE: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({Scope.READ.value}),
    Role.BUYER: frozenset({Scope.READ.value, Scope.WRITE.value}),
    Role.ADMIN: frozenset(Scope.values),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An organization's key, or a member of it; `request.auth` of every view.

    Exactly one of `api_key` and `user` is given. `organization` is the one that
    every row the caller sees belongs to.
    """

    organization: Organization
    scopes: frozenset[str]
    api_key: ApiKey | None = None
    user: User | None = None

    @property
    def ident(self) -> str:
        """Return what the rate limit is counted by."""
        if self.api_key is not None:
            return f"key:{self.api_key.pk}"
        return f"user:{self.user.pk if self.user else ''}"


class KeyPrincipal:
    """Stands in for a person as `request.user` when a key asks."""

    pk = None
    id = None
    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    def __init__(self, api_key: ApiKey) -> None:
        self.api_key = api_key

    def __str__(self) -> str:
        return str(self.api_key)


def caller_of(request: "Request") -> Caller:
    """Return who asks; `HasScope` lets no request without a caller reach a view."""
    return cast(Caller, request.auth)
