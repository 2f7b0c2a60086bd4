"""The admin page of evaluation runs."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from benchmarks.models import EvaluationRun
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import (
    EvaluationRunFactory,
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    ImportedEvaluationRunFactory,
)

pytestmark = pytest.mark.django_db

ADMIN = "/admin/benchmarks/"
RUNS = f"{ADMIN}evaluationrun/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def pair():
    """A set and an endpoint of one organization."""
    owner = OrganizationFactory()
    return (
        EvaluationSetFactory(organization=owner),
        EndpointFactory(organization=owner, credential="sk-never-shown"),
    )


def stated(evaluation_set, endpoint, **changes):
    return {
        "evaluation_set": str(evaluation_set.pk),
        "endpoint": str(endpoint.pk),
        "samples": "1",
        "temperature": "0.0",
        "budget_usd": "",
        **changes,
    }


def errors_of(reply):
    form = reply.context["adminform"].form
    return {name: list(said) for name, said in form.errors.items()}


def address(run, path="change"):
    return f"{RUNS}{run.pk}/{path}/"


def test_a_set_leads_to_where_a_run_over_it_is_asked_for(client, admin_person, pair):
    evaluation_set, _ = pair

    reply = client.get(f"{ADMIN}evaluationset/{evaluation_set.pk}/evaluate/")

    assert reply.url == f"{RUNS}add/?evaluation_set={evaluation_set.pk}"
    page = client.get(reply.url)
    assert page.context["adminform"].form.initial["evaluation_set"] == str(
        evaluation_set.pk
    )


def test_a_set_is_evaluated_at_an_endpoint_and_audited(client, admin_person, pair):
    reply = client.post(
        f"{RUNS}add/", stated(*pair, samples="3", temperature="0.7", budget_usd="")
    )

    assert reply.status_code == 302
    run = EvaluationRun.objects.get()
    assert (run.status, run.samples, run.temperature) == ("queued", 3, 0.7)
    assert run.organization == pair[0].organization
    event = AuditEvent.objects.get(action="evaluation_run.requested")
    assert event.user == admin_person


def test_an_empty_temperature_leaves_it_to_the_endpoint(client, admin_person, pair):
    client.post(f"{RUNS}add/", stated(*pair, samples="2", temperature=""))

    assert EvaluationRun.objects.get().temperature is None


@pytest.mark.parametrize(
    ("changes", "field", "part"),
    [
        ({"samples": "2"}, "temperature", "prove nothing about votes"),
        ({"samples": "65"}, "samples", "from 1 to 64"),
        ({"budget_usd": "1"}, "budget_usd", "no price in USD"),
        ({"endpoint": ""}, "endpoint", "required"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_its_field(
    client, admin_person, pair, changes, field, part
):
    reply = client.post(f"{RUNS}add/", {**stated(*pair), **changes})

    assert part in errors_of(reply)[field][0]
    assert not EvaluationRun.objects.exists()
    assert not AuditEvent.objects.filter(action="evaluation_run.requested").exists()


def test_the_set_of_another_organization_is_refused(client, admin_person, pair):
    stranger = EvaluationSetFactory()

    reply = client.post(f"{RUNS}add/", stated(stranger, pair[1]))

    assert "another organization's" in errors_of(reply)["evaluation_set"][0]


def test_the_page_tells_what_came_of_a_run(client, admin_person, pair):
    run = FinishedEvaluationRunFactory(
        evaluation_set=pair[0],
        endpoint=pair[1],
        scores=[[1.0], [1.0], [1.0], [0.0]],
        served_models={"model-1": 4},
    )

    reply = client.get(address(run))

    assert dict(reply.context["facts"])["Mean score"] == "75 %"
    tables = {table.title: table.rows for table in reply.context["tables"]}
    assert tables["Verdicts"] == (("right", "3", "75 %"), ("wrong", "1", "25 %"))
    assert tables["Mean score of items"][0][:3] == ("All", "4", "75 %")
    assert tables["Tokens"] == (("Input", "400", "100.0"), ("Output", "40", "10.0"))
    # A p90 with its bound needs 29 answers.
    assert tables["Latency"][0][1:4] == ("4", "500 ms", "needs 25 more")
    assert tables["Answered by"] == (("model-1", "4"),)
    page = reply.content.decode()
    assert f"{ADMIN}evaluationset/{pair[0].pk}/change/" in page
    assert f"{ADMIN}endpoint/{pair[1].pk}/change/" in page
    assert "It feeds advice." in page
    assert "sk-never-shown" not in page


def test_a_run_without_anything_says_why(client, admin_person):
    run = FinishedEvaluationRunFactory(
        scores=[[float("nan")]] * 4,
        verdict=["error"] * 4,
        error=["timeout"] * 4,
        latency_ms=[float("nan")] * 4,
        status="failed",
        feeds_advice=False,
        not_fed_because="no_answers",
        failure="None of 4 questions was answered; 4 with timeout.",
    )

    reply = client.get(address(run))

    page = reply.content.decode()
    assert "None of 4 questions was answered; 4 with timeout." in page
    assert "It does not feed advice: no request was measured." in page
    tables = {table.title: table.rows for table in reply.context["tables"]}
    assert tables["Without an answer"] == (("timeout", "4"),)
    assert "Latency" not in tables


def test_waiting_and_brought_runs_open(client, admin_person):
    for run in (EvaluationRunFactory(), ImportedEvaluationRunFactory()):
        assert client.get(address(run)).status_code == 200


def test_progress_is_told_until_it_is_over(client, admin_person):
    run = EvaluationRunFactory(
        status="running",
        claim=uuid4(),
        lease_until=NOON,
        calls_done=1,
        calls_failed=1,
    )

    page = client.get(address(run)).content.decode()
    told = client.get(address(run, "progress")).json()

    assert address(run, "progress") in page
    assert told == {
        "status": "running",
        "over": False,
        "percent": 25,  # 1 of 4
        "words": "1 of 4 calls, 1 without an answer",
    }
    assert client.get(f"{RUNS}{uuid4()}/progress/").status_code == 404


def test_a_run_is_stopped_by_a_click(client, admin_person):
    run = EvaluationRunFactory()

    reply = client.post(address(run, "cancel"), {"_form_submitted": "on"})

    assert reply["HX-Redirect"] == address(run)
    run.refresh_from_db()
    assert run.status == "cancelled"
    event = AuditEvent.objects.get(action="evaluation_run.cancelled")
    assert event.user == admin_person


def test_what_is_over_has_no_stop(client, admin_person):
    run = FinishedEvaluationRunFactory()

    assert b"Stop this run?" not in client.get(address(run)).content
    assert (
        client.post(address(run, "cancel"), {"_form_submitted": "on"}).status_code
        == 403
    )


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    client, admin_person, django_assert_max_num_queries
):
    for _ in range(5):
        FinishedEvaluationRunFactory()
    EvaluationRunFactory()

    with django_assert_max_num_queries(12):
        reply = client.get(RUNS)

    assert reply.context["cl"].result_count == 6


def test_nobody_rewrites_or_deletes_a_run(client, admin_person):
    run = FinishedEvaluationRunFactory()

    assert client.post(address(run), {"samples": "9"}).status_code == 403
    assert client.post(address(run, "delete"), {"post": "yes"}).status_code == 403


def test_who_may_only_look_can_neither_ask_nor_stop(client, pair):
    person = UserFactory(is_staff=True)
    person.user_permissions.add(
        Permission.objects.get(codename="view_evaluationrun"),
        Permission.objects.get(codename="view_evaluationset"),
    )
    client.force_login(person)
    run = EvaluationRunFactory(evaluation_set=pair[0], endpoint=pair[1])

    assert client.get(address(run)).status_code == 200
    assert client.get(f"{RUNS}add/").status_code == 403
    assert (
        client.post(address(run, "cancel"), {"_form_submitted": "on"}).status_code
        == 403
    )
    evaluate = f"{ADMIN}evaluationset/{pair[0].pk}/evaluate/"
    assert client.get(evaluate).status_code == 403
