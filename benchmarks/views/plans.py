"""Plans over the API."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import IdempotentPost
from accounts.merge_patch import merged
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks import services
from benchmarks.filters import PlanFilterSet
from benchmarks.listings import with_last_run
from benchmarks.models import BenchmarkPlan
from benchmarks.serializers import PlanSerializer
from benchmarks.serializers.plans import asked_of, plan_fields
from benchmarks.views.refusals import (
    PLAN_NAMES,
    author_of,
    own_endpoint,
    refusals_worded,
)

EVERYBODYS = (
    "This plan is everybody's: the service's own admins edit it. Make an endpoint and a"
    " plan of your own for the same offering."
)


@extend_schema_view(
    list=extend_schema(
        operation_id="benchmark_plans", summary="What is measured when, newest first"
    ),
    retrieve=extend_schema(operation_id="benchmark_plan", summary="One plan"),
)
class BenchmarkPlanViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """How often endpoints are measured: shared ones and the caller's own."""

    serializer_class = PlanSerializer
    filterset_class = PlanFilterSet
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[BenchmarkPlan]":
        """Return the plans with their newest run and what this month cost."""
        rows = scoped(BenchmarkPlan, self.request).select_related(
            "endpoint__offering__provider", "endpoint__offering__model"
        )
        return with_last_run(rows.defer("endpoint__credential"), at=timezone.now())

    def get_serializer_context(self) -> dict[str, Any]:
        """Give the moment after which the next slot is looked for."""
        return {**super().get_serializer_context(), "now": timezone.now()}

    @extend_schema(operation_id="create_benchmark_plan", summary="Measure on a plan")
    def create(self, request: Request) -> Response:
        """Keep a plan; its first slot comes by itself."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = plan_fields(asked.validated_data)
        with refusals_worded(PLAN_NAMES):
            plan = services.create_plan(
                endpoint=own_endpoint(fields.pop("endpoint")),
                fields=fields,
                author=author_of(request),
                at=timezone.now(),
            )
        address = reverse("benchmark-plan-detail", [plan.pk], request=request)
        return Response(
            self._shown(plan.pk),
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )

    @extend_schema(
        operation_id="edit_benchmark_plan",
        summary="Edit a plan of one's own, or switch it off",
        request=PlanSerializer(partial=True),
        responses=PlanSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Merge the body into the plan (RFC 7396); runs that wait keep their load."""
        with transaction.atomic():
            plan = self._held(pk)
            asked = self.get_serializer(data=merged(asked_of(plan), request.data))
            asked.is_valid(raise_exception=True)
            with refusals_worded(PLAN_NAMES):
                services.revise_plan(
                    plan=plan,
                    fields=plan_fields(asked.validated_data),
                    author=author_of(request),
                    at=timezone.now(),
                )
        return Response(self._shown(plan.pk))

    def _held(self, pk: str) -> BenchmarkPlan:
        """Return the row locked, if it is the caller's own."""
        rows = scoped(BenchmarkPlan, self.request).select_for_update()
        plan: BenchmarkPlan = get_object_or_404(rows, pk=pk)
        if plan.organization_id is None:
            raise PermissionDenied(EVERYBODYS)
        return plan

    def _shown(self, pk: Any) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=pk)).data
