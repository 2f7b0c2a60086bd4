"""Where a request goes whose address lacks its last slash."""

from django.http import HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware


class KeepingRedirect(HttpResponsePermanentRedirect):
    """A redirect that a client follows with the same method and body (RFC 9110)."""

    status_code = 308


class SlashMiddleware(CommonMiddleware):
    """Django's own, but a POST without the slash arrives as a POST, not as a GET."""

    response_redirect_class = KeepingRedirect
