"""Weekly reports in the admin: shown in a frame that runs nothing."""

import html
import re

import pytest
from django.contrib.auth.models import Permission

from advisor.reports.models import WeeklyReport
from tests.advisor.reports.advice import WEEK
from tests.advisor.reports.contents import content
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.reports import WeeklyReportFactory

pytestmark = pytest.mark.django_db

ADMIN = "/admin/reports/weeklyreport/"


@pytest.fixture
def admin_person(client):
    person = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def framed(reply):
    """Return the page within the frame of a page."""
    [source] = re.findall(r'<iframe sandbox [^>]*srcdoc="([^"]*)"', reply.text)
    return html.unescape(source)


def test_a_report_is_shown_as_mailed(client, admin_person):
    report = WeeklyReportFactory(content=content(organization="<script>x</script>"))

    reply = client.get(f"{ADMIN}{report.pk}/change/")

    page = framed(reply)
    assert "Move Support chat to cheapo/small-8b" in page
    assert "<script>x" not in page
    assert "<script>x" not in reply.text


def test_the_list_names_week_and_organization(client, admin_person):
    WeeklyReportFactory(organization__slug="example-ltd")

    page = client.get(ADMIN).text

    assert "example-ltd" in page
    assert "2026-W03" in page
    assert "Preview a week" in page


def test_any_due_week_can_be_previewed_and_nothing_is_kept(client, admin_person):
    organization = OrganizationFactory()

    reply = client.get(
        f"{ADMIN}preview/", {"organization": organization.pk, "week": WEEK}
    )

    assert "No workloads are stated yet" in framed(reply)
    assert not WeeklyReport.objects.exists()


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ("last", "write it as 2026-W47"),
        ("2999-W01", "is due on"),
        ("2025-W01", "since 2026-01-01"),
        ("", "This field is required"),
    ],
)
def test_a_preview_of_nothing_says_why(client, admin_person, week, said):
    organization = OrganizationFactory()

    reply = client.get(
        f"{ADMIN}preview/", {"organization": organization.pk, "week": week}
    )

    assert said in reply.text
    assert "<iframe" not in reply.text


def test_the_button_of_the_list_leads_to_the_preview(client, admin_person):
    reply = client.get(f"{ADMIN}preview-a-week", follow=True)

    assert reply.redirect_chain[-1][0] == f"{ADMIN}preview/"
    assert "<iframe" not in reply.text


def test_only_who_may_see_reports_may_preview_them(client):
    person = UserFactory(is_staff=True)
    client.force_login(person)

    assert client.get(f"{ADMIN}preview/").status_code == 403

    person.user_permissions.add(Permission.objects.get(codename="view_weeklyreport"))
    assert client.get(f"{ADMIN}preview/").status_code == 200


def test_reports_cannot_be_added_or_changed(client, admin_person):
    report = WeeklyReportFactory(content=content())

    assert client.get(f"{ADMIN}add/").status_code == 403
    assert client.post(f"{ADMIN}{report.pk}/change/", {}).status_code == 403
