"""Which organizations' weekly reports are due, and the making of one, once."""

import logging
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction

from accounts.models import Organization
from advisor.reports import selectors
from advisor.reports.models import ReportSchedule, WeeklyReport
from advisor.reports.schedule import USUAL, Schedule, moment_of, newest_week
from advisor.reports.services.deliveries import queue_report
from advisor.reports.services.weekly import edition_of, make_report

logger = logging.getLogger(__name__)


class Due(NamedTuple):
    """An organization and the ISO week whose report is to be made."""

    organization_id: UUID
    week: str


def due_reports(*, at: datetime) -> list[Due]:
    """Return the reports that are due and not made, the newest week of each only.

    What came due before an organization was there, or while nothing ran for longer
    than a week, is not caught up with.
    """
    schedules = {row.organization_id: row for row in ReportSchedule.objects.all()}
    due = []
    for organization in Organization.objects.order_by("created_at", "pk"):
        week = _week_due(organization, schedules.get(organization.pk), at)
        if week is not None:
            due.append(Due(organization.pk, week))
    made = set(
        WeeklyReport.objects.filter(week__in={one.week for one in due}).values_list(
            "organization_id", "week"
        )
    )
    return [one for one in due if one not in made]


def make_and_queue(organization_id: UUID, week: str, *, at: datetime) -> bool:
    """Make one report and queue it for its readers; return whether we did.

    Both or neither: a report without deliveries would never be sent. Safe to call
    twice, or twice at once: who comes second leaves it alone.
    """
    with transaction.atomic():
        # Held without keeping others from adding rows that point at it.
        rows = Organization.objects.select_for_update(skip_locked=True, no_key=True)
        organization = rows.filter(pk=organization_id).first()
        if organization is None or _is_made(organization_id, week):
            return False
        report = make_report(organization=organization, week=week, at=at)
        queue_report(report, at)
    # Written now, so that sending them takes no time for it.
    for locale in selectors.locales_of(report):
        edition_of(report, locale)
    return True


def _week_due(
    organization: Organization, stated: ReportSchedule | None, at: datetime
) -> str | None:
    if stated is not None and not stated.enabled:
        return None
    schedule: Schedule = stated or USUAL
    try:
        week = newest_week(at, schedule)
        due_at = moment_of(week, schedule)
    except ZoneInfoNotFoundError:
        # One organization's time zone must not keep the others' reports back.
        logger.exception("The schedule of %s names no time zone.", organization)
        return None
    return week if due_at > organization.created_at else None


def _is_made(organization_id: UUID, week: str) -> bool:
    return WeeklyReport.objects.filter(organization=organization_id, week=week).exists()
