"""The command that makes and queues reports, and says beforehand what it would do."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from advisor.reports.models import Delivery, ReportEdition, WeeklyReport
from tests.advisor.recommendations.market import open_market
from tests.advisor.reports.advice import BEFORE, WEEK, advise, used
from tests.factories.accounts import OrganizationFactory
from tests.factories.reports import ReportScheduleFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("send_weekly_reports", "--week", WEEK, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def organization():
    return OrganizationFactory(slug="example")


def test_a_dry_run_says_what_would_go_to_whom_and_writes_nothing(organization):
    market = open_market()
    advise(used(organization, market["large-400b"]), at=BEFORE)
    SubscriptionFactory(organization=organization, email="a@example.com")
    SubscriptionFactory(organization=organization, email="b@example.com")
    SubscriptionFactory(
        organization=organization, email="c@example.com", locale="fr_FR"
    )

    said = run("--dry-run")

    # 4200 - 140, as tests.advisor.reports.advice works out.
    assert "example: 2026-W23\n" in said
    assert "  Week 23: USD 4,060.00 a month to save, 1 thing to do\n" in said
    assert "  to a@example.com, b@example.com\n" in said
    assert "  Week 23: 4 060,00 $US a month to save, 1 thing to do\n" in said
    assert "  to c@example.com\n" in said
    assert "4 pictures" in said
    for model in (WeeklyReport, ReportEdition, Delivery):
        assert not model.objects.exists()


def test_without_readers_a_dry_run_says_so(organization):
    assert "  to nobody\n" in run("--dry-run")


def test_reports_are_made_and_queued_once(organization):
    SubscriptionFactory(organization=organization)

    first = run()
    run()

    assert first == "example: 2026-W23 to 1 readers\n"
    assert WeeklyReport.objects.get().organization == organization
    assert Delivery.objects.count() == 1


def test_only_the_organization_asked_for_is_told(organization):
    OrganizationFactory(slug="other")

    run("--organization", "example")

    assert WeeklyReport.objects.get().organization == organization


def test_an_organization_that_switched_reports_off_gets_none(organization):
    ReportScheduleFactory(organization=organization, enabled=False)

    assert run() == ""
    assert not WeeklyReport.objects.exists()


def test_an_organization_that_was_not_there_yet_is_passed_over(organization):
    OrganizationFactory(slug="young", created_at="2026-08-01T00:00:00Z")

    said = run("--dry-run")

    assert "young: none. The week of the report of 2026-W23 ended before" in said
    assert "example: 2026-W23" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--week", "last"], "write it as 2026-W47"),
        (["--week", "2999-W01", "--organization", "example"], "is due on"),
        (["--week", WEEK, "--organization", "nobody"], "no organization"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(organization, arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("send_weekly_reports", *arguments)
