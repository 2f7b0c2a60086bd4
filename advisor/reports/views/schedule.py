"""When the weekly report is made, over the API."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.callers import caller_of
from accounts.merge_patch import merged
from accounts.tenancy import scoped
from advisor.reports.models import ReportSchedule
from advisor.reports.serializers.subscriptions import (
    ReportScheduleSerializer,
    asked_of,
    schedule_fields,
)
from advisor.reports.services.scheduling import schedule_reports
from benchmarks.views.refusals import author_of


class ReportScheduleView(APIView):
    """The organization's own schedule; Mondays at 8:00 UTC until it states one."""

    @extend_schema(
        operation_id="report_schedule",
        summary="When the weekly report is made",
        responses=ReportScheduleSerializer,
    )
    def get(self, request: Request) -> Response:
        """The schedule in force."""
        return _shown(_stated(request))

    @extend_schema(
        operation_id="set_report_schedule",
        summary="State when the weekly report is made",
        request=ReportScheduleSerializer,
        responses=ReportScheduleSerializer,
    )
    def put(self, request: Request) -> Response:
        """Replace the schedule; what is left out is as usual again."""
        return _set(request, request.data)

    @extend_schema(
        operation_id="edit_report_schedule",
        summary="Change when the weekly report is made",
        request=ReportScheduleSerializer(partial=True),
        responses=ReportScheduleSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Merge the body into the schedule (RFC 7396); null is as usual."""
        with transaction.atomic():
            return _set(request, merged(asked_of(_stated(request)), request.data))


def _set(request: Request, wanted: Any) -> Response:
    asked = ReportScheduleSerializer(data=wanted)
    asked.is_valid(raise_exception=True)
    schedule = schedule_reports(
        organization=caller_of(request).organization,
        fields=schedule_fields(asked.validated_data),
        author=author_of(request),
        at=timezone.now(),
    )
    return _shown(schedule)


def _stated(request: Request) -> ReportSchedule:
    """Return the caller's schedule, or the usual one, which is no row."""
    return scoped(ReportSchedule, request).first() or ReportSchedule()


def _shown(schedule: ReportSchedule) -> Response:
    context = {"now": timezone.now()}
    return Response(ReportScheduleSerializer(schedule, context=context).data)
