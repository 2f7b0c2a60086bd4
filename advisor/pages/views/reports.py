"""The weekly reports as they were sent."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.tenancy import scoped
from advisor.pages.access import PageRequest, signed_in
from advisor.pages.kept_editions import POLICY, SANDBOX, framed_html
from advisor.pages.selectors.reports import reports_with_readers
from advisor.reports.models import ReportEdition, WeeklyReport
from advisor.reports.serializers.weekly import LOCALE
from advisor.reports.services.showing import text_shown
from advisor.reports.services.weekly import preview_now, schedule_of, written_for

PER_PAGE = 26  # half a year
WEEKDAYS = (
    *("Monday", "Tuesday", "Wednesday", "Thursday"),
    *("Friday", "Saturday", "Sunday"),
)


@require_safe
@signed_in
def reports(request: PageRequest) -> HttpResponse:
    """Show the weekly reports newest first, and when the next ones come."""
    rows = reports_with_readers(scoped(WeeklyReport, request))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    schedule = schedule_of(request.auth.organization)
    context = {
        "page": page,
        "schedule": schedule,
        "weekday": WEEKDAYS[schedule.weekday - 1],
    }
    return render(request, "pages/reports.html", context)


@require_safe
@signed_in
def report(request: PageRequest, report_id: UUID) -> HttpResponse:
    """Show one report as its readers got it, in one of its locales."""
    rows = reports_with_readers(scoped(WeeklyReport, request))
    found = get_object_or_404(rows, pk=report_id)
    editions = list(found.editions.order_by("locale"))
    asked = request.GET.get("locale")
    chosen = next((each for each in editions if each.locale == asked), None)
    shown = chosen or next(iter(editions), None)
    context = {
        "report": found,
        "editions": editions,
        "shown": shown,
        "text": shown and text_shown(shown),
        "sandbox": SANDBOX,
    }
    return render(request, "pages/report.html", context)


@require_safe
@signed_in
def report_now(request: PageRequest) -> HttpResponse:
    """Show what a report would tell at this moment; nothing is kept."""
    draft = _draft(request)
    context = {"shown": draft, "text": text_shown(draft), "sandbox": SANDBOX}
    return render(request, "pages/report_now.html", context)


@require_safe
@signed_in
@xframe_options_sameorigin
def edition_now(request: PageRequest) -> HttpResponse:
    """Answer the same as HTML, for the frame in its page."""
    policy = {"Content-Security-Policy": POLICY}
    return HttpResponse(framed_html(_draft(request)), headers=policy)


def _draft(request: PageRequest) -> ReportEdition:
    organization = request.auth.organization
    draft = preview_now(organization=organization, at=timezone.now())
    return written_for(draft, LOCALE)


@require_safe
@signed_in
@xframe_options_sameorigin
def edition(request: PageRequest, report_id: UUID, locale: str) -> HttpResponse:
    """Answer an edition's own HTML, for the frame in the report's page."""
    found = get_object_or_404(
        ReportEdition,
        report__in=scoped(WeeklyReport, request),
        report=report_id,
        locale=locale,
    )
    return HttpResponse(framed_html(found), headers={"Content-Security-Policy": POLICY})
