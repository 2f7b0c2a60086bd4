"""Studies over the API: what opens one, what is refused, how it is followed."""

from datetime import UTC, datetime

import pytest

from accounts.models import AuditEvent
from benchmarks.models import EvaluationRun, EvaluationStudy
from benchmarks.services.evaluations.studies import (
    cancel_study,
    study_order,
    write_batch,
)
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.evaluations import EvaluationSetFactory, EvaluationStudyFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

RUNS, STUDIES = "/api/v1/evaluation-runs/", "/api/v1/evaluation-studies/"
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
FLOOR = {"kind": "relative", "value": 0.95}


def errors_of(reply):
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


@pytest.fixture
def own_set(organization):
    return EvaluationSetFactory(organization=organization, items=10)


@pytest.fixture
def three(organization):
    return EndpointFactory.create_batch(3, organization=organization)


def asked(own_set, asked_ones, **changes):
    return {
        "evaluation_set": str(own_set.pk),
        "endpoints": [str(each.pk) for each in asked_ones],
        "quality_floor": FLOOR,
        **changes,
    }


def test_an_adaptive_study_may_make_half_of_all_calls(api, own_set, three):
    reply = api.post(RUNS, asked(own_set, three), format="json")

    assert reply.status_code == 202
    shown = reply.json()
    assert reply["Location"].endswith(f"{STUDIES}{shown['id']}/")
    assert shown["allocation"] == "adaptive"
    # 10 items at 3 endpoints are 30 calls, half of them 15.
    assert shown["calls"] == {"done": 0, "most": 15}
    assert shown["quality_floor"] == {**FLOOR, "confidence": 0.9}
    assert {each["endpoint"] for each in shown["endpoints"]} == {
        str(each.pk) for each in three
    }
    # The first round is written by whoever looks next.
    assert not EvaluationRun.objects.exists()
    own_set.refresh_from_db()
    assert own_set.frozen_at is not None
    assert AuditEvent.objects.filter(action="evaluation_study.opened").exists()


def test_a_fixed_study_asks_everything_at_once(api, own_set, three):
    reply = api.post(RUNS, asked(own_set, three, allocation="fixed"), format="json")

    runs = EvaluationRun.objects.filter(study=reply.json()["id"])
    study = EvaluationStudy.objects.get()
    assert reply.status_code == 202
    assert runs.count() == 3
    assert {run.calls_total for run in runs} == {10}
    # All in the same order, which is the study's own.
    assert all(run.positions == study_order(study) for run in runs)
    assert sorted(study_order(study)) == list(range(10))


def test_floor_and_confidence_are_the_workloads_unless_stated(
    api, organization, own_set, three
):
    revision = WorkloadRevisionFactory(
        workload__organization=organization,
        quality_floor_kind="absolute",
        quality_floor_value=0.8,
        quality_floor_confidence=0.95,
    )
    body = asked(own_set, three, workload=str(revision.workload_id))
    del body["quality_floor"]

    shown = api.post(RUNS, body, format="json").json()

    assert shown["quality_floor"] == {
        "kind": "absolute",
        "value": 0.8,
        "confidence": 0.95,
    }


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"quality_floor": {"kind": "none", "value": 0.5}}, "quality_floor/kind", ""),
        ({"quality_floor": {"kind": "relative", "value": 2}}, "quality_floor", ""),
        ({"samples": 3}, "temperature", "same answer again"),
        ({"allocation": "greedy"}, "allocation", "adaptive"),
        ({"budget_calls": 0}, "budget_calls", ""),
        ({"allocation": "fixed", "budget_calls": 29}, "budget_calls", "30 calls"),
        ({"budget_calls": 2}, "budget_calls", "3 calls"),
        ({"endpoints": "all"}, "endpoints", ""),
        ({"wishes": 1}, "wishes", ""),
    ],
)
def test_bad_requests_are_refused_by_field(api, own_set, three, changes, field, told):
    reply = api.post(RUNS, asked(own_set, three, **changes), format="json")

    assert reply.status_code == 400
    [pointer] = errors_of(reply)
    assert field in pointer
    assert told in str(errors_of(reply)[pointer])
    assert not EvaluationStudy.objects.exists()


def test_another_workloads_set_is_refused(api, organization, three):
    theirs, ours = (
        WorkloadRevisionFactory(workload__organization=organization).workload
        for _ in range(2)
    )
    their_set = EvaluationSetFactory(organization=organization, workload=theirs)

    reply = api.post(
        RUNS, asked(their_set, three, workload=str(ours.pk)), format="json"
    )

    assert reply.status_code == 400
    assert "another workload" in str(errors_of(reply))


def test_a_study_that_moved_on_meanwhile_can_be_called_off(api, own_set, three):
    shown = api.post(RUNS, asked(own_set, three), format="json").json()
    before = EvaluationStudy.objects.get()
    write_batch(EvaluationStudy.objects.get(), [(three[0], [0])], standing={}, at=JUNE)

    assert cancel_study(before, at=JUNE)
    assert api.get(f"{STUDIES}{shown['id']}/").json()["status"] == "closed"
    assert EvaluationRun.objects.get().status == "cancelled"


def test_without_a_floor_there_is_nothing_to_decide(api, own_set, three):
    body = asked(own_set, three)
    del body["quality_floor"]

    reply = api.post(RUNS, body, format="json")

    assert reply.status_code == 400
    assert "nothing to decide" in str(errors_of(reply))


def test_one_endpoint_is_no_study(api, own_set, three):
    for endpoints in ([three[0]], [three[0], three[0]]):
        reply = api.post(RUNS, asked(own_set, endpoints), format="json")

        assert reply.status_code == 400
        assert "different" in str(errors_of(reply))


def test_one_offering_twice_is_no_choice(api, organization, own_set, three):
    twin = EndpointFactory(organization=organization, offering=three[0].offering)

    reply = api.post(RUNS, asked(own_set, [three[0], twin]), format="json")

    assert reply.status_code == 400
    assert "same offering" in str(errors_of(reply))


def test_an_endpoint_that_is_switched_off_is_named(api, own_set, three):
    three[1].enabled = False
    three[1].save()

    reply = api.post(RUNS, asked(own_set, three), format="json")

    assert reply.status_code == 400
    assert three[1].name in str(errors_of(reply))


def test_strangers_sets_endpoints_and_studies_are_not_found(api, own_set, three):
    stranger = OrganizationFactory()
    theirs = EndpointFactory(organization=stranger)
    their_set = EvaluationSetFactory(organization=stranger)
    study = EvaluationStudyFactory(evaluation_set=their_set)

    with_theirs = api.post(RUNS, asked(own_set, [three[0], theirs]), format="json")
    on_theirs = api.post(RUNS, asked(their_set, three), format="json")

    assert with_theirs.status_code == on_theirs.status_code == 400
    assert api.get(f"{STUDIES}{study.pk}/").status_code == 404
    assert api.post(f"{STUDIES}{study.pk}/cancel/").status_code == 404
    assert api.get(STUDIES).json()["results"] == []


def test_a_study_is_called_off_with_its_runs(api, own_set, three):
    shown = api.post(
        RUNS, asked(own_set, three, allocation="fixed"), format="json"
    ).json()
    address = f"{STUDIES}{shown['id']}/"

    cancelled = api.post(f"{address}cancel/")
    again = api.post(f"{address}cancel/")

    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "closed"
    assert cancelled.json()["sentence"] == "It was called off."
    assert {run.status for run in EvaluationRun.objects.all()} == {"cancelled"}
    assert again.status_code == 409


def test_studies_are_listed_and_filtered(api, organization, own_set, three):
    api.post(RUNS, asked(own_set, three), format="json")

    assert len(api.get(STUDIES).json()["results"]) == 1
    assert len(api.get(f"{STUDIES}?open=true").json()["results"]) == 1
    assert api.get(f"{STUDIES}?open=false").json()["results"] == []
    assert (
        api.get(f"{STUDIES}?evaluation_set={organization.pk}").json()["results"] == []
    )


def test_viewers_open_none(own_set, three, organization):
    reader = api_client_for(organization, scopes=["read"])

    reply = reader.post(RUNS, asked(own_set, three), format="json")

    assert reply.status_code == 403
