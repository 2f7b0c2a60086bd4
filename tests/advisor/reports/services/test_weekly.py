"""Reports and their editions are made once; previews keep nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from advisor.reports.models import ReportEdition, ReportSchedule, WeeklyReport
from advisor.reports.schedule import BadWeek
from advisor.reports.services.weekly import (
    BeforeItBegan,
    NotYet,
    edition_of,
    make_report,
    preview,
    preview_now,
)
from tests.advisor.recommendations.market import open_market
from tests.advisor.reports.advice import (
    BEFORE,
    COVERS_FROM,
    COVERS_TO,
    WEEK,
    advise,
    used,
)
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory

pytestmark = pytest.mark.django_db

LATER = COVERS_TO + timedelta(days=40)


@pytest.fixture
def organization():
    return OrganizationFactory()


def test_a_report_covers_the_seven_days_before_it_is_due(organization):
    report = make_report(organization=organization, week=WEEK, at=COVERS_TO)

    assert (report.covers_from, report.covers_to) == (COVERS_FROM, COVERS_TO)
    assert report.known_at == COVERS_TO
    assert report.time_zone == "UTC"


def test_it_follows_the_organizations_own_schedule(organization):
    ReportSchedule.objects.create(
        organization=organization, time_zone="America/New_York", weekday=5, hour=17
    )

    report = make_report(organization=organization, week=WEEK, at=LATER)

    # Friday of week 23 is 5 June; 17:00 in New York is 21:00 UTC in summer.
    assert report.covers_to == datetime(2026, 6, 5, 21, tzinfo=UTC)
    assert report.content["time_zone"] == "America/New_York"


def test_asked_again_it_is_the_same_report(organization):
    first = make_report(organization=organization, week=WEEK, at=COVERS_TO)
    second = make_report(organization=organization, week=WEEK, at=LATER)

    assert first == second
    assert WeeklyReport.objects.count() == 1


def test_a_past_week_is_told_as_it_was_known_when_it_was_due(organization):
    market = open_market()
    advise(used(organization, market["large-400b"]), at=BEFORE)
    in_time = make_report(organization=organization, week=WEEK, at=COVERS_TO)
    PriceFactory(
        offering=market["large-400b"],
        effective_from=COVERS_FROM,
        received_at=COVERS_TO + timedelta(days=1),
        input_per_mtok=1,
    )
    CatalogueChangeFactory(received_at=COVERS_TO + timedelta(days=1))

    afterwards = preview(organization=organization, week=WEEK, at=LATER)

    assert afterwards.content == in_time.content
    assert WeeklyReport.objects.count() == 1


def test_a_preview_keeps_nothing(organization):
    shown = preview(organization=organization, week=WEEK, at=COVERS_TO)

    assert shown.content["week"] == WEEK
    assert not WeeklyReport.objects.exists()


def test_the_report_of_now_needs_no_week_to_have_passed():
    young = OrganizationFactory(created_at=LATER)

    shown = preview_now(organization=young, at=LATER)

    # 1 June 2026 is the Monday of week 23; 40 days later is the Saturday of week 28.
    assert shown.week == "2026-W28"
    assert (shown.covers_from, shown.covers_to) == (LATER - timedelta(days=7), LATER)
    assert not WeeklyReport.objects.exists()


def test_a_week_that_is_not_due_is_refused_with_its_moment(organization):
    early = COVERS_TO - timedelta(seconds=1)

    with pytest.raises(NotYet, match="due on 2026-06-01 08:00 UTC"):
        make_report(organization=organization, week=WEEK, at=early)


def test_a_week_before_the_organization_is_refused():
    young = OrganizationFactory(created_at=COVERS_TO)

    with pytest.raises(BeforeItBegan, match="since 2026-06-01"):
        preview(organization=young, week=WEEK, at=LATER)


def test_what_is_no_week_is_refused(organization):
    with pytest.raises(BadWeek):
        make_report(organization=organization, week="last", at=COVERS_TO)


def test_an_edition_is_written_once_for_each_locale(organization):
    report = make_report(organization=organization, week=WEEK, at=COVERS_TO)

    french, again, german = (
        edition_of(report, locale) for locale in ("fr_FR", "fr_FR", "de_DE")
    )

    assert french == again
    assert german != french
    assert ReportEdition.objects.count() == 2


def test_a_member_who_left_does_not_keep_a_report_from_being_made(organization):
    MembershipFactory(organization=organization).user.delete()

    assert make_report(organization=organization, week=WEEK, at=COVERS_TO).pk


@pytest.mark.django_db(transaction=True)
def test_two_that_make_it_at_once_make_one(organization):
    def make(_):
        try:
            return make_report(organization=organization, week=WEEK, at=COVERS_TO).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(make, range(2))

    assert first == second
    assert WeeklyReport.objects.count() == 1
