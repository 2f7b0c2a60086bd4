"""Strong ETags and `If-Match` (RFC 9110): nobody overwrites a step unseen."""

from typing import Any

from django.utils.http import parse_etags
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from advisor.recommendations.models import RecommendationLife

MATCH_HEADER = "If-Match"


class PreconditionRequired(APIException):
    """A step was asked for without saying which version was read."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"
    default_detail = (
        "GET the recommendation first, and send its ETag back in the header"
        f" {MATCH_HEADER}."
    )


class PreconditionFailed(APIException):
    """The recommendation has moved on since it was read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"

    def __init__(self, life: RecommendationLife) -> None:
        """Say where the recommendation stands by now, and its ETag."""
        etag = etag_of(life)
        super().__init__(
            f"The recommendation is {life.state.replace('_', ' ')} by now, or"
            f" {MATCH_HEADER} names no strong ETag of it: GET it again, see whether"
            f" the step is still wanted, and send {MATCH_HEADER}: {etag}."
        )
        self.headers = {"ETag": etag}
        self.members = {"etag": etag, "state": life.state}


def etag_of(life: RecommendationLife) -> str:
    """Return the strong ETag of a recommendation at its present version."""
    return f'"{life.pk}-{life.version}"'


def version_asked(request: Request, life: RecommendationLife) -> int | None:
    """Return the version that a step may start from, None for any of them.

    Raises PreconditionRequired without the header, and PreconditionFailed when it
    does not name the present version. Weak tags never match.
    """
    header: Any = request.headers.get(MATCH_HEADER)
    if header is None:
        raise PreconditionRequired
    if header.strip() == "*":
        return None
    if etag_of(life) not in parse_etags(header):
        raise PreconditionFailed(life)
    version: int = life.version
    return version
