"""Weekly reports as a buyer's program meets them."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from advisor.reports.models import ReportEdition, WeeklyReport
from advisor.reports.services.weekly import make_report
from advisor.reports.views.weekly import INERT
from tests.advisor.recommendations.market import open_market
from tests.advisor.reports.advice import BEFORE, COVERS_TO, WEEK, advise, used
from tests.advisor.reports.contents import content
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.reports import WeeklyReportFactory

REPORTS = "/api/v1/reports/"
PREVIEW = f"{REPORTS}preview/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def client(organization):
    return api_client_for(organization, scopes=["read"])


@pytest.fixture
def report(organization):
    return WeeklyReportFactory(organization=organization, content=content())


def test_the_list_is_newest_first_and_without_content(client, organization):
    for week in (3, 4, 5):
        WeeklyReportFactory(
            organization=organization,
            week=f"2026-W0{week}",
            created_at=COVERS_TO + timedelta(weeks=week),
        )

    first = client.get(REPORTS, {"page_size": 2}).json()
    second = client.get(first["next"]).json()

    shown = [each["week"] for each in first["results"] + second["results"]]
    assert shown == ["2026-W05", "2026-W04", "2026-W03"]
    assert "content" not in first["results"][0]


def test_the_detail_has_the_whole_content(client, report):
    shown = client.get(f"{REPORTS}{report.pk}/").json()

    assert shown["week"] == report.week
    assert shown["content"] == content()


@pytest.mark.parametrize("part", ["", "html/", "text/"])
def test_a_strangers_report_is_not_found(report, part):
    stranger = api_client_for(OrganizationFactory())

    assert stranger.get(f"{REPORTS}{report.pk}/{part}").status_code == 404
    assert stranger.get(REPORTS).json()["results"] == []


@pytest.mark.parametrize("part", ["", "html/", "text/"])
@pytest.mark.parametrize("key", ["no-uuid", uuid4()])
def test_what_is_no_report_is_not_found(client, key, part):
    assert client.get(f"{REPORTS}{key}/{part}").status_code == 404


def test_nobody_sees_nothing():
    assert APIClient().get(REPORTS).status_code == 401


def test_the_page_is_inert_and_holds_its_pictures(client, report):
    reply = client.get(f"{REPORTS}{report.pk}/html/", {"locale": "fr-FR"})

    page = reply.content.decode()
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Content-Security-Policy"] == INERT
    assert "12\u202f205,60&nbsp;$US" in page
    assert "%%" not in page
    assert "cid:" not in page
    paths = re.findall(r'href="http://localhost:8000(/[^"]*)"', page)
    assert f"/reports/{report.pk}/" in paths
    assert not ReportEdition.objects.exists()  # looking keeps nothing


def test_the_text_leads_to_pages(client, report):
    reply = client.get(f"{REPORTS}{report.pk}/text/")

    text = reply.content.decode()
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f"on the web: http://localhost:8000/reports/{report.pk}/\n" in text
    assert "Unsubscribe: -\n" in text


def test_what_was_sent_is_shown_and_not_written_anew(client, report):
    ReportEdition.objects.create(
        report=report, locale="en_US", subject="Week 3", text="As sent.", html="<p>"
    )

    assert client.get(f"{REPORTS}{report.pk}/text/").content == b"As sent."


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json"])
def test_a_page_is_given_whatever_is_accepted(client, report, accept):
    reply = client.get(f"{REPORTS}{report.pk}/html/", headers={"Accept": accept})

    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("locale", ["klingon", "en_US_and_far_too_long_a_name", "../x"])
def test_what_is_no_locale_is_refused(client, report, locale):
    reply = client.get(f"{REPORTS}{report.pk}/html/", {"locale": locale})

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert error["pointer"].endswith("locale")


def test_a_preview_shows_a_past_week_and_keeps_nothing(client, organization):
    market = open_market()
    advise(used(organization, market["large-400b"]), at=BEFORE)

    shown = client.get(PREVIEW, {"week": WEEK, "locale": "fr_FR"}).json()

    assert shown["covers_to"] == "2026-06-01T08:00:00Z"
    # 4200 - 140, as tests.advisor.reports.advice works out.
    assert shown["subject"] == "Week 23: 4 060,00 $US a month to save, 1 thing to do"
    assert shown["content"]["actions"][0]["money_monthly"] == "4060.00"
    assert "Saves 4 060,00 $US a month" in shown["text"]
    assert shown["html"].startswith("<!DOCTYPE html>")
    assert not WeeklyReport.objects.exists()
    assert not ReportEdition.objects.exists()


def test_without_a_week_a_preview_is_of_now(client, organization):
    market = open_market()
    advise(used(organization, market["large-400b"]), at=BEFORE)

    before = timezone.now()
    shown = client.get(PREVIEW).json()

    covers_to = datetime.fromisoformat(shown["covers_to"])
    assert before <= covers_to <= timezone.now()
    covers_from = datetime.fromisoformat(shown["covers_from"])
    assert covers_to - covers_from == timedelta(days=7)
    assert shown["known_at"] == shown["covers_to"]
    assert not WeeklyReport.objects.exists()


def test_a_preview_is_the_report_that_was_made(client, organization):
    made = make_report(organization=organization, week=WEEK, at=timezone.now())

    assert client.get(PREVIEW, {"week": WEEK}).json()["content"] == made.content


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"week": ""}, "week", "Is empty"),
        ({"week": "47"}, "week", "write it as 2026-W47"),
        ({"week": "2025-W53"}, "week", "There is no week 2025-W53"),
        ({"week": "2999-W01"}, "week", "is due on"),
        ({"week": "2025-W40"}, "week", "since 2026-01-01"),
        ({"week": WEEK, "weeek": "1"}, "weeek", ""),
        ({"week": WEEK, "locale": "zz_ZZ"}, "locale", "such as en_US"),
    ],
)
def test_a_preview_of_nothing_is_refused_with_its_reason(client, query, field, said):
    reply = client.get(PREVIEW, query)

    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert error["pointer"].endswith(field)
    assert said in error["detail"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_reports_cannot_be_changed(organization, report, method):
    writer = api_client_for(organization)

    reply = getattr(writer, method)(f"{REPORTS}{report.pk}/", {"week": "2026-W04"})

    assert reply.status_code == 405


def test_the_list_takes_no_more_queries_for_more_reports(
    client, organization, django_assert_max_num_queries
):
    for week in range(10, 20):
        WeeklyReportFactory(organization=organization, week=f"2026-W{week}")

    with django_assert_max_num_queries(4):
        client.get(REPORTS)
