"""Actual usage of a workload over the API: sent in, and read back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts.audit import Author
from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from workloads import selectors, services, usage_csv
from workloads.models import Workload
from workloads.parsers import CsvText, UsageCsvParser
from workloads.serializers import (
    MAX_ROWS,
    PeriodSerializer,
    UsageReceivedSerializer,
    UsageRecordSerializer,
    UsageSerializer,
)

WHOLE = api_settings.NON_FIELD_ERRORS_KEY or "non_field_errors"
# Parameters of the list that are no filters.
OTHER_PARAMETERS = frozenset({"cursor", "page_size", "format"})

Errors = Mapping[int, Any]


class UsageRefused(APIException):
    """A table has faulty rows, so none of it was kept."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "usage_refused"

    def __init__(self, by_line: Errors) -> None:
        """Point at each faulty cell: `#/content/<row>/<column>`, the header is 1."""
        super().__init__({"content": {str(line): by_line[line] for line in by_line}})


class UsageView(IdempotentPost, APIView):
    """What a workload actually used, as the buyer's own books have it."""

    pagination_class = HistoryPagination
    page_ordering = ("-used_from", "-received_at", "-id")
    parser_classes = [*api_settings.DEFAULT_PARSER_CLASSES, UsageCsvParser]  # type: ignore[list-item]  # a class too
    # Ten thousand rows in JSON are longer than other bodies.
    json_limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @extend_schema(
        operation_id="send_usage",
        summary="Send actual usage",
        request={
            "application/json": UsageSerializer(many=True),
            "text/csv": {"type": "string"},
        },
        responses={201: UsageReceivedSerializer},
    )
    def post(self, request: Request, workload_id: str) -> Response:
        """Keep one row or a list, all or none; what is known already adds nothing.

        A row of the same period, offering and tier corrects the one before.
        """
        workload = _workload(request, workload_id)
        body = request.data
        if isinstance(body, CsvText):
            received = _received_table(request, workload, body)
        else:
            received = _received_json(request, workload, body)
        return Response(
            UsageReceivedSerializer(received).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": request.build_absolute_uri(request.path)},
        )

    @extend_schema(
        operation_id="usage",
        summary="Usage as received, newest period first",
        parameters=[PeriodSerializer],
        responses=UsageRecordSerializer(many=True),
    )
    def get(self, request: Request, workload_id: str) -> Response:
        """Every record, corrected ones too; `holds` tells the one that counts."""
        asked = {
            name: value
            for name, value in request.query_params.items()
            if name not in OTHER_PARAMETERS
        }
        period = PeriodSerializer(data=asked)
        period.is_valid(raise_exception=True)
        rows = selectors.usage_history(
            _workload(request, workload_id),
            since=period.validated_data.get("from"),
            until=period.validated_data.get("to"),
        )
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(rows, request, self)
        shown = UsageRecordSerializer(page, many=True).data
        response: Response = paginator.get_paginated_response(shown)
        return response


def _workload(request: Request, workload_id: str) -> Workload:
    rows = scoped(Workload, request).filter(archived_at__isnull=True)
    return get_object_or_404(rows, pk=workload_id)


def _received_json(
    request: Request, workload: Workload, body: Any
) -> services.UsageReceived:
    many = isinstance(body, list)
    _check_length(body if many else [body])
    asked = UsageSerializer(data=body, many=many)
    asked.is_valid(raise_exception=True)
    rows = asked.validated_data if many else [asked.validated_data]
    try:
        return _received(request, workload, rows)
    except services.RowRefusals as refusals:
        errors = {str(row): said for row, said in _errors(refusals).items()}
        raise serializers.ValidationError(errors if many else errors["0"]) from refusals


def _received_table(
    request: Request, workload: Workload, text: CsvText
) -> services.UsageReceived:
    try:
        table = list(usage_csv.read(text))
    except usage_csv.Unreadable as error:
        named = {name or WHOLE: said for name, said in error.problems.items()}
        raise UsageRefused({error.line: named}) from error
    lines = [line for line, _ in table]
    _check_length(lines)
    asked = UsageSerializer(data=[row for _, row in table], many=True)
    if not asked.is_valid():
        raise UsageRefused(
            {lines[row]: _by_column(said) for row, said in asked.errors.items()}
        )
    try:
        return _received(request, workload, asked.validated_data)
    except services.RowRefusals as refusals:
        by_line = {lines[row]: said for row, said in _errors(refusals).items()}
        raise UsageRefused(by_line) from refusals


def _by_column(errors: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's errors by the columns of the table, where the bill is two."""
    named = dict(errors)
    bill = named.pop("billed", {})
    for column, inner in usage_csv.BILL.items():
        if inner in bill:
            named[column] = bill[inner]
    return named


def _received(
    request: Request, workload: Workload, rows: Sequence[Mapping[str, Any]]
) -> services.UsageReceived:
    caller = caller_of(request)
    try:
        return services.receive_usage(
            workload=workload,
            rows=[services.UsageRow(**row) for row in rows],
            at=timezone.now(),
            author=Author(user=caller.user, api_key=caller.api_key),
        )
    except Workload.DoesNotExist as error:
        raise Http404 from error


def _check_length(rows: Sequence[Any]) -> None:
    if not rows:
        raise serializers.ValidationError({WHOLE: ["Send at least one row."]}, "empty")
    if len(rows) > MAX_ROWS:
        message = f"Send at most {MAX_ROWS:,} rows at once; these are {len(rows):,}."
        raise serializers.ValidationError({WHOLE: [message]}, "too_many")


def _errors(refusals: services.RowRefusals) -> dict[int, Any]:
    return {
        row: {
            refusal.field: [serializers.ErrorDetail(refusal.detail, refusal.code)]
            for refusal in found
        }
        for row, found in refusals.by_row.items()
    }
