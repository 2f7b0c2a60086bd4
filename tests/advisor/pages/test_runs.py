"""The pages of benchmark runs: which are under way, how far, what came of them."""

import pytest
from django.utils import timezone

from tests.benchmarks.measured import measured
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import (
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
)

pytestmark = pytest.mark.django_db

MARKUP = '<script>alert("x")</script>'
LIST_QUERIES = 5  # session, person, membership, runs under way, ended ones


@pytest.fixture
def endpoint(organization):
    return EndpointFactory(organization=organization)


def running(endpoint, **fields):
    now = timezone.now()
    return BenchmarkRunFactory(
        endpoint=endpoint,
        status="running",
        claim="6f9619ff-8b86-d011-b42d-00c04fc964ff",
        lease_until=now,
        heartbeat_at=now,
        started_at=now,
        **{"requests_done": 15, **fields},
    )


def test_the_list_shows_what_runs_before_what_waits(
    client, member, organization, endpoint, django_assert_num_queries
):
    BenchmarkRunFactory(endpoint=EndpointFactory(organization=organization))
    running(endpoint)
    FinishedRunFactory(endpoint=EndpointFactory(organization=None))

    with django_assert_num_queries(LIST_QUERIES):
        reply = client.get("/runs/")

    assert [run.status for run, _ in reply.context["under_way"]] == [
        "running",
        "queued",
    ]
    assert "15 of 60 requests" in reply.text
    assert len(reply.context["ended"]) == 1


def test_an_empty_list_says_how_runs_come_about(client, member):
    page = client.get("/runs/").text

    assert "Nothing is measured right now." in page
    assert "No run has ended yet." in page
    assert "runs.js" not in page


def test_a_run_under_way_is_followed(client, member, endpoint):
    run = running(endpoint)

    page = client.get(f"/runs/{run.pk}/").text
    progress = client.get(f"/runs/{run.pk}/progress/")

    assert f'data-run="/runs/{run.pk}/progress/"' in page
    assert 'role="status"' in page
    assert "Look again" in page
    assert progress.json() == {
        "status": "running",
        "over": False,
        # 15 of 60 requests.
        "percent": 25,
        "words": "15 of 60 requests",
    }
    assert "no-store" in progress["Cache-Control"]


def test_a_run_that_is_over_shows_its_result_and_is_left_alone(
    client, member, endpoint
):
    run = measured(endpoint=endpoint)

    page = client.get(f"/runs/{run.pk}/").text

    assert "TTFT p95" in page
    assert "200 ms" in page
    assert "It feeds advice." in page
    assert "timeout" in page
    assert "runs.js" not in page
    assert 'data-run=""' in page


def test_a_failed_run_says_why(client, member, endpoint):
    run = FinishedRunFactory(
        endpoint=endpoint,
        status="failed",
        feeds_advice=False,
        not_fed_because="no_answers",
        failure="The address is private.",
        stop_reason="completed",
    )

    page = client.get(f"/runs/{run.pk}/").text

    assert "The address is private." in page
    assert "no request was measured" in page


@pytest.mark.parametrize("path", ["", "progress/"])
def test_a_run_of_others_is_not_found(client, member, path):
    theirs = running(EndpointFactory(organization=OrganizationFactory()))

    assert client.get(f"/runs/{theirs.pk}/{path}").status_code == 404
    assert str(theirs.pk) not in client.get("/runs/").text


@pytest.mark.parametrize("path", ["", "progress/"])
def test_strangers_are_asked_to_sign_in(client, endpoint, path):
    reply = client.get(f"/runs/{running(endpoint).pk}/{path}")

    assert reply.status_code == 302
    assert reply.headers["Location"].startswith("/sign-in/")


def test_names_with_markup_are_text(client, member, organization):
    endpoint = EndpointFactory(
        organization=organization, name=MARKUP, offering__name=MARKUP
    )
    run = running(endpoint, failure=MARKUP)

    for address in ("/runs/", f"/runs/{run.pk}/"):
        page = client.get(address).text
        assert MARKUP not in page
        assert "&lt;script&gt;" in page
