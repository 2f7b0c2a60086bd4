"""How the OpenAPI document describes the ways to authenticate."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A key in the Authorization header."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: "AutoSchema") -> dict[str, Any]:
        """Return the scheme of RFC 6750."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "rs_live_<id>_<secret>",
            "description": "An organization's key, shown once when it is created.",
        }


class MemberSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A signed-in member's cookie."""

    target_class = "accounts.authentication.MemberSessionAuthentication"
    name = "memberSession"

    def get_security_definition(self, auto_schema: "AutoSchema") -> dict[str, Any]:
        """Return the session cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A member who signed in. Writes need `X-CSRFToken` too; "
            "who belongs to several organizations names one, by id or slug, in "
            "`Rightsize-Organization`.",
        }
