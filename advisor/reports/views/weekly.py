"""Weekly reports over the API: as they were sent, and as they would be."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.models import Organization
from accounts.pagination import HistoryPagination
from accounts.tenancy import scoped
from advisor.reports.models import WeeklyReport
from advisor.reports.renderers import HtmlRenderer, TextRenderer
from advisor.reports.serializers.weekly import (
    EditionQuerySerializer,
    PreviewQuerySerializer,
    PreviewReply,
    WeeklyReportSerializer,
    WeeklyReportSummarySerializer,
)
from advisor.reports.services import weekly
from advisor.reports.services.showing import html_shown, text_shown
from benchmarks.serializers.queries import asked_in

# Nothing in a report may run or fetch anything, wherever it is opened.
INERT = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def _previewed(organization: Organization, week: str | None) -> WeeklyReport:
    at = timezone.now()
    if week is None:
        return weekly.preview_now(organization=organization, at=at)
    try:
        return weekly.preview(organization=organization, week=week, at=at)
    except weekly.NoReport as error:
        raise serializers.ValidationError({"week": str(error)}, error.code) from error


@extend_schema_view(
    list=extend_schema(operation_id="reports", summary="Weekly reports, newest first"),
    retrieve=extend_schema(
        operation_id="report", summary="One weekly report with its content"
    ),
)
class WeeklyReportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """What the organization was told week by week; never changed afterwards."""

    pagination_class = HistoryPagination

    def get_queryset(self) -> "QuerySet[WeeklyReport]":
        """Return the caller's reports; in the list without their content."""
        rows = scoped(WeeklyReport, self.request)
        return rows if self.detail else rows.defer("content")

    def get_serializer_class(self) -> Any:
        """Show the content in the detail alone."""
        return WeeklyReportSerializer if self.detail else WeeklyReportSummarySerializer

    @extend_schema(
        operation_id="report_html",
        summary="A report as it was mailed, as a page",
        parameters=[EditionQuerySerializer],
        responses={(200, "text/html"): OpenApiTypes.STR},
        filters=False,
    )
    @action(detail=True, renderer_classes=[HtmlRenderer, JSONRenderer])
    def html(self, request: Request, pk: str) -> HttpResponse:
        """The HTML part in a locale; links lead to pages, and none unsubscribes."""
        page = HttpResponse(html_shown(self._edition(request)))
        page.headers["Content-Security-Policy"] = INERT
        return page

    @extend_schema(
        operation_id="report_text",
        summary="A report as it was mailed, as text",
        parameters=[EditionQuerySerializer],
        responses={(200, "text/plain"): OpenApiTypes.STR},
        filters=False,
    )
    @action(detail=True, renderer_classes=[TextRenderer, JSONRenderer])
    def text(self, request: Request, pk: str) -> HttpResponse:
        """The text part in a locale."""
        shown = text_shown(self._edition(request))
        return HttpResponse(shown, content_type="text/plain; charset=utf-8")

    def _edition(self, request: Request) -> Any:
        locale = asked_in(request, EditionQuerySerializer)["locale"]
        return weekly.edition_shown(self.get_object(), locale)

    @extend_schema(
        operation_id="preview_report",
        summary="The report of any week, without keeping or sending it",
        parameters=[PreviewQuerySerializer],
        responses=PreviewReply,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def preview(self, request: Request) -> Response:
        """A past week is told from history, as it was known when it was due.

        Without a week it is told what a report would say now.
        """
        asked = asked_in(request, PreviewQuerySerializer)
        report = _previewed(caller_of(request).organization, asked.get("week"))
        edition = weekly.written_for(report, asked["locale"])
        reply = {
            "week": report.week,
            "time_zone": report.time_zone,
            "covers_from": report.covers_from,
            "covers_to": report.covers_to,
            "known_at": report.known_at,
            "subject": edition.subject,
            "text": text_shown(edition),
            "html": html_shown(edition),
            "content": report.content,
        }
        return Response(PreviewReply(reply).data)
