"""Price sheets over the API: sending one's own, and deciding on held ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.settings import api_settings

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.models import Scope
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from catalog import services
from catalog.models import PriceSheet, SheetStatus
from catalog.parsers import CsvParser
from catalog.serializers import (
    DecisionSerializer,
    PriceSheetDetailSerializer,
    PriceSheetSerializer,
    PriceSheetUploadSerializer,
)

# Statuses of sheets that were taken in: a held one still waits for a decision.
TAKEN = {
    SheetStatus.APPLIED: status.HTTP_201_CREATED,
    SheetStatus.HELD: status.HTTP_202_ACCEPTED,
    SheetStatus.REJECTED: status.HTTP_200_OK,
}


class SheetRefused(APIException):
    """A sheet has faulty rows, so none of it was applied."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "sheet_refused"

    def __init__(self, problems: Sequence[Mapping[str, str]]) -> None:
        """Point at each faulty cell: `#/content/<row>/<column>`."""
        super().__init__({"content": _by_cell(problems)})


class DecisionConflict(APIException):
    """The sheet cannot be decided on any more."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "sheet_not_held"


@extend_schema_view(
    list=extend_schema(
        operation_id="price_sheets", summary="Sheets received, newest first"
    ),
    retrieve=extend_schema(
        operation_id="price_sheet",
        summary="One sheet with its report row by row",
        responses=PriceSheetDetailSerializer,
    ),
)
class PriceSheetViewSet(
    IdempotentPost,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Price lists as they were received: the service's, and the caller's own."""

    serializer_class = PriceSheetSerializer
    pagination_class = HistoryPagination
    parser_classes = [*api_settings.DEFAULT_PARSER_CLASSES, CsvParser]  # type: ignore[list-item]
    required_scopes = {"POST": Scope.ADMIN.value}
    # A sheet in JSON may be as long as one in CSV.
    json_limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def get_queryset(self) -> "QuerySet[PriceSheet]":
        """Return the sheets that the caller may see, without their content."""
        rows = scoped(PriceSheet, self.request).defer("content")
        if self.detail:
            return rows
        return rows.defer("content", "report").annotate(
            counts=KeyTransform("counts", "report")
        )

    def get_serializer_class(self) -> Any:
        """Show the report in the detail alone."""
        return PriceSheetDetailSerializer if self.detail else PriceSheetSerializer

    @extend_schema(
        operation_id="upload_price_sheet",
        summary="Send a price list of one's own",
        request={
            "application/json": PriceSheetUploadSerializer,
            "text/csv": {"type": "string"},
        },
        parameters=[
            OpenApiParameter(
                "list", description="Name of the list, for an upload as text/csv."
            )
        ],
        responses={
            201: PriceSheetDetailSerializer,
            202: PriceSheetDetailSerializer,
        },
    )
    def create(self, request: Request) -> Response:
        """Take all rows or none: applied (201), held for a decision (202), or 422.

        The same content sent again is the same sheet.
        """
        asked = PriceSheetUploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        upload, caller = asked.validated_data, caller_of(request)
        source = ":".join(
            part for part in (upload["format"], upload.get("list")) if part
        )
        sheet = services.import_sheet(
            source=source,
            content=upload["content"],
            organization=caller.organization,
            submitted_by=caller.user,
            api_key=caller.api_key,
        )
        if sheet.status == SheetStatus.FAILED:
            raise SheetRefused(sheet.report["problems"])
        return Response(
            PriceSheetDetailSerializer(sheet).data,
            status=TAKEN[SheetStatus(sheet.status)],
            headers={
                "Location": reverse("price-sheet-detail", [sheet.pk], request=request)
            },
        )

    @extend_schema(
        operation_id="approve_price_sheet",
        summary="Apply a held sheet of one's own",
        request=DecisionSerializer,
        responses=PriceSheetDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Add the sheet's prices, as an admin of the organization."""
        return self._decide(services.approve_sheet)

    @extend_schema(
        operation_id="reject_price_sheet",
        summary="Turn down a held sheet of one's own",
        request=DecisionSerializer,
        responses=PriceSheetDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Leave the prices of the last good sheet in force."""
        return self._decide(services.reject_sheet)

    def _decide(self, service: Any) -> Response:
        sheet: PriceSheet = self.get_object()
        if sheet.organization_id is None:
            raise PermissionDenied(
                "This sheet is everybody's: the service's own admins decide on it."
            )
        asked = DecisionSerializer(data=self.request.data or {})
        asked.is_valid(raise_exception=True)
        caller = caller_of(self.request)
        try:
            service(
                sheet,
                decided_by=caller.user,
                api_key=caller.api_key,
                note=asked.validated_data.get("note", ""),
            )
        except (services.AlreadyDecided, services.Superseded) as error:
            raise DecisionConflict(str(error)) from error
        return Response(PriceSheetDetailSerializer(sheet).data)


def _by_cell(problems: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return the problems nested by row, then column; those of neither come bare."""
    whole = api_settings.NON_FIELD_ERRORS_KEY or "non_field_errors"
    cells: dict[str, Any] = {}
    for problem in problems:
        row = cells.setdefault(problem["row"].removeprefix("row ") or whole, {})
        detail = serializers.ErrorDetail(problem["detail"], "bad_cell")
        row.setdefault(problem["field"] or whole, []).append(detail)
    return cells
