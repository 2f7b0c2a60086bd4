"""What a browser is told to refuse on the pages: anything that is not our own."""

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse

NAMESPACE = "pages"
# Vega draws without `eval`: charts.js asks for its interpreter of expressions.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def policy(form_targets: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of a page.

    `form_targets` are origins that sending a form may lead on to, as signing in
    elsewhere does.
    """
    directives = POLICY | {"form-action": " ".join(("'self'", *form_targets))}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class PageHeaders:
    """Middleware: the headers of every page; a policy that a view set stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; pages show one organization's matters, so no cache may keep them."""
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or NAMESPACE not in match.namespaces:
            return response
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response
