"""How often a caller may ask, and the headers that say what is left.

The headers are those of draft-ietf-httpapi-ratelimit-headers-09.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import redis
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.callers import Caller

if TYPE_CHECKING:
    # The module of views loads this one while it is itself being loaded.
    from rest_framework.views import APIView

WINDOW_S = 60

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a caller may still ask in the current window."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Return the two header fields that describe it."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"default";r={self.remaining};t={self.reset_s}',
        }


class KeyRateThrottle(BaseThrottle):
    """Allows `API_RATE_PER_MINUTE` requests a minute to each key and each member.

    Windows are fixed: a caller may spend two windows' requests around their border.
    Where the cache does not answer, every request is allowed and a line is logged.
    """

    timer: ClassVar[Callable[[], float]] = time.time
    _reset_s: int | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; return whether it is within the rate."""
        caller: Any = request.auth
        if not isinstance(caller, Caller):
            return True  # a page open to all; refusals come before this
        now_s = type(self).timer()
        try:
            used = _count(caller.ident, int(now_s // WINDOW_S))
        except redis.RedisError as error:
            logger.warning("requests are not counted, the cache failed: %s", error)
            return True
        limit: int = settings.API_RATE_PER_MINUTE
        self._reset_s = math.ceil(WINDOW_S - now_s % WINDOW_S)
        quota = Quota(limit, max(limit - used, 0), self._reset_s)
        request._request.rate_limit_quota = quota  # type: ignore[attr-defined]  # ours
        return used <= limit

    def wait(self) -> float | None:
        """Return after how many seconds to ask again."""
        return self._reset_s


def _count(ident: str, window: int) -> int:
    """Add one to the caller's requests in the window; return how many there are.

    Django's own `add` and `incr` would take three round trips, this takes one.
    """
    cache: Any = caches["default"]
    key = cache.make_and_validate_key(f"rate:{ident}:{window}")
    pipeline = cache._cache.get_client(key, write=True).pipeline(transaction=False)
    pipeline.incr(key)
    pipeline.expire(key, 2 * WINDOW_S)
    used: int = pipeline.execute()[0]
    return used


class RateLimitHeaders:
    """Middleware: puts the caller's quota on every reply that was counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers of the quota that the throttle left behind."""
        response = self.get_response(request)
        quota: Quota | None = getattr(request, "rate_limit_quota", None)
        if quota is None:
            return response
        for name, text in quota.headers().items():
            response.headers[name] = text
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(quota.reset_s))
        return response
