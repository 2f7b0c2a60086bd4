"""Weekly reports in the admin: to read, and to preview for any week."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.audited_admin import ReadOnlyAdmin
from accounts.models import Organization
from advisor.reports.models import ReportEdition, WeeklyReport
from advisor.reports.schedule import BadWeek
from advisor.reports.services import weekly
from advisor.reports.services.showing import html_shown

_LOCALE = "en_US"


class PreviewForm(forms.Form):
    """Whose report to show, and of which week."""

    organization = forms.ModelChoiceField(
        Organization.objects.order_by("slug"), widget=UnfoldAdminSelectWidget
    )
    week = forms.CharField(
        max_length=8,
        widget=UnfoldAdminTextInputWidget,
        help_text="An ISO week whose report is due already, such as 2026-W47.",
    )

    def report(self) -> WeeklyReport | None:
        """Return the report without keeping it, None with an error where none is."""
        if not self.is_valid():
            return None
        try:
            return weekly.preview(**self.cleaned_data, at=timezone.now())
        except (BadWeek, weekly.NoReport) as error:
            self.add_error("week", str(error))
            return None


@admin.register(WeeklyReport)
class WeeklyReportAdmin(ReadOnlyAdmin):
    """What each organization was told, week by week."""

    list_display = ["week", "organization", "covers_to", "created_at"]
    list_select_related = ["organization"]
    list_filter = ["week"]
    search_fields = ["organization__name", "organization__slug", "week"]
    date_hierarchy = "covers_to"
    ordering = ["-covers_to", "pk"]
    fields = [
        ("organization", "week", "time_zone"),
        ("covers_from", "covers_to", "known_at", "created_at"),
        "as_mailed",
    ]
    readonly_fields = ["as_mailed"]
    actions_list = ["preview_a_week"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WeeklyReport]":
        """Leave the contents out of the list."""
        rows: QuerySet[WeeklyReport] = super().get_queryset(request)
        match = request.resolver_match
        return rows if match is not None and match.kwargs else rows.defer("content")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that previews any week."""
        page = self.admin_site.admin_view(self.preview_page)
        own = path("preview/", page, name="reports_weeklyreport_preview")
        return [own, *super().get_urls()]

    @action(description="Preview a week", url_path="preview-a-week")  # type: ignore[untyped-decorator]
    def preview_a_week(self, request: HttpRequest) -> HttpResponse:
        """Lead to the page that asks whose week it shall be."""
        return HttpResponseRedirect(reverse("admin:reports_weeklyreport_preview"))

    def preview_page(self, request: HttpRequest) -> HttpResponse:
        """Show the report of a week as it would be mailed; nothing is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PreviewForm(request.GET or None)
        report = form.report() if request.GET else None
        context = {
            **self.admin_site.each_context(request),
            "title": "Preview a weekly report",
            "opts": self.opts,
            "form": form,
            "subject": None,
            "page": None,
        }
        if report is not None:
            edition = weekly.written_for(report, _LOCALE)
            context |= {"subject": edition.subject, "page": framed(edition)}
        return TemplateResponse(request, "reports/admin_preview.html", context)

    @admin.display(description="as mailed")
    def as_mailed(self, report: WeeklyReport) -> str:
        """Show the report as it was mailed in the usual locale."""
        return framed(weekly.edition_shown(report, _LOCALE))


def framed(edition: ReportEdition) -> str:
    """Return a frame in which an edition can neither run nor fetch anything."""
    return format_html(
        '<iframe sandbox title="{}" srcdoc="{}" style="width: 100%; max-width: 720px;'
        ' height: 1200px; border: 0; border-radius: 8px"></iframe>',
        edition.subject,
        html_shown(edition),
    )
