"""The pages of weekly reports: as they were sent, in a frame that can do nothing."""

import base64
from datetime import timedelta

import pytest

from advisor.pages.kept_editions import POLICY, framed_html
from advisor.reports.models import ReportEdition, WeeklyReport
from tests.factories.accounts import OrganizationFactory
from tests.factories.reports import (
    DeliveryFactory,
    ReportEditionFactory,
    ReportScheduleFactory,
    WeeklyReportFactory,
)

pytestmark = pytest.mark.django_db

MARKUP = '<script>alert("x")</script>'
LIST_QUERIES = 6  # session, person, membership, how many, reports, schedule
PAGE_QUERIES = 5  # session, person, membership, report, its editions


@pytest.fixture
def report(organization):
    return WeeklyReportFactory(organization=organization)


def test_the_list_says_what_each_told_and_whom_it_reached(
    client, member, report, django_assert_num_queries
):
    ReportEditionFactory(report=report, subject="Week 3: $40 a month to save")
    sent_at = report.created_at
    DeliveryFactory(report=report, state="sent", next_attempt_at=None, sent_at=sent_at)
    DeliveryFactory(report=report)
    DeliveryFactory(report=report, state="dead", next_attempt_at=None)
    newer = WeeklyReportFactory(
        organization=report.organization,
        week="2026-W04",
        covers_from=report.covers_to,
        covers_to=report.covers_to + timedelta(days=7),
    )

    with django_assert_num_queries(LIST_QUERIES):
        reply = client.get("/reports/")

    assert [row.pk for row in reply.context["page"]] == [newer.pk, report.pk]
    page = " ".join(reply.text.split())
    assert "Week 3: $40 a month to save" in page
    assert "1 reader got it, 1 on the way" in page
    assert "1 could not be reached" in page
    assert "Nobody subscribed" in page


def test_an_empty_list_says_when_reports_come(client, member, organization):
    ReportScheduleFactory(
        organization=organization, weekday=3, hour=7, time_zone="Europe/Paris"
    )

    page = client.get("/reports/").text

    assert "They come on Wednesdays at 7:00 (Europe/Paris)." in page


def test_a_report_is_shown_in_a_frame_without_scripts(
    client, member, report, settings, django_assert_num_queries
):
    ReportEditionFactory(report=report)

    with django_assert_num_queries(PAGE_QUERIES):
        page = client.get(f"/reports/{report.pk}/").text

    assert f'src="/reports/{report.pk}/edition/en_US/"' in page
    sandbox = page.partition('sandbox="')[2].partition('"')[0]
    assert "allow-scripts" not in sandbox
    assert f"{settings.PUBLIC_URL}/reports/" in page
    assert "%%" not in page


def test_the_locale_can_be_chosen_where_there_are_several(client, member, report):
    ReportEditionFactory(report=report)
    ReportEditionFactory(report=report, locale="de_DE", subject="Auf Deutsch")

    german = client.get(f"/reports/{report.pk}/?locale=de_DE")
    unknown = client.get(f"/reports/{report.pk}/?locale=xx")

    assert "Auf Deutsch" in german.text
    assert unknown.context["shown"].locale == "de_DE"


def test_a_report_nobody_got_says_so(client, member, report):
    page = client.get(f"/reports/{report.pk}/").text

    assert "Nobody subscribed" in page
    assert "<iframe" not in page


def test_an_edition_may_style_itself_and_nothing_else(client, member, report):
    ReportEditionFactory(report=report, html=f"<head></head><p>{MARKUP}</p>")

    reply = client.get(f"/reports/{report.pk}/edition/en_US/")

    policy = reply["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert reply["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in reply["Cache-Control"]
    assert reply.text.startswith('<head><base target="_top"></head>')


def test_the_report_of_now_is_shown_and_not_kept(client, member):
    page = client.get("/reports/now/")
    frame = client.get("/reports/now/edition/")

    assert 'src="/reports/now/edition/"' in page.text
    assert "neither kept nor sent" in page.text
    assert frame.headers["Content-Security-Policy"] == POLICY
    assert frame.text.startswith("<!DOCTYPE html>")
    assert not WeeklyReport.objects.exists()
    assert not ReportEdition.objects.exists()


@pytest.mark.parametrize("path", ["", "edition/en_US/"])
def test_a_report_of_others_is_not_found(client, member, path):
    theirs = WeeklyReportFactory(organization=OrganizationFactory())
    ReportEditionFactory(report=theirs, subject="Their secret")

    assert client.get(f"/reports/{theirs.pk}/{path}").status_code == 404
    assert "Their secret" not in client.get("/reports/").text


def test_an_unknown_locale_is_not_found(client, member, report):
    assert client.get(f"/reports/{report.pk}/edition/xx/").status_code == 404


@pytest.mark.parametrize("path", ["", "edition/en_US/"])
def test_strangers_are_asked_to_sign_in(client, report, path):
    reply = client.get(f"/reports/{report.pk}/{path}")

    assert reply.headers["Location"].startswith("/sign-in/")


def test_subjects_with_markup_are_text(client, member, report):
    ReportEditionFactory(report=report, subject=MARKUP, text=MARKUP)

    for address in ("/reports/", f"/reports/{report.pk}/"):
        page = client.get(address).text
        assert MARKUP not in page
        assert "&lt;script&gt;" in page


def test_links_lead_to_pages_and_the_readers_own_link_nowhere():
    edition = ReportEdition(
        html='<a href="%%SIGN_IN_URL:/workloads/1/%%">See</a>'
        '<a href="%%UNSUBSCRIBE_URL%%">No more</a><img src="cid:spend@x">',
        images={"spend@x": base64.b64encode(b"png").decode()},
    )

    assert framed_html(edition) == (
        '<base target="_top"><a href="/workloads/1/">See</a><a>No more</a>'
        f'<img src="data:image/png;base64,{base64.b64encode(b"png").decode()}">'
    )
