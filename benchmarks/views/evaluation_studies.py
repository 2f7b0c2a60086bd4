"""Studies over the API: opened, followed, called off."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks.filters import EvaluationStudyFilterSet
from benchmarks.listings import studies_with_their_runs
from benchmarks.models import EvaluationStudy
from benchmarks.sending import send_evaluations_when_committed
from benchmarks.serializers.studies import (
    StudyRequestSerializer,
    StudySerializer,
    study_request,
)
from benchmarks.services.evaluations.studies import cancel_study, create_study
from benchmarks.views.refusals import (
    RunConflict,
    author_of,
    nothing_stated,
    own_endpoint,
    refusals_worded,
)

NAMES = {"budget_usd": "budget"}
# A round takes at least one tick.
RETRY_AFTER_S = 30


def opened_study(request: Request, context: Mapping[str, Any]) -> Response:
    """Open the study that a request states: 202, and where to follow it."""
    asked = StudyRequestSerializer(data=request.data, context=context)
    asked.is_valid(raise_exception=True)
    for endpoint in asked.validated_data["endpoints"]:
        own_endpoint(endpoint)
    with refusals_worded(NAMES):
        study, runs = create_study(
            **study_request(asked.validated_data),
            organization=caller_of(request).organization,
            author=author_of(request),
            at=timezone.now(),
        )
    send_evaluations_when_committed(runs)
    address = reverse("evaluation-study-detail", [study.pk], request=request)
    return Response(
        StudySerializer(study, context=context).data,
        status=status.HTTP_202_ACCEPTED,
        headers={"Location": address, "Retry-After": str(RETRY_AFTER_S)},
    )


@extend_schema_view(
    list=extend_schema(operation_id="evaluation_studies", summary="Studies"),
    retrieve=extend_schema(
        operation_id="evaluation_study",
        summary="One study, and where its endpoints stand",
    ),
)
class EvaluationStudyViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Endpoints held against each other; they are opened at `evaluation-runs/`."""

    serializer_class = StudySerializer
    filterset_class = EvaluationStudyFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[EvaluationStudy]":
        """Return the caller's studies with what is counted of their runs."""
        return studies_with_their_runs(scoped(EvaluationStudy, self.request))

    @extend_schema(
        operation_id="cancel_evaluation_study",
        summary="Call a study off",
        request=None,
        responses={200: StudySerializer},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Close a study and stop its runs; what was answered until then is kept."""
        nothing_stated(request)
        study: EvaluationStudy = self.get_object()
        if not cancel_study(study, at=timezone.now(), author=author_of(request)):
            raise RunConflict("The study is over: there is nothing left to stop.")
        return Response(self.get_serializer(self.get_object()).data)
