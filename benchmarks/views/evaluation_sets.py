"""Evaluation sets over the API: uploaded whole, read back, replaced while unused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from benchmarks.filters import EvaluationSetFilterSet
from benchmarks.importers import Unreadable
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.models import EvaluationRun, EvaluationSet
from benchmarks.parsers import BoundedMultiPartParser
from benchmarks.selectors.evaluation_sets import with_counts
from benchmarks.serializers.evaluation_sets import (
    EvaluationItemSerializer,
    EvaluationSetDetailSerializer,
    EvaluationSetSerializer,
    SentItemsSerializer,
    SetUploadSerializer,
    items_sent,
)
from benchmarks.serializers.outcomes import DryRunSerializer
from benchmarks.serializers.queries import asked_in
from benchmarks.services.evaluations import sets
from benchmarks.views.refusals import author_of, by_row

EVERYBODYS = (
    "This set is of the ready suite, which stays as it is: upload one of your own."
)
PARSERS: Any = [*api_settings.DEFAULT_PARSER_CLASSES, BoundedMultiPartParser]


class ItemsRefused(APIException):
    """The items cannot be taken, so nothing of them was."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "items_refused"

    def __init__(self, error: Unreadable, *, field: str) -> None:
        """Point at each fault: `#/file/<line>/<column>`, `#/items/<index>/<member>`."""
        told: Any = [serializers.ErrorDetail(str(error), self.default_code)]
        if isinstance(error, RowsRefused):
            told = by_row(error, first=1 if field == "items" else 0)
            self.members = {"problems": error.count}
        super().__init__({field: told})


class SetConflict(APIException):
    """The set is not in a state in which this can be done."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "set_state"


class SameItems(SetConflict):
    """There is a version with just these items."""

    default_code = "set_unchanged"


@contextmanager
def _set_refusals_worded(asked: Any) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        field = "file" if "file" in asked else "items"
        raise ItemsRefused(error, field=field) from error
    except sets.SetUnchanged as error:
        raise SameItems(str(error)) from error
    except sets.SetFrozen as error:
        raise SetConflict(str(error)) from error


def _shown(request: Request, rows: Any = EvaluationSet) -> "QuerySet[EvaluationSet]":
    return with_counts(scoped(rows, request), scoped(EvaluationRun, request))


def _own(request: Request, set_id: str) -> EvaluationSet:
    """Return the set if it is the caller's own; a stranger's is not found."""
    held: EvaluationSet = get_object_or_404(scoped(EvaluationSet, request), pk=set_id)
    if held.organization_id is None:
        raise PermissionDenied(EVERYBODYS)
    return held


def _detail(request: Request, evaluation_set: EvaluationSet) -> Any:
    shown = _shown(request).get(pk=evaluation_set.pk)
    return EvaluationSetDetailSerializer(shown).data


@extend_schema_view(
    list=extend_schema(operation_id="evaluation_sets", summary="Sets, newest first"),
    retrieve=extend_schema(
        operation_id="evaluation_set",
        summary="One set: its items by grader and difficulty",
        responses=EvaluationSetDetailSerializer,
    ),
)
class EvaluationSetViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Questions with known answers: the ready suite's and the caller's own."""

    serializer_class = EvaluationSetSerializer
    filterset_class = EvaluationSetFilterSet
    pagination_class = HistoryPagination
    parser_classes = PARSERS
    # Items in JSON are longer than other bodies.
    json_limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def get_queryset(self) -> "QuerySet[EvaluationSet]":
        """Return the sets that the caller may see, with how much is in them."""
        return _shown(self.request)

    def get_serializer_class(self) -> Any:
        """Count the items by kind in the detail alone."""
        return EvaluationSetDetailSerializer if self.detail else EvaluationSetSerializer

    @extend_schema(
        operation_id="upload_evaluation_set",
        summary="Upload a set of one's own",
        parameters=[DryRunSerializer],
        request={
            "application/json": SetUploadSerializer,
            "multipart/form-data": SetUploadSerializer,
        },
        responses={
            201: EvaluationSetDetailSerializer,
            200: EvaluationSetDetailSerializer,
        },
    )
    def create(self, request: Request) -> Response:
        """Keep all items or none; a name that there is gets its next version.

        With `dry_run=true` the same is checked and told (200, with `id` null), and
        nothing kept. Without items the set takes those of the outcomes brought along.
        """
        dry_run = bool(asked_in(request, DryRunSerializer).get("dry_run"))
        context = self.get_serializer_context()
        asked = SetUploadSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            made = _created(request, asked.validated_data)
            shown = _detail(request, made)
            transaction.set_rollback(dry_run)
        if dry_run:
            return Response({**shown, "id": None})
        address = reverse("evaluation-set-detail", [made.pk], request=request)
        return Response(
            shown, status=status.HTTP_201_CREATED, headers={"Location": address}
        )

    @extend_schema(
        operation_id="delete_evaluation_set",
        summary="Delete a set of one's own that was not used",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take the set away with its items; one that was used stays (409)."""
        held = _own(request, pk)
        with _set_refusals_worded({}):
            sets.delete_set(
                evaluation_set=held, at=timezone.now(), author=author_of(request)
            )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _created(request: Request, asked: Any) -> EvaluationSet:
    with _set_refusals_worded(asked):
        return sets.create_set(
            organization=caller_of(request).organization,
            name=asked["name"],
            task_family=asked["task_family"],
            workload=asked.get("workload"),
            description=asked.get("description", ""),
            items=items_sent(asked),
            at=timezone.now(),
            author=author_of(request),
        )


class EvaluationItemsView(APIView):
    """The items of a set."""

    pagination_class = HistoryPagination
    page_ordering = ("position", "id")
    parser_classes = PARSERS
    json_limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @extend_schema(
        operation_id="evaluation_items",
        summary="Items in their order",
        responses=EvaluationItemSerializer(many=True),
    )
    def get(self, request: Request, set_id: str) -> Response:
        """Every item with its expected answer and grader."""
        held = get_object_or_404(scoped(EvaluationSet, request), pk=set_id)
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(held.items.all(), request, self)
        shown = EvaluationItemSerializer(page, many=True).data
        response: Response = paginator.get_paginated_response(shown)
        return response

    @extend_schema(
        operation_id="replace_evaluation_items",
        summary="Replace the items of a set that was not used",
        request={
            "application/json": SentItemsSerializer,
            "multipart/form-data": SentItemsSerializer,
        },
        responses=EvaluationSetDetailSerializer,
    )
    def put(self, request: Request, set_id: str) -> Response:
        """Keep all of the new items, or the old ones; a used set stays (409)."""
        held = _own(request, set_id)
        asked = SentItemsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with _set_refusals_worded(asked.validated_data):
            items = items_sent(asked.validated_data)
            if items is None:
                raise serializers.ValidationError(
                    {"items": ["Send items, or a file of them."]}, "required"
                )
            sets.replace_items(
                evaluation_set=held,
                items=items,
                at=timezone.now(),
                author=author_of(request),
            )
        return Response(_detail(request, held))
