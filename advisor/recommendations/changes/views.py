"""The difference between two recommendations over the API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.serializers import StrictSerializer
from accounts.tenancy import scoped
from advisor.recommendations.changes.replies import ChangesReply
from advisor.recommendations.changes.whole import changes_between
from advisor.recommendations.models import Recommendation

# Both ends are frozen; only another engine would compute them otherwise.
CACHED = "private, max-age=3600"


class SinceSerializer(StrictSerializer):
    """Which earlier recommendation to compare with."""

    since = serializers.UUIDField(
        help_text="Id of an earlier recommendation of the same workload.",
        error_messages={
            "required": "Give the id of an earlier recommendation of this workload:"
            " its recommendations/ lists them."
        },
    )


class ChangesView(APIView):
    """What changed since an earlier recommendation of the same workload, and why."""

    @extend_schema(
        operation_id="recommendation_changes",
        summary="What changed since an earlier recommendation, and why",
        parameters=[SinceSerializer],
        responses=ChangesReply,
    )
    def get(self, request: Request, recommendation_id: UUID) -> Response:
        """The change of spend by driver and in sentences; both answers stay kept."""
        after = get_object_or_404(_compared(request), pk=recommendation_id)
        asked = SinceSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        before = _earlier(request, asked.validated_data["since"], after)
        return Response(
            changes_between(before, after), headers={"Cache-Control": CACHED}
        )


def _compared(request: Request) -> "QuerySet[Recommendation, Any]":
    return scoped(Recommendation, request).select_related("revision", "previous")


def _earlier(request: Request, since: UUID, after: Recommendation) -> Recommendation:
    if since == after.pk:
        return after
    rows = _compared(request).filter(workload=after.workload_id, pk=since)
    before: Recommendation | None = rows.first()
    if before is None:
        raise _refused(
            "No such recommendation of this workload: its recommendations/ lists them.",
            "unknown_recommendation",
        )
    if before.created_at > after.created_at:
        raise _refused(
            "Newer than the recommendation it is compared with: swap the two ids.",
            "not_earlier",
        )
    return before


def _refused(message: str, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({"since": [message]}, code)
