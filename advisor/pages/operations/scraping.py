"""`/metrics`: what Prometheus reads, with the token or on the machine itself."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advisor.pages.operations.exposition import CONTENT_TYPE_LATEST, exposition

# A proxy on this machine names who really asks in one of these.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Every gauge in Prometheus' text format; 401 or 403 to strangers."""
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    return HttpResponse(
        exposition(timezone.now()), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Return what a stranger is told, None for whoever may read."""
    if settings.METRICS_TOKEN:
        if _holds_token(request):
            return None
        return _sentence(
            "Send `Authorization: Bearer` and the text of METRICS_TOKEN.",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    if _is_local(request):
        return None
    return _sentence(
        "Without METRICS_TOKEN only this machine itself may read metrics: set it,"
        " and send it as `Authorization: Bearer`.",
        status=403,
    )


def _holds_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # Bytes, since texts beyond ASCII cannot be compared in constant time.
    presented, right = token.strip().encode(), settings.METRICS_TOKEN.encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(presented, right)


def _is_local(request: HttpRequest) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _sentence(
    text: str, *, status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    return HttpResponse(
        f"{text}\n", status=status, content_type="text/plain", headers=headers
    )


urlpatterns = [path("metrics", metrics, name="metrics")]
