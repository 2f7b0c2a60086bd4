"""Outcomes on an evaluation set over the API: brought along, and what is known."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts.callers import caller_of
from accounts.idempotency import IdempotentPost
from accounts.tenancy import scoped
from benchmarks.importers import Unreadable
from benchmarks.importers.outcome_rows import RowsRefused
from benchmarks.known_scores import known_scores
from benchmarks.models import EvaluationSet
from benchmarks.outcome_exports import outcomes_csv
from benchmarks.parsers import BoundedMultiPartParser
from benchmarks.renderers import CsvRenderer
from benchmarks.selectors.known_outcomes import closed_runs, known_outcomes
from benchmarks.serializers.known_outcomes import (
    ImportedOutcomesSerializer,
    KnownOutcomesSerializer,
)
from benchmarks.serializers.outcomes import DryRunSerializer, SentOutcomesSerializer
from benchmarks.serializers.queries import asked_in
from benchmarks.services import AlreadyImported
from benchmarks.services.evaluations.aligning import alignment_of, flags_of
from benchmarks.services.evaluations.imports import ImportedOutcomes, import_outcomes
from benchmarks.views.refusals import author_of, by_row


class OutcomesRefused(APIException):
    """The file or the rows cannot be taken, so nothing of them was."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "outcomes_refused"

    def __init__(self, error: Unreadable, *, in_rows: bool) -> None:
        """Point at each faulty cell: `#/file/<line>/<column>`, `#/rows/<index>/…`."""
        if isinstance(error, RowsRefused):
            told: Any = by_row(error, first=1 if in_rows else 0)
            self.members = {"problems": error.count}
        else:
            told = [serializers.ErrorDetail(str(error), self.default_code)]
        super().__init__({"rows" if in_rows else "file": told})


class OutcomesKnown(APIException):
    """The same outcomes were taken before."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "already_imported"


class OutcomesView(IdempotentPost, APIView):
    """What models answered on the items of a set."""

    parser_classes = [*api_settings.DEFAULT_PARSER_CLASSES, BoundedMultiPartParser]  # type: ignore[list-item]  # a class too
    # Rows in JSON are longer than other bodies.
    json_limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def get_renderers(self) -> list[BaseRenderer]:
        """Offer CSV where something is read."""
        csv = [CsvRenderer()] if self.request.method in SAFE_METHODS else []
        return [*super().get_renderers(), *csv]

    @extend_schema(
        operation_id="bring_outcomes",
        summary="Bring outcomes that were measured elsewhere",
        parameters=[DryRunSerializer],
        request={
            "application/json": SentOutcomesSerializer,
            "multipart/form-data": SentOutcomesSerializer,
        },
        responses={
            201: ImportedOutcomesSerializer,
            200: ImportedOutcomesSerializer,
        },
    )
    def post(self, request: Request, set_id: str) -> Response:
        """Keep all outcomes or none, as a run for each model; the set is then frozen.

        With `dry_run=true` the same is checked and told (200), and nothing kept. A set
        without items takes those of the file.
        """
        evaluation_set = get_object_or_404(scoped(EvaluationSet, request), pk=set_id)
        dry_run = bool(asked_in(request, DryRunSerializer).get("dry_run"))
        asked = SentOutcomesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            imported = _imported(request, evaluation_set, asked.validated_data)
            transaction.set_rollback(dry_run)
        return Response(
            ImportedOutcomesSerializer(imported, context={"dry_run": dry_run}).data,
            status=status.HTTP_200_OK if dry_run else status.HTTP_201_CREATED,
            headers={"Location": request.build_absolute_uri(request.path)},
        )

    @extend_schema(
        operation_id="outcomes",
        summary="What is known on a set, model by model",
        parameters=[
            OpenApiParameter(
                "format",
                enum=["json", "csv"],
                description="As with Accept: application/json or text/csv, which is"
                " every single outcome.",
            )
        ],
        responses={
            (200, "application/json"): KnownOutcomesSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, set_id: str) -> HttpResponseBase:
        """Mean scores with their intervals, verdicts, runs, and what is odd.

        As CSV every outcome is a row, in the form in which outcomes are brought.
        """
        evaluation_set = get_object_or_404(scoped(EvaluationSet, request), pk=set_id)
        organization = caller_of(request).organization
        if isinstance(request.accepted_renderer, CsvRenderer):
            runs = closed_runs(evaluation_set, organization)
            return outcomes_csv(evaluation_set, runs)
        items = list(evaluation_set.items.all())
        fed, unfed = (
            known_outcomes(evaluation_set, organization, fed=fed)
            for fed in (True, False)
        )
        known = {
            "evaluation_set": evaluation_set.pk,
            "items": len(items),
            "subjects": [
                *known_scores(fed, items, fed=True),
                *known_scores(unfed, items, fed=False),
            ],
            "flags": flags_of(alignment_of([*fed, *unfed], len(items)).strays),
        }
        return Response(KnownOutcomesSerializer(known).data)


def _imported(
    request: Request, evaluation_set: EvaluationSet, asked: Any
) -> ImportedOutcomes:
    try:
        return import_outcomes(
            evaluation_set=evaluation_set,
            organization=caller_of(request).organization,
            at=timezone.now(),
            author=author_of(request),
            **asked,
        )
    except AlreadyImported as error:
        raise OutcomesKnown(str(error)) from error
    except Unreadable as error:
        raise OutcomesRefused(error, in_rows=asked["sent"].text is None) from error
