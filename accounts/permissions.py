"""What a caller may do: the scopes of the key, or of the member's role."""

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.callers import Caller
from accounts.models import Scope

if TYPE_CHECKING:
    # The module of views loads this one while it is itself being loaded.
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Reading needs `read`, all else `write`.

    A view may ask for another scope by method: `required_scopes = {"POST": "admin"}`;
    a rule for GET holds for HEAD as well.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the caller holds the scope that the method needs."""
        caller: Any = request.auth
        if not isinstance(caller, Caller):
            return False
        scope = required_scope(request.method or "", view)
        self.message = (
            f"This needs the scope `{scope}`, and you hold "
            f"{', '.join(sorted(caller.scopes))}: use a key or a role that has it."
        )
        return scope in caller.scopes


def required_scope(method: str, view: "APIView") -> str:
    """Return the scope that a method of a view needs."""
    by_method: dict[str, str] = getattr(view, "required_scopes", None) or {}
    asked = by_method.get("GET" if method == "HEAD" else method)
    if asked is not None:
        return asked
    return Scope.READ.value if method in SAFE_METHODS else Scope.WRITE.value
