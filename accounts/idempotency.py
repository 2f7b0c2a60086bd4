"""`Idempotency-Key`: a POST that is sent twice is carried out once.

The key is reserved in a transaction of its own. What the request writes and the
reply that is kept for it then commit together, so neither exists without the
other. A reservation is a lease: a crash frees the key once it is over, and a
request that outlives its lease is rolled back when another has taken the key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.models import IdempotencyRecord, Organization

if TYPE_CHECKING:
    from rest_framework.views import APIView as _View
else:
    _View = object

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Longer than any request takes; then a crashed one no longer holds its key.
LEASE = timedelta(minutes=2)
RETRY_AFTER_S = 2
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
# A second try may fare better, so these are not what a key stands for.
NOT_KEPT = frozenset(
    {
        status.HTTP_401_UNAUTHORIZED,
        status.HTTP_408_REQUEST_TIMEOUT,
        status.HTTP_412_PRECONDITION_FAILED,
        status.HTTP_428_PRECONDITION_REQUIRED,
        status.HTTP_429_TOO_MANY_REQUESTS,
    }
)
MAX_PATH = 500


class BadKey(APIException):
    """The key cannot be used as one."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_invalid"
    default_detail = (
        f"{KEY_HEADER} must be 1 to 255 visible ASCII characters without spaces,"
        " for example a new UUID."
    )


class KeyInFlight(APIException):
    """A request with this key has not been answered yet."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_in_flight"
    default_detail = (
        f"A request with this {KEY_HEADER} is still being worked on:"
        " send the same again in a moment to get its reply."
    )
    wait = RETRY_AFTER_S


class KeyReused(APIException):
    """The key stands for another request already."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = (
        f"This {KEY_HEADER} was used with another body: take a new key for a new"
        " request, or send the body that it was used with."
    )


class IdempotentPost(_View):
    """Makes a view's or viewset's POSTs heed `Idempotency-Key`; put it first.

    Without the header, or without an organization that asks, nothing is added.
    """

    # Secrets in the reply: shown to the first request, null in what is kept of it.
    shown_once: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the caller as ever, then put the key between request and method."""
        super().initial(request, *args, **kwargs)
        key = request.headers.get(KEY_HEADER)
        organization = getattr(request.auth, "organization", None)
        if request.method != "POST" or key is None or organization is None:
            return
        method = getattr(self, "post", None)
        if method is not None:
            # On the instance, so that the class keeps the method it declares.
            vars(self)["post"] = partial(self._post_once, method, key, organization)

    def _post_once(
        self,
        method: Callable[..., HttpResponseBase],
        key: str,
        organization: Organization,
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponseBase:
        record = reserve(
            key=key,
            organization=organization,
            path=request.path,
            body_sha256=fingerprint(request),
            at=timezone.now(),
        )
        if record.status is not None:
            return _replayed(record)
        try:
            with transaction.atomic():
                response = self._answered(method, request, *args, **kwargs)
                _keep(record, response, self.shown_once)
        except BaseException:
            release(record)
            raise
        return response

    def _answered(
        self,
        method: Callable[..., HttpResponseBase],
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponseBase:
        """Return the finished response; a refusal is one, our own failure raises."""
        response: Any
        try:
            # What a refused request had written by then goes with it.
            with transaction.atomic():
                response = method(request, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)  # raises what is no refusal
        response = self.finalize_response(request, response, *args, **kwargs)
        finished: HttpResponseBase = response
        if hasattr(response, "render"):
            finished = response.render()
        return finished


def reserve(
    *,
    key: str,
    organization: Organization,
    path: str,
    body_sha256: str,
    at: datetime,
) -> IdempotencyRecord:
    """Return the record of the key: answered already, or held by us until `LEASE`.

    Raises BadKey, KeyReused when it stands for another body, and KeyInFlight
    while another request holds it.
    """
    if not KEY.fullmatch(key):
        raise BadKey
    try:
        record, ours = IdempotencyRecord.objects.get_or_create(
            organization=organization,
            method="POST",
            path=_stored_path(path),
            key=key,
            defaults={
                "body_sha256": body_sha256,
                "held_until": at + LEASE,
                "received_at": at,
            },
        )
    except IntegrityError as race:  # taken and freed again while we looked
        raise KeyInFlight from race
    if ours:
        return record
    if record.body_sha256 != body_sha256:
        raise KeyReused
    if record.status is None:
        _take_over(record, at=at)
    return record


def _take_over(record: IdempotencyRecord, *, at: datetime) -> None:
    """Take the lease of a request that crashed; one of many takers succeeds."""
    lapsed = IdempotencyRecord.objects.filter(
        pk=record.pk, status=None, held_until=record.held_until, held_until__lte=at
    )
    if not lapsed.update(held_until=at + LEASE):
        raise KeyInFlight
    record.held_until = at + LEASE


def _keep(
    record: IdempotencyRecord, response: HttpResponseBase, shown_once: tuple[str, ...]
) -> None:
    """Store the reply if it is one to repeat; runs in the request's transaction.

    Raises KeyInFlight, which undoes the request, when the lease is another's by now.
    """
    reply = _text_of(response)
    if reply is None:
        release(record)
        return
    kept = _held(record).update(
        status=response.status_code,
        headers={n: response[n] for n in KEPT_HEADERS if response.has_header(n)},
        reply=_without(reply, shown_once),
    )
    if not kept:
        raise KeyInFlight


def release(record: IdempotencyRecord) -> None:
    """Free the key of a request that left nothing to repeat."""
    _held(record).delete()


def _held(record: IdempotencyRecord) -> Any:
    # The end of the lease tells this holding of the key from any later one.
    return IdempotencyRecord.objects.filter(
        pk=record.pk, status=None, held_until=record.held_until
    )


def _text_of(response: HttpResponseBase) -> str | None:
    if response.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR:
        return None
    if response.status_code in NOT_KEPT or not isinstance(response, HttpResponse):
        return None
    try:
        return response.content.decode()
    except UnicodeDecodeError:
        return None


def _without(reply: str, shown_once: tuple[str, ...]) -> str:
    """Return a reply with null in place of what is shown but once."""
    if not shown_once:
        return reply
    data = json.loads(reply)
    return json.dumps({**data, **{name: None for name in shown_once if name in data}})


def _replayed(record: IdempotencyRecord) -> HttpResponse:
    return HttpResponse(
        record.reply,
        status=record.status,
        headers={**record.headers, REPLAYED_HEADER: "true"},
    )


def fingerprint(request: Request) -> str:
    """Return the SHA-256 of what the request asks: query, kind and bytes of the body.

    A multipart boundary is drawn anew for each sending, so it does not count.
    """
    kind, _, options = (request.content_type or "").partition(";")
    body: bytes = request._request.body
    boundary = re.search(r'boundary="?([^";,]+)', options)
    if boundary and kind.startswith("multipart/"):
        body = body.replace(boundary[1].encode(), b"")
    digest = hashlib.sha256(body)
    digest.update(f"\0{kind.strip().lower()}\0{request.META['QUERY_STRING']}".encode())
    return digest.hexdigest()


def _stored_path(path: str) -> str:
    """Return the path, or its hash if the column cannot hold it."""
    if len(path) <= MAX_PATH and "\x00" not in path:
        return path
    return hashlib.sha256(path.encode()).hexdigest()
