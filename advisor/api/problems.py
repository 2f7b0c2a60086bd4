"""Refusals as `application/problem+json` (RFC 9457): what is wrong, where, what to do.

`type` is a stable name to branch on; `errors` points at each field that is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.core import exceptions as django_exceptions
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    UnreadablePostError,
)
from django.utils.encoding import escape_uri_path
from django.views import defaults
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from advisor.api.parsers import TooLarge
from advisor.api.renderers import ProblemRenderer

API_PREFIX = "/api/"
TYPE_PREFIX = "urn:rightsize:problem:"
MAX_ERRORS = 200
QUERY_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
NO_KEY = (
    "No API key was sent: give it in the header"
    " `Authorization: Bearer rs_live_<id>_<secret>`."
)
NO_SUCH_THING = "There is nothing here that you may see: check the id and the path."


class BadRequest(exceptions.APIException):
    """The request cannot be read."""

    status_code = HTTPStatus.BAD_REQUEST
    default_detail = "The request cannot be read: check its address and headers."
    default_code = "bad_request"


def exception_handler(
    error: Exception, context: Mapping[str, Any]
) -> HttpResponseBase | None:
    """Return the problem that tells the caller of `error`, None if it is our fault.

    Django then logs it and answers through `server_error`, without its text.
    """
    refusal = _refusal_of(error)
    if refusal is None:
        return None
    set_rollback()
    request = context["request"]
    request.accepted_renderer = ProblemRenderer()
    request.accepted_media_type = ProblemRenderer.media_type
    problem = _problem_of(refusal, request, context.get("view"))
    return Response(problem, refusal.status_code, headers=dict(_headers_of(refusal)))


def _refusal_of(error: Exception) -> exceptions.APIException | None:
    """Return `error` as one of REST framework's, None if it is none of the caller's."""
    if isinstance(error, exceptions.APIException):
        return error
    for kind, translate in TRANSLATIONS.items():
        if isinstance(error, kind):
            return translate(error)
    return None


def _not_found(error: Any) -> exceptions.APIException:
    said = str(error.args[0]) if error.args else ""
    # Django's own sentences name models and patterns, which help no caller.
    ours = said and not said.startswith("No ") and "'" not in said
    return exceptions.NotFound(said if ours else NO_SUCH_THING)


TRANSLATIONS: dict[type[Exception], Callable[[Any], exceptions.APIException]] = {
    Http404: _not_found,
    django_exceptions.PermissionDenied: lambda error: exceptions.PermissionDenied(),
    django_exceptions.ValidationError: lambda error: exceptions.ValidationError(
        get_error_detail(error)
    ),
    django_exceptions.RequestDataTooBig: lambda error: TooLarge(),
    django_exceptions.SuspiciousOperation: lambda error: BadRequest(),
    UnreadablePostError: lambda error: BadRequest("The body broke off: send it again."),
}


def _headers_of(refusal: exceptions.APIException) -> Iterator[tuple[str, str]]:
    auth_header = getattr(refusal, "auth_header", None)
    if auth_header:
        yield "WWW-Authenticate", auth_header
    wait_s = getattr(refusal, "wait", None)
    if wait_s is not None:
        yield "Retry-After", str(max(1, int(wait_s)))
    yield from getattr(refusal, "headers", {}).items()


def _problem_of(
    refusal: exceptions.APIException, request: Any, view: Any
) -> dict[str, Any]:
    detail: Any = refusal.detail
    if not isinstance(detail, list | dict):
        said = _remedy_of(refusal, view) or str(detail)
        return {
            **problem(request, refusal.status_code, refusal.default_code, said),
            **getattr(refusal, "members", {}),
        }
    location = {"location": "query"} if request.method in QUERY_METHODS else {}
    errors = [
        {"pointer": pointer, "detail": str(text), "code": str(text.code), **location}
        for pointer, text in field_errors(detail)
    ]
    return {
        **problem(
            request, refusal.status_code, refusal.default_code, _summary_of(errors)
        ),
        "errors": errors[:MAX_ERRORS],
        # What a program can use and would not like to read out of a sentence.
        **getattr(refusal, "members", {}),
    }


def _remedy_of(refusal: exceptions.APIException, view: Any) -> str | None:
    """Return a sentence that says more than REST framework's, where there is one."""
    if isinstance(refusal, exceptions.NotAuthenticated):
        return NO_KEY
    if isinstance(refusal, exceptions.MethodNotAllowed) and view is not None:
        return f"{refusal.detail} Use {', '.join(view.allowed_methods)}."
    if isinstance(refusal, exceptions.UnsupportedMediaType) and view is not None:
        taken = (parser.media_type for parser in view.parser_classes)
        return f"{refusal.detail} Send Content-Type: {' or '.join(taken)}."
    if isinstance(refusal, exceptions.NotAcceptable) and view is not None:
        given = (renderer.media_type for renderer in view.renderer_classes)
        return f"{refusal.detail} Ask for {' or '.join(given)}."
    return None


def _summary_of(errors: list[dict[str, str]]) -> str:
    if not errors:
        return "The request is not valid."
    first = errors[0]
    path = first["pointer"].removeprefix("#").removeprefix("/")
    said = f"{path}: {first['detail']}" if path else first["detail"]
    if len(errors) == 1:
        return said
    listed = "all are" if len(errors) <= MAX_ERRORS else f"the first {MAX_ERRORS} are"
    return f"{said} ({len(errors)} problems; {listed} under errors.)"


def field_errors(
    detail: Any, pointer: str = "#"
) -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """Yield (JSON pointer, message) for each leaf of nested validation errors."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(inner, below(pointer, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of messages is about the field itself, a list of errors
            # about its entries.
            leaf = isinstance(inner, str)
            yield from field_errors(inner, pointer if leaf else f"{pointer}/{index}")
    else:
        yield pointer, detail


def below(pointer: str, name: Any) -> str:
    """Return the JSON pointer to a member; what is of no field stays where it is."""
    if name in (
        api_settings.NON_FIELD_ERRORS_KEY,
        django_exceptions.NON_FIELD_ERRORS,
    ):
        return pointer
    token = str(name).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{quote(token, safe='~')}"


def problem(request: Any, status: int, code: str, detail: str) -> dict[str, Any]:
    """Return the members that every problem has."""
    return {
        "type": TYPE_PREFIX + code.replace("_", "-"),
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": escape_uri_path(request.path),
    }


def _page_or_problem(
    request: HttpRequest,
    page: Callable[[], HttpResponse],
    refusal: tuple[int, str, str],
) -> HttpResponse:
    if not request.path.startswith(API_PREFIX):
        return page()
    status, code, detail = refusal
    return JsonResponse(
        problem(request, status, code, detail),
        status=status,
        content_type=ProblemRenderer.media_type,
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that no view could read; the project's `handler400`."""
    known = _refusal_of(exception) or BadRequest()
    return _page_or_problem(
        request,
        lambda: defaults.bad_request(request, exception),
        (known.status_code, known.default_code, str(known.detail)),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what is forbidden before any view; the project's `handler403`."""
    known = exceptions.PermissionDenied()
    return _page_or_problem(
        request,
        lambda: defaults.permission_denied(request, exception),
        (known.status_code, known.default_code, str(known.detail)),
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for a path that does not exist; the project's `handler404`."""
    return _page_or_problem(
        request,
        lambda: defaults.page_not_found(request, exception),
        (404, "not_found", "There is no such path: /api/v1/docs/ lists them all."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for a mistake of ours, without a word of it; the `handler500`."""
    return _page_or_problem(
        request,
        lambda: defaults.server_error(request),
        (500, "internal_error", "The mistake is ours and is logged: try again later."),
    )


# The names that a root URL module gives them.
handler400, handler403 = bad_request, permission_denied
handler404, handler500 = page_not_found, server_error
