"""Which reports are due, and that each is made and queued once."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.reports.models import Delivery, ReportEdition, WeeklyReport
from advisor.reports.services.due_reports import due_reports, make_and_queue
from tests.factories.accounts import OrganizationFactory
from tests.factories.reports import (
    ReportScheduleFactory,
    SubscriptionFactory,
    WeeklyReportFactory,
)

# Monday of 2026-W03, on which reports are due at eight, UTC.
DUE = datetime(2026, 1, 12, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def weeks(at):
    return [week for _, week in due_reports(at=at)]


def test_a_report_is_due_from_its_moment_on():
    organization = OrganizationFactory()
    WeeklyReportFactory(organization=organization, week="2026-W02")

    assert weeks(DUE - SECOND) == []
    assert weeks(DUE) == ["2026-W03"]


def test_what_was_missed_is_caught_up_with():
    OrganizationFactory()

    assert weeks(DUE + timedelta(days=6)) == ["2026-W03"]


def test_a_report_that_was_made_is_not_due():
    WeeklyReportFactory(week="2026-W03")

    assert weeks(DUE) == []


def test_each_organization_has_its_own_clock():
    early = ReportScheduleFactory(time_zone="Asia/Tokyo").organization
    for week in ("2026-W02",):
        WeeklyReportFactory(organization=early, week=week)

    # Eight in Tokyo is 23:00 UTC of the day before.
    assert weeks(datetime(2026, 1, 11, 22, 59, tzinfo=UTC)) == []
    assert weeks(datetime(2026, 1, 11, 23, tzinfo=UTC)) == ["2026-W03"]


def test_who_switched_it_off_gets_none():
    ReportScheduleFactory(enabled=False)

    assert weeks(DUE) == []


def test_a_new_organization_gets_none_for_before_it_was_there():
    OrganizationFactory(created_at=DUE + SECOND)

    assert weeks(DUE + timedelta(days=1)) == []
    assert weeks(DUE + timedelta(days=7)) == ["2026-W04"]


def test_a_time_zone_that_is_none_keeps_nobody_else_back():
    ReportScheduleFactory(time_zone="Nowhere/Land")
    other = OrganizationFactory()

    assert [each.organization_id for each in due_reports(at=DUE)] == [other.pk]


def test_a_report_is_made_written_and_queued_in_one_go():
    organization = OrganizationFactory()
    SubscriptionFactory(organization=organization, locale="de_DE")

    assert make_and_queue(organization.pk, "2026-W03", at=DUE)

    report = WeeklyReport.objects.get()
    assert Delivery.objects.get().report == report
    assert ReportEdition.objects.get().locale == "de_DE"
    assert weeks(DUE) == []


def test_making_it_twice_changes_nothing():
    organization = OrganizationFactory()
    make_and_queue(organization.pk, "2026-W03", at=DUE)
    SubscriptionFactory(organization=organization)

    assert not make_and_queue(organization.pk, "2026-W03", at=DUE + SECOND)
    assert not Delivery.objects.exists()
