"""Runs over the API: asked for, followed, stopped, asked for again."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks import services
from benchmarks.exports import columns_of, csv_response
from benchmarks.filters import RunFilterSet
from benchmarks.listings import in_brief, without_samples
from benchmarks.models import BenchmarkRun, RunStatus
from benchmarks.renderers import CsvRenderer
from benchmarks.sending import send_when_committed
from benchmarks.serializers import (
    RunDetailSerializer,
    RunRequestSerializer,
    RunSerializer,
    SamplesSerializer,
)
from benchmarks.serializers.runs import run_request
from benchmarks.views.refusals import (
    RUN_NAMES,
    RunConflict,
    author_of,
    nothing_stated,
    own_endpoint,
    refusals_worded,
)

# Progress is written about once a second.
RETRY_AFTER_S = 2
EVERYBODYS = (
    "This run is everybody's: the service's own admins stop and repeat it. Measure an"
    " endpoint of your own."
)


@extend_schema_view(
    list=extend_schema(operation_id="benchmark_runs", summary="Runs, newest first"),
)
class BenchmarkRunViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Measurements: those of shared endpoints and the caller's own."""

    serializer_class = RunSerializer
    filterset_class = RunFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[BenchmarkRun]":
        """Return the runs without their requests; in the list without more."""
        rows = scoped(BenchmarkRun, self.request)
        return without_samples(rows) if self.detail else in_brief(rows)

    def get_serializer_class(self) -> Any:
        """Show what was asked and what came of it in the detail alone."""
        return RunDetailSerializer if self.detail else RunSerializer

    @extend_schema(
        operation_id="request_benchmark_run",
        summary="Measure an endpoint of one's own, now",
        request=RunRequestSerializer,
        responses={202: RunDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Put a run in the queue, priced beforehand: follow it at `Location`."""
        context = self.get_serializer_context()
        asked = RunRequestSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        own_endpoint(asked.validated_data["endpoint"])
        with refusals_worded(RUN_NAMES):
            run = services.request_run(
                **run_request(asked.validated_data),
                author=author_of(request),
                at=timezone.now(),
            )
        send_when_committed([run])
        return self._accepted(run)

    @extend_schema(
        operation_id="benchmark_run",
        summary="One run: progress, then its result",
        responses=RunDetailSerializer,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a run; while it is not over, `Retry-After` says when to look again."""
        run = self.get_object()
        over = run.closed_at is not None
        headers = None if over else {"Retry-After": str(RETRY_AFTER_S)}
        return Response(self.get_serializer(run).data, headers=headers)

    @extend_schema(
        operation_id="cancel_benchmark_run",
        summary="Stop a run",
        request=None,
        responses={202: RunDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop a run that waits or runs; what was measured until then is kept."""
        nothing_stated(request)
        run = self._own()
        if run.status == RunStatus.CANCELLED and run.closed_at is None:
            return self._accepted(run)
        if not services.cancel_run(
            run=run, author=author_of(request), at=timezone.now()
        ):
            raise RunConflict("The run is over: there is nothing left to stop.")
        return self._accepted(run)

    @extend_schema(
        operation_id="retry_benchmark_run",
        summary="Ask for the same run again",
        request=None,
        responses={202: RunDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Put a run in the queue that asks what a finished one asked."""
        nothing_stated(request)
        with refusals_worded(RUN_NAMES):
            again = services.retry_run(
                run=self._own(), author=author_of(request), at=timezone.now()
            )
        send_when_committed([again])
        return self._accepted(again)

    @extend_schema(
        operation_id="benchmark_run_samples",
        summary="Every request of a run, as JSON or CSV",
        filters=False,
        parameters=[
            OpenApiParameter(
                "format",
                enum=["json", "csv"],
                description="As with Accept: application/json or text/csv.",
            )
        ],
        responses={
            (200, "application/json"): SamplesSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    @action(
        detail=True,
        pagination_class=None,
        renderer_classes=[JSONRenderer, CsvRenderer],
    )
    def samples(self, request: Request, pk: str) -> HttpResponseBase:
        """Every request in the order of intended starts; unknown is null or empty."""
        run: BenchmarkRun = self.get_object()
        if isinstance(request.accepted_renderer, CsvRenderer):
            return csv_response(run)
        shown = {"run": run.pk, "requests": len(run.intended_s)}
        return Response({**shown, "columns": columns_of(run.samples)})

    def _own(self) -> BenchmarkRun:
        run: BenchmarkRun = self.get_object()
        if run.organization_id is None:
            raise PermissionDenied(EVERYBODYS)
        return run

    def _accepted(self, run: BenchmarkRun) -> Response:
        shown = without_samples(scoped(BenchmarkRun, self.request)).get(pk=run.pk)
        context = self.get_serializer_context()
        address = reverse("benchmark-run-detail", [run.pk], request=self.request)
        return Response(
            RunDetailSerializer(shown, context=context).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": address, "Retry-After": str(RETRY_AFTER_S)},
        )
