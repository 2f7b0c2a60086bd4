from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from benchmarks.models import EvaluationRun
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory
from tests.factories.evaluations import (
    EvaluationRunFactory,
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
    SuiteSetFactory,
)

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/evaluation-runs/"
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def errors_of(reply):
    assert reply["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


@pytest.fixture
def own_set(organization):
    return EvaluationSetFactory(organization=organization)


@pytest.fixture
def priced(own_endpoint):
    """The organization's own endpoint, at 0.20 USD in and 0.80 out a million tokens."""
    PriceFactory(offering=own_endpoint.offering)
    CatalogueChangeFactory()
    return own_endpoint


@pytest.fixture
def finished(own_set, own_endpoint):
    """All right but for the last, which had no answer."""
    return FinishedEvaluationRunFactory(
        evaluation_set=own_set,
        endpoint=own_endpoint,
        created_at=JUNE,
        scores=[[1.0], [1.0], [0.0], [float("nan")]],
        verdict=["right", "right", "wrong", "error"],
        error=["", "", "", "timeout"],
        calls_failed=1,
    )


def asked(evaluation_set, endpoint, **changes):
    return {
        "evaluation_set": str(evaluation_set.pk),
        "endpoint": str(endpoint.pk),
        **changes,
    }


def test_a_run_is_asked_for_and_followed(api, own_set, priced):
    reply = api.post(
        RUNS, asked(own_set, priced, samples=3, temperature=0.7, budget=usd("0.01"))
    )

    assert reply.status_code == 202
    shown = reply.json()
    assert reply["Location"].endswith(f"{RUNS}{shown['id']}/")
    assert reply["Retry-After"] == "2"
    assert (shown["status"], shown["samples"], shown["temperature"]) == (
        "queued",
        3,
        0.7,
    )
    assert shown["progress"] == {"total": 12, "done": 0, "failed": 0, "share": 0.0}
    # 4 items * 3 samples * (15 * 0.20 + 256 * 0.80) / 10**6.
    assert shown["estimate"] == usd("0.0024936")
    assert (shown["budget"], shown["cost"]) == (usd("0.01"), None)
    assert shown["result"] is None
    assert shown["links"]["cancel"].endswith(f"{shown['id']}/cancel/")
    assert api.get(reply["Location"]).json() == shown
    event = AuditEvent.objects.get(action="evaluation_run.requested")
    assert event.api_key == api.api_key


def test_the_same_post_again_makes_no_second_run(api, own_set, own_endpoint):
    body = asked(own_set, own_endpoint)
    first, again = (api.post(RUNS, body, HTTP_IDEMPOTENCY_KEY="once") for _ in range(2))

    assert first.json() == again.json()
    assert EvaluationRun.objects.count() == 1


def test_some_items_of_the_ready_suite_can_be_asked(api, own_endpoint):
    suite = SuiteSetFactory()

    reply = api.post(RUNS, asked(suite, own_endpoint, positions=[2, 0]))

    assert reply.json()["progress"]["total"] == 2
    assert EvaluationRun.objects.get().positions == [2, 0]


@pytest.mark.parametrize(
    ("changes", "pointer", "part"),
    [
        ({"samples": 0}, "#/samples", "greater than or equal to 1"),
        ({"samples": 65}, "#/samples", "less than or equal to 64"),
        ({"samples": 2}, "#/temperature", "prove nothing about votes"),
        ({"temperature": 3}, "#/temperature", "less than or equal to 2"),
        ({"temperature": "warm"}, "#/temperature", "number"),
        ({"positions": [9]}, "#/positions", "no item 9"),
        ({"positions": [-1]}, "#/positions/0", "greater than or equal to 0"),
        ({"positions": [1, 1]}, "#/positions", "named twice"),
        ({"budget": usd("0")}, "#/budget/amount", "above 0"),
        ({"evaluation_set": "no"}, "#/evaluation_set", "UUID"),
        ({"evaluation_set": None}, "#/evaluation_set", "null"),
        ({"endpoint": None}, "#/endpoint", "null"),
        ({"sample": 1}, "#/sample", ""),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(
    api, own_set, own_endpoint, changes, pointer, part
):
    reply = api.post(RUNS, {**asked(own_set, own_endpoint), **changes})

    assert reply.status_code == 400
    assert part in errors_of(reply)[pointer]
    assert not EvaluationRun.objects.exists()


def test_neither_a_strangers_set_nor_endpoint_is_found(api, own_set, own_endpoint):
    others_set = EvaluationSetFactory()
    others_endpoint = EndpointFactory(organization=others_set.organization)

    of_set = api.post(RUNS, asked(others_set, own_endpoint))
    of_endpoint = api.post(RUNS, asked(own_set, others_endpoint))

    assert errors_of(of_set)["#/evaluation_set"].startswith("No such set")
    assert errors_of(of_endpoint)["#/endpoint"].startswith("No such endpoint")


def test_everybodys_endpoint_is_not_asked_at_a_tenants_wish(api, own_set):
    reply = api.post(RUNS, asked(own_set, EndpointFactory()))

    assert reply.status_code == 403
    assert "everybody's" in reply.json()["detail"]


def test_a_run_over_its_budget_is_refused_with_the_estimate(api, own_set, priced):
    reply = api.post(RUNS, asked(own_set, priced, budget=usd("0.0001")))

    assert reply.status_code == 422
    # 4 * 0.0002078.
    assert reply.json()["estimate"] == usd("0.0008312")
    assert "over the budget" in errors_of(reply)["#/budget"]


def test_a_budget_without_a_price_is_refused(api, own_set, own_endpoint):
    reply = api.post(RUNS, asked(own_set, own_endpoint, budget=usd("1")))

    assert reply.status_code == 422
    assert reply.json()["estimate"] is None
    assert "no price in USD" in errors_of(reply)["#/budget"]


def test_a_switched_off_endpoint_is_refused(api, own_set, own_endpoint):
    own_endpoint.enabled = False
    own_endpoint.save()

    reply = api.post(RUNS, asked(own_set, own_endpoint))

    assert "switched off" in errors_of(reply)["#/endpoint"]


def test_too_many_open_runs_are_a_conflict(api, own_set, own_endpoint, settings):
    settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = 1
    api.post(RUNS, asked(own_set, own_endpoint))

    reply = api.post(RUNS, asked(own_set, own_endpoint))

    assert reply.status_code == 409
    assert "cancel some" in reply.json()["detail"]


def test_a_finished_run_tells_what_came_of_it(api, finished):
    shown = api.get(f"{RUNS}{finished.pk}/").json()

    assert (shown["status"], shown["feeds_advice"]) == ("succeeded", True)
    assert shown["progress"] == {"total": 4, "done": 4, "failed": 1, "share": 1.0}
    assert shown["links"]["cancel"] is None
    result = shown["result"]
    assert result["verdicts"] == {"right": 2, "wrong": 1, "error": 1}
    assert result["errors_by_kind"] == {"timeout": 1}
    assert result["score"]["items"] == 3
    assert result["score"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert result["input_tokens"] == {"total": 400.0, "mean": 100.0}
    assert result["latency_ms"]["p50"]["value"] == 500.0
    assert shown["cost"] == usd("0.01")


def test_a_strangers_run_is_not_found(stranger, finished):
    assert stranger.get(f"{RUNS}{finished.pk}/").status_code == 404
    assert stranger.get(f"{RUNS}{finished.pk}/outcomes/").status_code == 404
    assert stranger.post(f"{RUNS}{finished.pk}/cancel/").status_code == 404
    assert stranger.get(RUNS).json()["results"] == []


def test_answers_are_read_item_by_item_and_page_by_page(api, finished):
    page = api.get(f"{RUNS}{finished.pk}/outcomes/?page_size=3").json()
    rest = api.get(page["next"]).json()

    assert [each["position"] for each in page["results"]] == [0, 1, 2]
    assert page["results"][2] == {
        "position": 2,
        "key": "item-2",
        "expected": "C",
        "weight": 1.0,
        "cluster": "",
        "difficulty": "",
        "samples": [
            {
                "sample": 0,
                "score": 0.0,
                "verdict": "wrong",
                "answer": "wrong",
                "input_tokens": 100.0,
                "output_tokens": 10.0,
                "latency_ms": 500.0,
                "error": "",
            }
        ],
    }
    (last,) = rest["results"]
    assert last["samples"][0]["score"] is None
    assert last["samples"][0]["error"] == "timeout"


def test_answers_of_one_verdict_can_be_asked_for(api, finished):
    reply = api.get(f"{RUNS}{finished.pk}/outcomes/?verdict=wrong")
    refused = api.get(f"{RUNS}{finished.pk}/outcomes/?verdict=odd")

    assert [each["position"] for each in reply.json()["results"]] == [2]
    assert "take one of right, wrong" in refused.json()["errors"][0]["detail"]


def test_a_list_is_filtered_and_newest_first(api, finished, own_set):
    newer = EvaluationRunFactory(
        evaluation_set=own_set, created_at=JUNE + timedelta(days=1)
    )

    def ids(query=""):
        return [each["id"] for each in api.get(f"{RUNS}{query}").json()["results"]]

    assert ids() == [str(newer.pk), str(finished.pk)]
    assert ids("?status=queued") == [str(newer.pk)]
    assert ids(f"?endpoint={finished.endpoint_id}") == [str(finished.pk)]
    assert ids(f"?model={newer.language_model.slug}") == [str(newer.pk)]
    assert ids(f"?evaluation_set={own_set.pk}&basis=imported") == []
    assert ids("?since=2026-06-01T12:00:00Z") == [str(newer.pk)]


def test_a_list_takes_as_many_queries_for_many_as_for_one(
    api, finished, own_set, django_assert_max_num_queries
):
    for _ in range(5):
        EvaluationRunFactory(evaluation_set=own_set)

    with django_assert_max_num_queries(6):
        reply = api.get(RUNS)

    assert len(reply.json()["results"]) == 6
    assert "result" not in reply.json()["results"][0]


def test_a_waiting_run_is_stopped_once(api, own_set, own_endpoint):
    run = EvaluationRunFactory(evaluation_set=own_set, endpoint=own_endpoint)

    reply = api.post(f"{RUNS}{run.pk}/cancel/")
    again = api.post(f"{RUNS}{run.pk}/cancel/")

    assert reply.status_code == 202
    assert (reply.json()["status"], reply.json()["cost"]) == ("cancelled", usd("0"))
    assert again.status_code == 409
    event = AuditEvent.objects.get(action="evaluation_run.cancelled")
    assert event.api_key == api.api_key


def test_a_run_that_is_being_stopped_may_be_stopped_again(api, own_set, own_endpoint):
    run = EvaluationRunFactory(
        evaluation_set=own_set,
        endpoint=own_endpoint,
        status="running",
        claim=own_set.pk,
        lease_until=JUNE,
    )

    replies = [api.post(f"{RUNS}{run.pk}/cancel/") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [202, 202]
    run.refresh_from_db()
    assert (run.status, run.closed_at) == ("cancelled", None)


def test_everybodys_run_is_stopped_by_nobody_here(api):
    run = EvaluationRunFactory(evaluation_set=SuiteSetFactory())

    assert api.get(f"{RUNS}{run.pk}/").status_code == 200
    assert api.post(f"{RUNS}{run.pk}/cancel/").status_code == 403


def test_a_cancel_states_nothing(api, own_set, own_endpoint):
    run = EvaluationRunFactory(evaluation_set=own_set, endpoint=own_endpoint)

    assert api.post(f"{RUNS}{run.pk}/cancel/", {"why": "?"}).status_code == 400


def test_a_partial_run_says_what_went_wrong(api, own_set, own_endpoint):
    run = FinishedEvaluationRunFactory(
        evaluation_set=own_set,
        endpoint=own_endpoint,
        status="partial",
        stop_reason="budget",
        failure="The budget was used up first.",
        budget_usd=Decimal("0.01"),
    )

    shown = api.get(f"{RUNS}{run.pk}/").json()

    assert (shown["status"], shown["stop_reason"]) == ("partial", "budget")
    assert shown["failure"] == "The budget was used up first."


@pytest.fixture
def judged(organization):
    """A set whose one item is scored by a judge."""
    item = {"grader": {"kind": "judge", "rubric": "Polite?"}, "expected": None}
    return EvaluationSetFactory(organization=organization, items=[item])


def test_a_run_names_its_judge(api, organization, judged, own_endpoint):
    judge = EndpointFactory(organization=organization)

    reply = api.post(RUNS, asked(judged, own_endpoint, judge=str(judge.pk)))

    assert reply.status_code == 202
    shown = reply.json()
    assert shown["asked"]["judge"]["endpoint"] == str(judge.pk)
    assert shown["judging"] == {}


def test_without_a_judge_that_is_the_callers_nothing_is_asked(
    api, judged, own_endpoint
):
    none = api.post(RUNS, asked(judged, own_endpoint))
    shared = EndpointFactory(organization=None)
    everybodys = api.post(RUNS, asked(judged, own_endpoint, judge=str(shared.pk)))

    assert none.status_code == 400
    assert "name another endpoint" in errors_of(none)["#/judge"]
    assert everybodys.status_code == 403
    assert not EvaluationRun.objects.exists()
