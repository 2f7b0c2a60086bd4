"""Workloads over the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.audit import Author
from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.merge_patch import merged
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from workloads import selectors, services
from workloads.forecast import (
    LEVEL,
    USAGE_DAYS,
    MonthlyRequests,
    monthly_requests,
    requests_from_usage,
)
from workloads.models import Workload, WorkloadRevision
from workloads.questions import question_of, revision_fields
from workloads.serializers import (
    BasisSerializer,
    ForecastSerializer,
    RevisionSerializer,
    WorkloadSerializer,
)

# Usage that ends longer ago says little about next month.
OLDEST_USAGE = timedelta(days=31)


@extend_schema_view(
    list=extend_schema(operation_id="workloads", summary="All workloads, newest first"),
    retrieve=extend_schema(operation_id="workload", summary="One workload"),
)
class WorkloadViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """What the buyer needs; each edit adds a revision."""

    serializer_class = WorkloadSerializer
    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[Workload]":
        """Return the caller's unarchived workloads with their newest revisions."""
        if getattr(self, "swagger_fake_view", False):
            return Workload.objects.none()
        return selectors.with_current_revision(scoped(Workload, self.request))

    @extend_schema(operation_id="create_workload", summary="State a workload")
    def create(self, request: Request) -> Response:
        """Keep a workload with its first revision."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with _name_as_field(asked.validated_data["name"]):
            workload = services.create_workload(
                organization=caller_of(request).organization,
                name=asked.validated_data["name"],
                fields=revision_fields(asked.validated_data),
                author=_author(request),
                at=timezone.now(),
            )
        address = reverse("workload-detail", [workload.pk], request=request)
        return Response(
            self.get_serializer(workload).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )

    @extend_schema(
        operation_id="edit_workload",
        summary="Edit a workload",
        request=WorkloadSerializer(partial=True),
        responses=WorkloadSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Merge the body into the workload (RFC 7396: null takes a statement away).

        Adds a revision if anything differs.
        """
        with transaction.atomic():
            workload = self._held(pk)
            newest = selectors.current_revision(workload)
            stated = {"name": workload.name, **question_of(newest)}
            asked = self.get_serializer(data=merged(stated, request.data))
            asked.is_valid(raise_exception=True)
            with _name_as_field(asked.validated_data["name"]):
                services.revise_workload(
                    workload=workload,
                    name=asked.validated_data["name"],
                    fields=revision_fields(asked.validated_data),
                    author=_author(request),
                    at=timezone.now(),
                )
        return Response(self.get_serializer(self.get_object()).data)

    def _held(self, pk: str) -> Workload:
        """Return the row locked: two edits at once must not undo each other."""
        rows = scoped(Workload, self.request).filter(archived_at__isnull=True)
        return get_object_or_404(rows.select_for_update(of=("self",)), pk=pk)

    @extend_schema(
        operation_id="archive_workload",
        summary="Archive a workload",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take the workload off the list; what was kept about it stays."""
        workload = self.get_object()
        try:
            services.archive_workload(
                workload=workload, at=timezone.now(), author=_author(request)
            )
        except Workload.DoesNotExist as error:
            raise Http404 from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="workload_revisions",
        summary="How the workload was stated, newest first",
        responses=RevisionSerializer(many=True),
    )
    @action(detail=True)
    def revisions(self, request: Request, pk: str) -> Response:
        """Every revision."""
        rows = self.get_object().revisions.all()
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RevisionSerializer(page, many=True).data)

    @extend_schema(
        operation_id="workload_forecast",
        summary="Requests of the next twelve months",
        parameters=[BasisSerializer],
        responses=ForecastSerializer,
    )
    @action(detail=True, pagination_class=None)
    def forecast(self, request: Request, pk: str) -> Response:
        """Requests a month at the stated growth, with a band at level 0.80.

        They start from the stated traffic, or from the usage of four weeks.
        """
        asked = BasisSerializer(data=_without_format(request))
        asked.is_valid(raise_exception=True)
        now = timezone.now()
        workload = self.get_object()
        revision = selectors.current_revision(workload)
        basis = asked.validated_data["basis"]
        months = (
            _from_usage(workload, revision, now)
            if basis == "actual"
            else _as_stated(revision, now)
        )
        shown = ForecastSerializer(
            {
                "workload": workload.pk,
                "revision": revision.number,
                "as_of": now,
                "basis": basis,
                "level": LEVEL,
                "monthly": months,
            }
        )
        return Response(shown.data)


def _without_format(request: Request) -> dict[str, Any]:
    return {k: v for k, v in request.query_params.items() if k != "format"}


def _as_stated(
    revision: WorkloadRevision, now: datetime
) -> tuple[MonthlyRequests, ...]:
    return monthly_requests(
        requests_per_month=revision.requests_per_month,
        growth_per_month=float(revision.growth_per_month),
        growth_uncertainty=float(revision.growth_uncertainty),
        today=now.date(),
    )


def _from_usage(
    workload: Workload, revision: WorkloadRevision, now: datetime
) -> tuple[MonthlyRequests, ...]:
    """Return the forecast from the newest four weeks; refuse if they are unknown."""
    last_day = selectors.last_day_used(workload, at=now)
    if last_day is None or now.date() - last_day > OLDEST_USAGE:
        raise _too_little_usage()
    midnight = datetime.combine(last_day + selectors.ONE_DAY, time(), UTC)
    by_day = selectors.daily_requests(workload, until=midnight, days=USAGE_DAYS, at=now)
    if by_day is None:
        raise _too_little_usage()
    return requests_from_usage(
        by_day,
        last_day=last_day,
        growth_per_month=float(revision.growth_per_month),
        growth_uncertainty=float(revision.growth_uncertainty),
        today=now.date(),
    )


def _too_little_usage() -> serializers.ValidationError:
    message = (
        f"Needs usage of {USAGE_DAYS} days in a row, sent by the day, up to one of the"
        f" last {OLDEST_USAGE.days}: send it, or leave basis out."
    )
    return serializers.ValidationError({"basis": [message]}, "too_little_usage")


def _author(request: Request) -> Author:
    caller = caller_of(request)
    return Author(user=caller.user, api_key=caller.api_key)


@contextmanager
def _name_as_field(name: str) -> Iterator[None]:
    """Turn a taken name into an error of the field `name`."""
    try:
        yield
    except services.NameTaken as error:
        message = f'Another workload is named "{name}": choose another name.'
        raise serializers.ValidationError({"name": [message]}, "taken") from error
