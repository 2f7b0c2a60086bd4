"""What the OpenAPI document says of every operation.

The views describe their own replies; refusals, `Idempotency-Key` and the headers
of the rate limit are the same everywhere and are added here. REST framework loads
this module while its views are being loaded, so no view is imported.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from accounts.idempotency import KEY, KEY_HEADER, REPLAYED_HEADER, IdempotentPost
from advisor.api.renderers import ProblemRenderer
from advisor.api.serializers import ProblemSerializer

HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Policy": {
        "description": "How many requests (q) are allowed in how many seconds (w).",
        "schema": {"type": "string"},
        "example": '"default";q=600;w=60',
    },
    "RateLimit": {
        "description": "How many requests remain (r) for how many seconds (t).",
        "schema": {"type": "string"},
        "example": '"default";r=599;t=42',
    },
    "Retry-After": {
        "description": "Seconds after which to send the request again.",
        "schema": {"type": "integer"},
    },
    REPLAYED_HEADER: {
        "description": "Given, as true, when the reply is that of an earlier request"
        f" with the same {KEY_HEADER}.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

DESCRIPTIONS = {
    HTTPStatus.BAD_REQUEST: "Not valid; `errors` points at each wrong field.",
    HTTPStatus.UNAUTHORIZED: "No valid key was sent.",
    HTTPStatus.FORBIDDEN: "The key lacks the scope.",
    HTTPStatus.NOT_FOUND: "Nothing here that the key may see.",
    HTTPStatus.CONFLICT: "A request with the same key is in flight.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a kind not taken here.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The key was used with another body.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests.",
}


class ProblemAutoSchema(AutoSchema):
    """Adds to each operation what holds for all of them."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its refusals and headers, None if it is hidden."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        responses = operation["responses"]
        for status in self._refusals("requestBody" in operation):
            responses.setdefault(str(status.value), self._problem(status))
        for code, response in responses.items():
            headers = response.setdefault("headers", {})
            for name in self._headers_of(code):
                headers[name] = {"$ref": f"#/components/headers/{name}"}
        return operation

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters that the view does not know of."""
        parameters: list[Any] = list(super().get_override_parameters())
        if self._heeds_key():
            parameters.append(
                OpenApiParameter(
                    name=KEY_HEADER,
                    type={"type": "string", "pattern": f"^{KEY.pattern}$"},
                    location=OpenApiParameter.HEADER,
                    description="Name the request, for example by a new UUID: sent"
                    " again with the same key and body, it is carried out once.",
                )
            )
        return parameters

    def _heeds_key(self) -> bool:
        return self.method == "POST" and isinstance(self.view, IdempotentPost)

    def _refusals(self, has_body: bool) -> Iterator[HTTPStatus]:
        yield HTTPStatus.BAD_REQUEST
        if self.view.authentication_classes:
            yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        if "{" in self.path:
            yield HTTPStatus.NOT_FOUND
        if has_body:
            yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        if self._heeds_key():
            yield from (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
        yield HTTPStatus.TOO_MANY_REQUESTS

    def _problem(self, status: HTTPStatus) -> dict[str, Any]:
        write: Any = self._get_response_for_code
        response: dict[str, Any] = write(
            ProblemSerializer, str(status.value), [ProblemRenderer.media_type]
        )
        return {**response, "description": DESCRIPTIONS[status]}

    def _headers_of(self, code: str) -> Iterator[str]:
        if self.view.authentication_classes and code != "401":
            yield from ("RateLimit-Policy", "RateLimit")
        if code == "429" or (code == "409" and self._heeds_key()):
            yield "Retry-After"
        if self._heeds_key() and code.startswith("2"):
            yield REPLAYED_HEADER


def add_headers(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Give the document the headers that operations refer to (a spectacular hook)."""
    components = result.setdefault("components", {})
    components.setdefault("headers", {}).update(HEADERS)
    return result
