"""History, offerings, reports and runs, in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from benchmarks.models import BenchmarkRun
from tests.advisor.pages.test_changes import ASKED, MARCH, MAY, given, reprice
from tests.advisor.pages.test_history import advised, answer
from tests.advisor.recommendations.market import open_market
from tests.benchmarks.measured import a_change, measured
from tests.browser.viewing import both_extremes, each_view
from tests.factories.benchmarks import BenchmarkRunFactory, EndpointFactory
from tests.factories.catalog import (
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
)
from tests.factories.reports import ReportEditionFactory, WeeklyReportFactory
from tests.factories.workloads import WorkloadRevisionFactory

LONG_NAME = "acme/a-language-model-with-a-very-long-name-70b-instruct-turbo-2026-11"


@pytest.fixture
def organization(membership):
    return membership.organization


@pytest.fixture
def endpoint(organization):
    offering = OfferingFactory(name=LONG_NAME)
    return EndpointFactory(offering=offering, organization=organization, name="Paris")


def running(endpoint, **fields):
    now = timezone.now()
    return BenchmarkRunFactory(
        endpoint=endpoint,
        status="running",
        claim="6f9619ff-8b86-d011-b42d-00c04fc964ff",
        lease_until=now,
        heartbeat_at=now,
        started_at=now,
        **fields,
    )


@each_view
def test_an_offering_draws_its_prices_and_latencies(
    signed_in_page, endpoint, assert_accessible
):
    offering, now = endpoint.offering, timezone.now()
    ModelFactsFactory(model=offering.model)
    OfferingFactsFactory(
        offering=offering, retires_on=(now + timedelta(days=90)).date()
    )
    for days in (-200, -20, 30):
        PriceFactory(
            offering=offering,
            effective_from=now + timedelta(days=days),
            received_at=now - timedelta(days=201),
        )
    PriceFactory(offering=offering, service_tier="batch")
    runs = [
        measured(endpoint=endpoint, slot=now - timedelta(hours=hours))
        for hours in (1, 2, 3)
    ]
    a_change(runs[0])

    signed_in_page.goto(f"/offerings/{offering.pk}/")

    signed_in_page.locator("#prices-0.drawn svg").wait_for()
    signed_in_page.locator("#latency-0-ttft.drawn svg").wait_for()
    assert_accessible(signed_in_page)


@both_extremes
def test_a_history_is_read_with_what_became_of_it(
    signed_in_page, organization, assert_accessible
):
    revision = WorkloadRevisionFactory(workload__organization=organization)
    advised(revision, 2, answer(LONG_NAME, "9000.00"))
    advised(revision, 1, answer("small-8b", "3000.00"), state="active")

    signed_in_page.goto(f"/workloads/{revision.workload_id}/history/")

    signed_in_page.get_by_text("cost $6,000 less").wait_for()
    assert_accessible(signed_in_page)


@each_view
def test_a_change_is_explained_driver_by_driver(
    signed_in_page, organization, assert_accessible
):
    market = open_market()
    workload = WorkloadRevisionFactory(
        workload__organization=organization, **ASKED
    ).workload
    given(workload, MARCH)
    reprice(market["small-8b"], "0.12", "0.20")
    after = given(workload, MAY)

    signed_in_page.goto(f"/recommendations/{after.pk}/changes/")

    signed_in_page.locator("#drivers.drawn svg").wait_for()
    # 1,000 * 0.02 = 20 more per million tokens: 240 USD more in twelve months.
    assert signed_in_page.get_by_text("+$240.00").first.is_visible()
    assert_accessible(signed_in_page)


@both_extremes
def test_a_report_is_as_tall_as_it_is_and_its_links_lead_away(
    signed_in_page, organization, assert_accessible
):
    report = WeeklyReportFactory(organization=organization)
    rows = "<p>A line of the report.</p>" * 100
    ReportEditionFactory(
        report=report,
        html=f'<html lang="en"><head><title>Week 3</title></head><body>{rows}'
        '<p><a href="%%SIGN_IN_URL:/reports/%%">All reports</a></p></body></html>',
    )

    signed_in_page.goto(f"/reports/{report.pk}/")
    frame = signed_in_page.frame_locator("iframe")
    frame.get_by_text("All reports").wait_for()
    signed_in_page.wait_for_function(
        "document.querySelector('iframe').clientHeight > 2000"
    )
    assert_accessible(signed_in_page)
    frame.get_by_role("link", name="All reports").click()

    signed_in_page.get_by_role("heading", name="Weekly reports").wait_for()


@both_extremes
def test_a_run_is_followed_until_it_ends(signed_in_page, endpoint, assert_accessible):
    run = running(endpoint, requests_done=15)
    signed_in_page.goto(f"/runs/{run.pk}/")
    signed_in_page.get_by_text("15 of 60 requests").wait_for()
    assert_accessible(signed_in_page)

    BenchmarkRun.objects.filter(pk=run.pk).update(requests_done=45)

    signed_in_page.locator("[data-run-words]", has_text="45 of 60").wait_for()
    bar = signed_in_page.get_by_role("progressbar", name="Requests that are through")
    assert bar.get_attribute("value") == "75"

    now = timezone.now()
    BenchmarkRun.objects.filter(pk=run.pk).update(
        status="cancelled", requests_done=50, closed_at=now, finished_at=now
    )

    signed_in_page.get_by_role("heading", name="How it ended").wait_for()
    assert signed_in_page.get_by_text("50 of 60 requests").is_visible()


def test_news_of_a_run_is_told_to_those_who_listen(signed_in_page, endpoint):
    run = running(endpoint, requests_done=1)
    signed_in_page.goto("/runs/")
    said = signed_in_page.locator("[data-runs-said]")
    # The first look is no news.
    signed_in_page.wait_for_timeout(2_500)
    assert said.inner_text() == ""

    BenchmarkRun.objects.filter(pk=run.pk).update(requests_done=31)

    said.get_by_text(f"{LONG_NAME}: running, 31 of 60 requests").wait_for()


@both_extremes
def test_the_list_of_runs_fits_the_window(signed_in_page, endpoint, assert_accessible):
    running(endpoint, requests_done=15)
    measured(endpoint=endpoint)

    signed_in_page.goto("/runs/")

    signed_in_page.get_by_role("heading", name="Under way").wait_for()
    assert_accessible(signed_in_page)


@pytest.mark.viewed(scheme="dark")
def test_admins_see_the_state_of_the_service(page, client, live_server, admin_user):
    client.force_login(admin_user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies(
        [{"name": "sessionid", "value": cookie, "url": live_server.url}]
    )

    page.goto("/admin/")

    page.get_by_role("heading", name="State of the service").wait_for()
    page.get_by_role("link", name="See the failed runs").click()
    page.get_by_role("heading", name="Benchmark runs").first.wait_for()
