"""Makes weekly reports and their editions, each once; or shows them without keeping."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Organization
from advisor.reports.content import content_of
from advisor.reports.models import ReportEdition, ReportSchedule, WeeklyReport
from advisor.reports.schedule import USUAL, Schedule, covered_by, week_of
from advisor.reports.writing import write_edition

Json = dict[str, Any]

_SEVEN_DAYS = timedelta(days=7)


class NoReport(Exception):
    """There is no report of a week; `code` is the word for it in replies."""

    code = ""


class NotYet(NoReport):
    """A week whose report is not due yet."""

    code = "not_yet"

    def __init__(self, week: str, due: datetime) -> None:
        super().__init__(f"The report of {week} is due on {due:%Y-%m-%d %H:%M} UTC.")


class BeforeItBegan(NoReport):
    """A week that ended before the organization existed."""

    code = "before_it_began"

    def __init__(self, week: str, organization: Organization) -> None:
        since = organization.created_at
        super().__init__(
            f"The week of the report of {week} ended before {organization.name} was"
            f" there, since {since:%Y-%m-%d}."
        )


def schedule_of(organization: Organization) -> Schedule:
    """Return when an organization's reports are due."""
    stated = ReportSchedule.objects.filter(organization=organization).first()
    return USUAL if stated is None else stated


def make_report(*, organization: Organization, week: str, at: datetime) -> WeeklyReport:
    """Return the report of an ISO week, made now unless there is one already.

    It tells what was known when it was due, however late it is made. Two that make it
    at once make one. Raises BadWeek, NotYet and BeforeItBegan.
    """
    made = _kept(organization, week)
    if made is not None:
        return made
    fresh = preview(organization=organization, week=week, at=at)
    row, _ = WeeklyReport.objects.get_or_create(
        organization=organization,
        week=week,
        defaults={
            "time_zone": fresh.time_zone,
            "covers_from": fresh.covers_from,
            "covers_to": fresh.covers_to,
            "known_at": fresh.known_at,
            "created_at": at,
            "content": fresh.content,
        },
    )
    return row


def preview(*, organization: Organization, week: str, at: datetime) -> WeeklyReport:
    """Return the report of a week as it would be made now; nothing is kept.

    A past week is told from history, as it was known when its report was due. Raises
    BadWeek, NotYet and BeforeItBegan.
    """
    schedule = schedule_of(organization)
    covers_from, covers_to = covered_by(week, schedule)
    if covers_to > at:
        raise NotYet(week, covers_to)
    if covers_to <= organization.created_at:
        raise BeforeItBegan(week, organization)
    return _told(
        organization,
        week,
        schedule,
        covers_from=covers_from,
        covers_to=covers_to,
        at=at,
    )


def preview_now(*, organization: Organization, at: datetime) -> WeeklyReport:
    """Return what a report would tell at this moment of the seven days before it.

    Nothing is kept; the report of the week tells what is known when it is due.
    """
    schedule = schedule_of(organization)
    week = week_of(at.astimezone(ZoneInfo(schedule.time_zone)).date())
    return _told(
        organization, week, schedule, covers_from=at - _SEVEN_DAYS, covers_to=at, at=at
    )


def _told(
    organization: Organization,
    week: str,
    schedule: Schedule,
    *,
    covers_from: datetime,
    covers_to: datetime,
    at: datetime,
) -> WeeklyReport:
    """Return a report, not saved, of what was known at the end of what it covers."""
    content = content_of(
        organization,
        week=week,
        time_zone=schedule.time_zone,
        covers_from=covers_from,
        covers_to=covers_to,
        known_at=covers_to,
    )
    return WeeklyReport(
        organization=organization,
        week=week,
        time_zone=schedule.time_zone,
        covers_from=covers_from,
        covers_to=covers_to,
        known_at=covers_to,
        created_at=at,
        content=content,
    )


def edition_of(report: WeeklyReport, locale: str) -> ReportEdition:
    """Return a kept report as written for a locale; it is written once."""
    written = ReportEdition.objects.filter(report=report, locale=locale).first()
    if written is not None:
        return written
    fresh = written_for(report, locale)
    row, _ = ReportEdition.objects.get_or_create(
        report=report,
        locale=locale,
        defaults={
            "subject": fresh.subject,
            "text": fresh.text,
            "html": fresh.html,
            "images": fresh.images,
        },
    )
    return row


def edition_shown(report: WeeklyReport, locale: str) -> ReportEdition:
    """Return an edition of a kept report: as it was sent, else written now.

    Only what is sent is kept, so looking keeps nothing.
    """
    sent = ReportEdition.objects.filter(report=report, locale=locale).first()
    return written_for(report, locale) if sent is None else sent


def written_for(report: WeeklyReport, locale: str) -> ReportEdition:
    """Return a report written for a locale; nothing is kept."""
    kept = not report._state.adding
    page = f"/reports/{report.pk}/" if kept else "/reports/"
    written = write_edition(report.content, locale, page=page)
    return ReportEdition(
        report=report,
        locale=locale,
        subject=written.subject,
        text=written.text,
        html=written.html,
        images={cid: b64encode(png).decode() for cid, png in written.images.items()},
    )


def pictures_of(images: Mapping[str, str]) -> dict[str, bytes]:
    """Return the PNG files of an edition by content id, from how they are kept."""
    return {cid: b64decode(text) for cid, text in images.items()}


def _kept(organization: Organization, week: str) -> WeeklyReport | None:
    rows = WeeklyReport.objects.filter(organization=organization, week=week)
    return rows.first()
