"""Evaluation runs over the API: asked for, followed, stopped, read item by item."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks.evaluation_results import outcomes_of
from benchmarks.filters import EvaluationRunFilterSet
from benchmarks.grading import Verdict
from benchmarks.listings import evaluations_in_brief
from benchmarks.models import EvaluationRun, RunStatus
from benchmarks.sending import send_evaluations_when_committed
from benchmarks.serializers.evaluation_runs import (
    EvaluationRequestSerializer,
    EvaluationRunDetailSerializer,
    EvaluationRunSerializer,
    ItemOutcomesSerializer,
    evaluation_request,
)
from benchmarks.serializers.studies import StudyRequestSerializer, StudySerializer
from benchmarks.services import evaluations
from benchmarks.views.evaluation_studies import opened_study
from benchmarks.views.refusals import (
    RunConflict,
    author_of,
    nothing_stated,
    own_endpoint,
    refusals_worded,
)

# Progress is written about twice a second.
RETRY_AFTER_S = 2
NAMES = {"budget_usd": "budget"}
# What is stated of studies alone.
_STUDIES = {"endpoints", "allocation", "budget_calls", "quality_floor"}
EVERYBODYS = "This run is everybody's: the service's own admins stop it."


@extend_schema_view(
    list=extend_schema(
        operation_id="evaluation_runs", summary="Evaluation runs, newest first"
    ),
)
class EvaluationRunViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Offerings held against sets: at shared endpoints and the caller's own."""

    serializer_class = EvaluationRunSerializer
    filterset_class = EvaluationRunFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[EvaluationRun]":
        """Return the runs; in the list without their outcomes."""
        rows = scoped(EvaluationRun, self.request).select_related(
            "offering__provider", "offering__model", "language_model", "evaluation_set"
        )
        return rows if self.detail else evaluations_in_brief(rows)

    def get_serializer_class(self) -> Any:
        """Show what was asked and what came of it in the detail alone."""
        return EvaluationRunDetailSerializer if self.detail else EvaluationRunSerializer

    @extend_schema(
        operation_id="request_evaluation_run",
        summary="Hold an endpoint of one's own against a set, now",
        request=PolymorphicProxySerializer(
            component_name="EvaluationRequestOrStudy",
            serializers=[EvaluationRequestSerializer, StudyRequestSerializer],
            resource_type_field_name=None,
        ),
        responses={
            202: PolymorphicProxySerializer(
                component_name="EvaluationRunOrStudy",
                serializers=[EvaluationRunDetailSerializer, StudySerializer],
                resource_type_field_name=None,
            )
        },
    )
    def create(self, request: Request) -> Response:
        """Put a run in the queue, priced beforehand: follow it at `Location`.

        The set is frozen from then on. With `endpoints`, several of them, in the place
        of `endpoint` a study is opened, which decides between them.
        """
        if isinstance(request.data, dict) and _STUDIES & request.data.keys():
            return opened_study(request, self.get_serializer_context())
        context = self.get_serializer_context()
        asked = EvaluationRequestSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        own_endpoint(asked.validated_data["endpoint"])
        if judge := asked.validated_data.get("judge"):
            own_endpoint(judge)
        with refusals_worded(NAMES):
            run = evaluations.request_evaluation(
                **evaluation_request(asked.validated_data),
                author=author_of(request),
                at=timezone.now(),
            )
        send_evaluations_when_committed([run])
        return self._accepted(run)

    @extend_schema(
        operation_id="evaluation_run",
        summary="One evaluation run: progress, and its result by now",
        responses=EvaluationRunDetailSerializer,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a run; while it is not over, `Retry-After` says when to look again."""
        run = self.get_object()
        over = run.closed_at is not None
        headers = None if over else {"Retry-After": str(RETRY_AFTER_S)}
        return Response(self.get_serializer(run).data, headers=headers)

    @extend_schema(
        operation_id="cancel_evaluation_run",
        summary="Stop an evaluation run",
        request=None,
        responses={202: EvaluationRunDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop a run that waits or runs; what was answered until then is kept."""
        nothing_stated(request)
        run: EvaluationRun = self.get_object()
        if run.organization_id is None:
            raise PermissionDenied(EVERYBODYS)
        if run.status == RunStatus.CANCELLED and run.closed_at is None:
            return self._accepted(run)
        if not evaluations.cancel_evaluation(
            run=run, author=author_of(request), at=timezone.now()
        ):
            raise RunConflict("The run is over: there is nothing left to stop.")
        return self._accepted(run)

    @extend_schema(
        operation_id="evaluation_run_outcomes",
        summary="Every answer of an evaluation run, item by item",
        filters=False,
        parameters=[
            OpenApiParameter(
                "verdict",
                enum=[str(each) for each in Verdict],
                description="Items with such an answer alone.",
            )
        ],
        responses=ItemOutcomesSerializer(many=True),
    )
    @action(detail=True, filterset_class=None)
    def outcomes(self, request: Request, pk: str) -> Response:
        """Items in their order, each with the samples that were answered by now."""
        run: EvaluationRun = self.get_object()
        positions = _answered(run, request.query_params.get("verdict"))
        items = run.evaluation_set.items.filter(position__in=positions)
        paginator = HistoryPagination()
        self.page_ordering = ("position", "id")
        page = paginator.paginate_queryset(items, request, self)
        shown = ItemOutcomesSerializer(outcomes_of(run, page), many=True).data
        response: Response = paginator.get_paginated_response(shown)
        return response

    def _accepted(self, run: EvaluationRun) -> Response:
        shown = self.get_queryset().get(pk=run.pk)
        context = self.get_serializer_context()
        address = reverse("evaluation-run-detail", [run.pk], request=self.request)
        return Response(
            EvaluationRunDetailSerializer(shown, context=context).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": address, "Retry-After": str(RETRY_AFTER_S)},
        )


def _answered(run: EvaluationRun, verdict: str | None) -> set[int]:
    """Return the positions with an outcome, with such a one if a verdict is given."""
    if verdict is None:
        return {*run.item}
    if verdict not in list(Verdict):
        known = ", ".join(Verdict)
        raise serializers.ValidationError(
            {"verdict": f"There is no such verdict: take one of {known}."}
        )
    pairs = zip(run.item, run.verdict, strict=True)
    return {item for item, found in pairs if found == verdict}
