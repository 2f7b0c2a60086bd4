"""Advice over the API: asked, kept, and asked again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts.audit import Author
from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from advisor.decision.decide import ENGINE_VERSION
from advisor.recommendations import selectors, services
from advisor.recommendations.evaluations.inline import Unusable
from advisor.recommendations.models import Recommendation
from advisor.recommendations.rejections import rejection_of
from advisor.recommendations.replies import (
    AdviceReply,
    RecommendationReply,
    RecommendationSummaryReply,
    RejectionsReply,
)
from advisor.recommendations.serializers import (
    AdviceRequestSerializer,
    MomentsSerializer,
)
from advisor.recommendations.steps import Steps, whole_reply
from benchmarks.importers import Unreadable
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.views.refusals import by_row
from workloads.models import Workload, WorkloadRevision
from workloads.serializers import revision_fields


class WorkloadRecommendationsView(IdempotentPost, APIView):
    """The advice given for one workload: ask for more, or read its history."""

    pagination_class = HistoryPagination

    @extend_schema(
        operation_id="recommend",
        summary="Ask for advice and keep it",
        request=MomentsSerializer,
        responses={201: RecommendationReply},
    )
    def post(self, request: Request, workload_id: str) -> Response:
        """Which model sizes would do, from whom, at what cost; kept as it is given."""
        workload = _workload(request, workload_id)
        now = timezone.now()
        moments = MomentsSerializer(data=request.data, context={"now": now})
        moments.is_valid(raise_exception=True)
        caller = caller_of(request)
        recommendation = services.recommend(
            workload=workload,
            as_of=moments.validated_data.get("as_of", now),
            known_at=moments.validated_data.get("known_at"),
            at=now,
            author=Author(user=caller.user, api_key=caller.api_key),
        )
        address = reverse("recommendation-detail", [recommendation.pk], request=request)
        return whole_reply(
            recommendation, status=status.HTTP_201_CREATED, Location=address
        )

    @extend_schema(
        operation_id="recommendation_history",
        summary="All advice for a workload",
        responses=RecommendationSummaryReply(many=True),
    )
    def get(self, request: Request, workload_id: str) -> Response:
        """All advice given for the workload, newest first."""
        paginator = self.pagination_class()
        rows = selectors.history(_workload(request, workload_id))
        page = paginator.paginate_queryset(selectors.summarised(rows), request, self)
        response: Response = paginator.get_paginated_response(
            [summary_of(row) for row in page]
        )
        return response


def _workload(request: Request, workload_id: str) -> Workload:
    rows = scoped(Workload, request)
    workload = get_object_or_404(rows, pk=workload_id, archived_at=None)
    # It was found among the caller's own, so its organization is at hand.
    workload.organization = caller_of(request).organization
    return workload


class RejectionPagination(LimitOffsetPagination):
    """Refusals are computed as a whole, so a page is a slice of them."""

    default_limit = 50
    max_limit = 500

    def get_limit(self, request: Request) -> int:
        """Return how many refusals to show; refuse what is no such number."""
        return _counted(request, "limit", self.default_limit, 1, self.max_limit)

    def get_offset(self, request: Request) -> int:
        """Return how many refusals to pass over; refuse what is no such number."""
        return _counted(request, "offset", 0, 0, 10**9)


def _counted(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    # Longer ones are out of range, and too long for Python to read.
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if digits and least <= int(text) <= most:
        return int(text)
    raise serializers.ValidationError(
        {name: [f"Give a whole number from {least} to {most}."]}, "out_of_range"
    )


class RecommendationViewSet(IdempotentPost, mixins.RetrieveModelMixin, Steps):
    """Advice as it was given, which never changes, and what became of it."""

    serializer_class = RecommendationReply

    def get_queryset(self) -> "QuerySet[Recommendation]":
        """Return the advice given to the caller's organization."""
        return scoped(Recommendation, self.request).select_related("revision", "life")

    @extend_schema(
        operation_id="recommendation",
        summary="One recommendation, as it was given",
        responses=RecommendationReply,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One recommendation, whole, as it was given."""
        return whole_reply(self.get_object())

    @extend_schema(
        operation_id="recommendation_rejections",
        summary="Every refused option with its reasons",
        responses=RejectionsReply,
        filters=False,
    )
    @action(detail=True, pagination_class=RejectionPagination)
    def rejections(self, request: Request, pk: str) -> Response:
        """Every option that was refused, nearest first, with all its reasons.

        Computed again from what the recommendation depended on.
        """
        decision = services.decide_again(self.get_object())
        paginator = RejectionPagination()
        near: list[int] = decision.near.tolist()
        page = paginator.paginate_queryset(near, request, self)
        results = [rejection_of(decision, slot) for slot in page or ()]
        reply = paginator.get_paginated_response(results)
        reply.data["engine_version"] = ENGINE_VERSION
        return reply


class AdviceView(APIView):
    """The same question, without keeping anything."""

    # Nothing is written, so whoever may read may ask.
    required_scopes: ClassVar = {"POST": "read"}
    # Outcomes are longer than other bodies.
    json_limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @extend_schema(
        operation_id="advice",
        summary="Ask without keeping anything",
        request=AdviceRequestSerializer,
        responses={200: AdviceReply},
    )
    def post(self, request: Request) -> Response:
        """Answer a workload that is stated in the request and forgotten afterwards."""
        now = timezone.now()
        asked = AdviceRequestSerializer(
            data=request.data, context={"now": now, "request": request}
        )
        asked.is_valid(raise_exception=True)
        fields = revision_fields(asked.validated_data["workload"])
        with outcomes_refused():
            answer = services.advise(
                WorkloadRevision(**fields),
                organization=caller_of(request).organization,
                as_of=asked.validated_data.get("as_of", now),
                known_at=asked.validated_data.get("known_at"),
                outcomes=asked.validated_data.get("outcomes"),
            )
        return Response(answer)


@contextmanager
def outcomes_refused() -> Iterator[None]:
    """Word what is wrong with outcomes at their place in the request."""
    try:
        yield
    except RowsRefused as error:
        rows = by_row(error, first=1)
        raise serializers.ValidationError({"outcomes": {"rows": rows}}) from error
    except (Unreadable, Unusable) as error:
        told = serializers.ErrorDetail(str(error), "outcomes_refused")
        raise serializers.ValidationError({"outcomes": {"rows": [told]}}) from error
    except ValidationError as error:
        raise serializers.ValidationError({"outcomes": error.message_dict}) from error


def summary_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a history row: what was asked and which option was picked."""
    best = row["best"]
    return {
        "id": row["id"],
        "workload": row["workload_id"],
        "workload_revision": row["revision__number"],
        "as_of": row["as_of"],
        "known_at": row["known_at"],
        "created_at": row["created_at"],
        "status": row["status"],
        "engine_version": row["engine_version"],
        "finding": row["finding"] or None,
        "provisional": row["provisional"],
        "recommended": None if best is None or best["rank"] is None else _picked(best),
    }


def _picked(option: dict[str, Any]) -> dict[str, Any]:
    stage = option["strategy"]["stages"][0]
    spend = option["projected_spend"]
    return {
        "rank": option["rank"],
        "offering": stage["offering"],
        "service_tier": stage["service_tier"],
        "strategy": option["strategy"],
        "model_size": option["model_size"],
        "twelve_months": spend and spend["twelve_months"],
        "quality": option["quality"],
        "latency": option["latency"],
    }
