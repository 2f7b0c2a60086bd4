import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import AuditEvent
from benchmarks.harness.samples import Sample
from benchmarks.models import BenchmarkRun, Endpoint
from benchmarks.services import request_run
from tests.benchmarks.measured import measured, said
from tests.factories.accounts import UserFactory
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
    steady,
)
from tests.factories.catalog import OfferingFactory

pytestmark = pytest.mark.django_db

ADMIN = "/admin/benchmarks/"
# Session, person, the page and what it names: what does not grow with rows.
MAX_QUERIES = 12


def address(run, path="change"):
    return f"{ADMIN}benchmarkrun/{run.pk}/{path}/"


def test_the_page_shows_result_errors_and_every_request(
    client, admin_person, django_assert_max_num_queries
):
    run = measured(client_version="python 3.11", client_host="worker-7")

    with django_assert_max_num_queries(MAX_QUERIES):
        reply = client.get(address(run))

    assert dict(reply.context["facts"])["TTFT p95"] == "200 ms"
    tables = {table.title: table.rows for table in reply.context["tables"]}
    assert tables["Errors by kind"] == (("timeout", "1", "1.7 %"),)
    ttft = tables["Latency"][0]
    # The p99 needs 299 requests, and 59 were answered.
    assert ttft[-1] == "needs 240 more"
    assert ("Host", "worker-7") in tables["Our own client"]
    points = json.loads(reply.context["charts"][0].data)["datasets"]
    assert [(each["label"], len(each["data"])) for each in points] == [
        ("measured", 59),
        ("failed, drawn at 0", 1),
    ]


def test_a_sweep_shows_its_steps(client, admin_person):
    samples = [
        *steady(3),
        *(Sample(intended_s=10.0 + n, phase=1, ttft_ms=400.0) for n in range(2)),
    ]
    run = measured(samples=samples)

    reply = client.get(address(run))

    (steps,) = (
        table
        for table in reply.context["tables"]
        if table.title == "Steps of the sweep"
    )
    assert [row[0] for row in steps.rows] == ["1", "2"]
    assert [row[3] for row in steps.rows] == ["200 ms", "400 ms"]
    assert [name for name, _ in reply.context["facts"]] == [
        "Cost",
        "Estimate",
        "Took",
    ]


def test_a_run_without_anything_opens(client, admin_person):
    run = FinishedRunFactory(
        samples=[],
        status="failed",
        feeds_advice=False,
        not_fed_because="no_answers",
        failure="None of 60 requests was answered.",
    )

    page = client.get(address(run)).content.decode()

    assert "None of 60 requests was answered." in page
    assert "It does not feed advice: no request was measured." in page


def test_a_planned_run_leads_to_its_plan_and_endpoint(client, admin_person):
    plan = BenchmarkPlanFactory()
    run = measured(plan=plan, endpoint=plan.endpoint)

    page = client.get(address(run)).content.decode()

    assert f"{ADMIN}benchmarkplan/{plan.pk}/change/" in page
    assert f"{ADMIN}endpoint/{plan.endpoint_id}/change/" in page
    assert "every 3 h" in page


def test_an_imported_run_opens(client, admin_person):
    run = measured(
        endpoint=None,
        offering=OfferingFactory(),
        service_tier="standard",
        organization=None,
        basis="imported",
    )

    reply = client.get(address(run))

    assert reply.status_code == 200
    assert b"Run again" not in reply.content


def test_progress_is_told_until_it_is_over(client, admin_person):
    run = BenchmarkRunFactory(
        status="running",
        claim="00000000-0000-4000-8000-000000000001",
        lease_until=timezone.now(),
        requests_done=15,
        requests_failed=2,
    )

    page = client.get(address(run)).content.decode()
    told = client.get(address(run, "progress"))
    over = client.get(address(measured(), "progress")).json()

    assert address(run, "progress") in page
    assert "benchmarks/progress.js" in page
    assert told.json() == {
        "status": "running",
        "over": False,
        "percent": 25,  # 15 of 60
        "words": "15 of 60 requests, 2 failed",
    }
    assert "no-store" in told["Cache-Control"]
    assert over["over"] is True


def test_a_run_that_is_over_is_not_followed(client, admin_person):
    page = client.get(address(measured())).content.decode()

    assert "benchmarks/progress.js" not in page


def test_requests_are_downloaded(client, admin_person):
    run = measured()

    reply = client.get(address(run, "download"), follow=True)

    assert reply["Content-Type"].startswith("text/csv")
    # A head and sixty requests.
    assert reply.getvalue().count(b"\r\n") == 61


def test_the_same_is_asked_for_again(client, admin_person):
    run = request_run(endpoint=EndpointFactory(), at=timezone.now())
    client.post(address(run, "cancel"), {"_form_submitted": "on"})

    reply = client.post(address(run, "retry"), {"_form_submitted": "on"})

    again = BenchmarkRun.objects.get(retry_of=run)
    assert reply["HX-Redirect"] == address(again)
    events = AuditEvent.objects.order_by("at").values_list("action", "user")
    assert list(events)[1:] == [
        ("benchmark_run.cancelled", admin_person.pk),
        ("benchmark_run.retried", admin_person.pk),
    ]


def test_a_refused_repetition_says_why(client, admin_person):
    run = request_run(endpoint=EndpointFactory(), at=timezone.now())
    client.post(address(run, "cancel"), {"_form_submitted": "on"})
    Endpoint.objects.update(enabled=False)

    client.post(address(run, "retry"), {"_form_submitted": "on"})

    reply = client.get(address(run))
    assert "switch it on first" in said(reply)[-1]
    assert not BenchmarkRun.objects.filter(retry_of=run).exists()


def test_buttons_are_those_that_fit(client, admin_person):
    waiting, over = BenchmarkRunFactory(), measured()

    pages = [client.get(address(run)).content.decode() for run in (waiting, over)]

    buttons = ("/cancel/", "/retry/")
    assert [[each in page for each in buttons] for page in pages] == [
        [True, False],
        [False, True],
    ]
    assert client.post(address(over, "cancel")).status_code == 403
    assert client.post(address(waiting, "retry")).status_code == 403


def test_looking_is_not_acting(client):
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_benchmarkrun"))
    client.force_login(viewer)
    run = BenchmarkRunFactory()

    assert client.get(address(run)).status_code == 200
    assert client.get(address(run, "progress")).status_code == 200
    assert client.post(address(run, "cancel")).status_code == 403
    run.refresh_from_db()
    assert run.status == "queued"


@pytest.mark.parametrize("path", ["progress", "samples"])
def test_who_may_not_look_sees_nothing(client, path):
    client.force_login(UserFactory(is_staff=True))

    reply = client.get(address(measured(), path))

    assert reply.status_code == 403


def test_a_run_that_is_not_there_is_not_found(client, admin_person):
    nowhere = f"{ADMIN}benchmarkrun/{uuid4()}/progress/"

    assert client.get(nowhere).status_code == 404
