"""Writes of when an organization's weekly report is made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.audit import Author, record_for
from accounts.models import Organization
from advisor.reports.models import ReportSchedule


@transaction.atomic
def schedule_reports(
    *,
    organization: Organization,
    fields: Mapping[str, Any],
    at: datetime,
    author: Author,
) -> ReportSchedule:
    """State the schedule of an organization; no change, no event.

    A week whose report was made gets no second one, whatever the new moment is.
    """
    row, made = ReportSchedule.objects.select_for_update().get_or_create(
        organization=organization, defaults=dict(fields)
    )
    changed = {
        name: value for name, value in fields.items() if getattr(row, name) != value
    }
    if not made and not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.save()
    record_for(
        author,
        action="report_schedule.set",
        target=row,
        at=at,
        detail=dict(fields),
    )
    return row
