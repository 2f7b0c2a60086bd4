import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from benchmarks.harness.samples import ErrorKind, Sample
from benchmarks.models import BenchmarkRun
from tests.api_clients import api_client_for
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
    steady,
)
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/benchmark-runs/"
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def errors_of(reply):
    assert reply["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


def asked(of, **changes):
    return {"endpoint": str(of.pk), **changes}


@pytest.fixture
def priced(own_endpoint):
    """The organization's own_endpoint, at 0.20 USD in and 0.80 out a million tokens."""
    PriceFactory(offering=own_endpoint.offering)
    CatalogueChangeFactory()
    return own_endpoint


@pytest.fixture
def finished(own_endpoint):
    return FinishedRunFactory(endpoint=own_endpoint, slot=JUNE)


def test_a_run_is_asked_for_and_followed(api, priced):
    reply = api.post(RUNS, asked(priced))

    assert reply.status_code == 202
    shown = reply.json()
    assert reply["Location"].endswith(f"{RUNS}{shown['id']}/")
    assert reply["Retry-After"] == "2"
    assert shown["status"] == "queued"
    assert shown["token_class"] == "short"
    assert shown["asked"]["requests"] == 65
    assert shown["progress"] == {
        "total": 65,
        "done": 0,
        "failed": 0,
        "cut_off": 0,
        "share": 0.0,
    }
    # 65 requests and a warm-up of 100 tokens in and 300 out:
    # 66 * (100 * 0.20 + 300 * 0.80) / 10**6 = 66 * 0.00026 = 0.01716.
    assert shown["estimate"] == usd("0.01716")
    assert shown["cost"] is None
    assert api.get(reply["Location"]).json() == shown
    event = AuditEvent.objects.get(action="benchmark_run.requested")
    assert event.api_key == api.api_key


def test_a_run_takes_every_field_of_the_load(api, organization, own_endpoint):
    workload = WorkloadRevisionFactory(workload__organization=organization).workload
    load = {
        "profile": "poisson",
        "requests": 20,
        "warmup": 2,
        "concurrency": 4,
        "requests_per_second": 2.5,
        "prompt_cache": "warm",
        "deadline_s": 60,
    }

    reply = api.post(
        RUNS,
        asked(own_endpoint, token_class="workload", workload=str(workload.pk), **load),
    )

    shown = reply.json()
    assert {name: shown["asked"][name] for name in load} == load
    assert shown["asked"]["workload"]["id"] == str(workload.pk)
    assert shown["estimate"] is None  # no price is known, and none was needed


def test_a_run_over_its_budget_is_refused_with_the_estimate(api, priced):
    reply = api.post(RUNS, asked(priced, budget=usd("0.01")))

    assert reply.status_code == 422
    problem = reply.json()
    assert problem["type"] == "urn:rightsize:problem:over-budget"
    assert problem["estimate"] == usd("0.01716")
    assert "0.018 USD" in errors_of(reply)["#/budget"]
    assert not BenchmarkRun.objects.exists()


def test_a_budget_needs_a_price(api, own_endpoint):
    reply = api.post(RUNS, asked(own_endpoint, budget=usd("1")))

    assert reply.status_code == 422
    assert reply.json()["estimate"] is None
    assert "no price" in errors_of(reply)["#/budget"]


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        ({"endpoint": "x"}, "#/endpoint", "UUID"),
        ({"endpoint": None}, "#/endpoint", "null"),
        ({"token_class": "tiny"}, "#/token_class", "short"),
        ({"token_class": "workload"}, "#/workload", "lengths"),
        ({"profile": "burst"}, "#/profile", "sweep"),
        ({"requests": 0}, "#/requests", "1"),
        ({"deadline_s": 481}, "#/deadline_s", "480"),
        ({"budget": usd("0")}, "#/budget/amount", "above 0"),
        ({"request": 10}, "#/request", "did you mean"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(
    api, own_endpoint, change, pointer, says
):
    reply = api.post(RUNS, asked(own_endpoint, **change))

    assert reply.status_code == 400
    assert says in errors_of(reply)[pointer]
    assert not BenchmarkRun.objects.exists()


def test_an_endpoint_that_is_off_is_not_measured(api, organization):
    own_endpoint = EndpointFactory(organization=organization, enabled=False)

    reply = api.post(RUNS, asked(own_endpoint))

    assert reply.status_code == 400
    assert "switch it on" in errors_of(reply)["#/endpoint"]


def test_a_strangers_endpoint_is_unknown(stranger, own_endpoint):
    reply = stranger.post(RUNS, asked(own_endpoint))

    assert reply.status_code == 400
    assert "take an id from endpoints/" in errors_of(reply)["#/endpoint"]


def test_a_shared_endpoints_bill_is_not_the_callers_to_run_up(api):
    reply = api.post(RUNS, asked(EndpointFactory()))

    assert reply.status_code == 403
    assert not BenchmarkRun.objects.exists()


def test_the_same_key_asks_for_one_run(api, own_endpoint):
    headers = {"Idempotency-Key": "run-1"}

    first = api.post(RUNS, asked(own_endpoint), headers=headers)
    again = api.post(RUNS, asked(own_endpoint), headers=headers)
    other = api.post(RUNS, asked(own_endpoint, requests=5), headers=headers)

    assert again.status_code == 202
    assert first.json() == again.json()
    assert again["Location"] == first["Location"]
    assert other.status_code == 422
    assert BenchmarkRun.objects.count() == 1


def test_a_finished_run_shows_its_result(api, own_endpoint):
    run = FinishedRunFactory(
        endpoint=own_endpoint,
        slot=JUNE,
        summary={"version": 1},
        client_version="rightsize 1.0",
        client_host="worker-7.internal",
        client_health={"client_limited": False},
    )

    reply = api.get(f"{RUNS}{run.pk}/")

    shown = reply.json()
    assert "Retry-After" not in reply
    assert shown["status"] == "succeeded"
    assert shown["progress"]["share"] == 1.0
    assert shown["timing"]["duration_s"] == 60.0
    assert shown["timing"]["window_end_s"] == 60.0
    assert shown["cost"] == usd("0.01")
    assert shown["summary"] == {"version": 1}
    assert shown["client"] == {
        "version": "rightsize 1.0",
        "health": {"client_limited": False},
    }
    assert shown["feeds_advice"] is True
    assert shown["not_fed_because"] is None
    assert shown["links"]["samples"].endswith(f"{RUNS}{run.pk}/samples/")
    assert shown["links"]["cancel"] is None
    assert shown["links"]["retry"].endswith(f"{RUNS}{run.pk}/retry/")
    # Where the service runs is nobody's business.
    assert "worker-7" not in reply.content.decode()


def test_a_run_says_why_advice_takes_nothing_from_it(api, own_endpoint):
    run = FinishedRunFactory(
        endpoint=own_endpoint, feeds_advice=False, not_fed_because="wrong_model"
    )

    shown = api.get(f"{RUNS}{run.pk}/").json()

    assert shown["not_fed_because"] == {
        "code": "wrong_model",
        "detail": "another model answered",
    }


def test_progress_is_a_share_and_says_when_to_look_again(api, own_endpoint):
    run = BenchmarkRunFactory(
        endpoint=own_endpoint,
        status="running",
        claim="00000000-0000-4000-8000-000000000001",
        lease_until=JUNE,
        requests_total=60,
        requests_done=15,
        requests_failed=3,
    )

    reply = api.get(f"{RUNS}{run.pk}/")

    assert reply["Retry-After"] == "2"
    assert reply.json()["progress"]["share"] == 0.25  # 15 of 60
    assert reply.json()["progress"]["failed"] == 3
    assert reply.json()["links"]["retry"] is None


def test_a_waiting_run_is_cancelled_once(api, own_endpoint):
    run = BenchmarkRunFactory(endpoint=own_endpoint)

    first = api.post(f"{RUNS}{run.pk}/cancel/")
    again = api.post(f"{RUNS}{run.pk}/cancel/")

    assert first.status_code == 202
    assert first.json()["status"] == "cancelled"
    assert again.status_code == 409
    assert again.json()["type"] == "urn:rightsize:problem:run-state"
    event = AuditEvent.objects.get(action="benchmark_run.cancelled")
    assert event.api_key == api.api_key


def test_a_running_run_is_called_off_and_over_once_its_worker_closes_it(
    api, own_endpoint
):
    run = BenchmarkRunFactory(
        endpoint=own_endpoint,
        status="running",
        claim="00000000-0000-4000-8000-000000000001",
        lease_until=JUNE,
    )

    cancelled = api.post(f"{RUNS}{run.pk}/cancel/").json()
    seen = api.get(f"{RUNS}{run.pk}/")

    assert cancelled["status"] == seen.json()["status"] == "cancelled"
    assert seen["Retry-After"] == "2"
    assert seen.json()["links"]["cancel"] is seen.json()["links"]["retry"] is None
    again = api.post(f"{RUNS}{run.pk}/retry/")
    assert again.status_code == 409
    assert "being stopped: try again in a second" in again.json()["detail"]
    # Called off twice, it is called off.
    assert api.post(f"{RUNS}{run.pk}/cancel/").status_code == 202


@pytest.mark.parametrize("step", ["cancel", "retry"])
@pytest.mark.parametrize("body", [{"requests": 5}, ["x"], "text"])
def test_what_can_be_stated_nowhere_is_refused(api, own_endpoint, step, body):
    run = BenchmarkRunFactory(endpoint=own_endpoint)

    reply = api.post(f"{RUNS}{run.pk}/{step}/", body, format="json")

    assert reply.status_code == 400
    assert "send no body" in reply.content.decode()
    assert BenchmarkRun.objects.get().status == "queued"


def test_a_finished_run_is_asked_for_again(api, own_endpoint):
    first = BenchmarkRun.objects.get(
        pk=api.post(RUNS, asked(own_endpoint)).json()["id"]
    )
    api.post(f"{RUNS}{first.pk}/cancel/")

    reply = api.post(f"{RUNS}{first.pk}/retry/")

    assert reply.status_code == 202
    again = reply.json()
    assert again["id"] != str(first.pk)
    assert again["retry_of"] == str(first.pk)
    assert reply["Location"].endswith(f"{RUNS}{again['id']}/")
    assert again["asked"]["seed"] != first.asked["seed"]
    assert {**again["asked"], "seed": 0} == {**first.asked, "seed": 0}


def test_a_run_that_is_not_over_is_not_asked_for_again(api, own_endpoint):
    run = BenchmarkRunFactory(endpoint=own_endpoint)

    reply = api.post(f"{RUNS}{run.pk}/retry/")

    assert reply.status_code == 409
    assert "cancel it first" in reply.json()["detail"]


def test_an_imported_run_has_no_endpoint_to_measure_again(
    api, organization, own_endpoint
):
    run = FinishedRunFactory(
        endpoint=None,
        organization=organization,
        offering=own_endpoint.offering,
        service_tier="standard",
        basis="imported",
    )

    shown = api.get(f"{RUNS}{run.pk}/").json()
    reply = api.post(f"{RUNS}{run.pk}/retry/")

    assert shown["endpoint"] is shown["links"]["endpoint"] is None
    assert shown["links"]["retry"] is None
    assert reply.status_code == 409


def test_samples_are_columns(api, own_endpoint):
    run = FinishedRunFactory(endpoint=own_endpoint, samples=steady(2, ttft_ms=150.0))

    reply = api.get(f"{RUNS}{run.pk}/samples/")

    shown = reply.json()
    assert shown["run"] == str(run.pk)
    assert shown["requests"] == 2
    assert shown["columns"]["ttft_ms"] == [150.0, 150.0]
    assert shown["columns"]["connect_ms"] == [None, None]


@pytest.mark.parametrize(
    "ask", [{"query_params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}]
)
def test_samples_are_streamed_as_csv(api, own_endpoint, ask):
    samples = [*steady(2), Sample(intended_s=9.0, error=ErrorKind.CONNECT)]
    samples[0].served_model = "=1+1"
    run = FinishedRunFactory(endpoint=own_endpoint, samples=samples)

    reply = api.get(f"{RUNS}{run.pk}/samples/", **ask)

    assert reply.streaming
    assert reply["Content-Type"].startswith("text/csv")
    assert f"run-{run.pk}.csv" in reply["Content-Disposition"]
    rows = list(csv.DictReader(reply.getvalue().decode().splitlines()))
    assert [row["ttft_ms"] for row in rows] == ["200", "200", ""]
    assert rows[0]["served_model"] == "'=1+1"
    assert rows[2]["error"] == "connect"


def test_samples_of_another_kind_are_refused(api, finished):
    address = f"{RUNS}{finished.pk}/samples/"

    refused = api.get(address, headers={"Accept": "application/x-parquet"})

    assert refused.status_code == 406
    assert "text/csv" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "samples/"), ("post", "cancel/"), ("post", "retry/")],
)
def test_a_strangers_run_is_not_there(stranger, finished, method, path):
    reply = getattr(stranger, method)(f"{RUNS}{finished.pk}/{path}")

    assert reply.status_code == 404
    assert stranger.get(RUNS).json()["results"] == []


def test_a_shared_run_is_read_by_all_and_stopped_by_no_caller(api):
    shared = BenchmarkRunFactory()

    assert api.get(f"{RUNS}{shared.pk}/").status_code == 200
    assert api.get(f"{RUNS}{shared.pk}/samples/").status_code == 200
    for action in ("cancel", "retry"):
        refused = api.post(f"{RUNS}{shared.pk}/{action}/")
        assert refused.status_code == 403
        assert "own" in refused.json()["detail"]


def test_asking_stopping_and_repeating_need_the_scope(organization, finished):
    reader = api_client_for(organization, scopes=["read"])
    address = f"{RUNS}{finished.pk}/"

    assert reader.get(address).status_code == 200
    assert reader.post(RUNS, asked(finished.endpoint)).status_code == 403
    assert reader.post(f"{address}cancel/").status_code == 403
    assert reader.post(f"{address}retry/").status_code == 403


def test_the_list_is_filtered(api, organization, own_endpoint):
    plan = BenchmarkPlanFactory(endpoint=own_endpoint)
    planned = FinishedRunFactory(endpoint=own_endpoint, plan=plan, slot=JUNE)
    later = FinishedRunFactory(
        endpoint=EndpointFactory(organization=organization),
        slot=JUNE + timedelta(days=1),
        token_class="long",
        status="partial",
    )

    def found(**query):
        return {row["id"] for row in api.get(RUNS, query).json()["results"]}

    first, second = {str(planned.pk)}, {str(later.pk)}
    assert found() == first | second
    assert found(endpoint=str(own_endpoint.pk)) == first
    assert found(offering=str(later.offering_id)) == second
    assert found(plan=str(plan.pk)) == first
    assert found(status="partial") == second
    assert found(token_class="short") == first
    assert found(basis="imported") == set()
    assert found(since="2026-06-02") == second  # included
    assert found(until="2026-06-02") == first  # not included
    assert found(since="2026-06-01T00:00:00Z", until="2026-06-01") == set()


@pytest.mark.parametrize(
    "query",
    [
        {"endpoint": "x"},
        {"offering": "x"},
        {"plan": "x"},
        {"status": "done"},
        {"token_class": "tiny"},
        {"basis": "guessed"},
        {"since": "yesterday"},
        {"until": "2026-06-01T00:00:00"},  # without an offset
        {"cursor": "x"},
        {"page_size": "0"},
        {"state": "failed"},
    ],
)
def test_a_filter_with_a_slip_is_refused(api, query):
    reply = api.get(RUNS, query)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == f"#/{next(iter(query))}"


def test_pages_go_back_in_time(api, own_endpoint):
    runs = [
        FinishedRunFactory(endpoint=own_endpoint, slot=JUNE + timedelta(hours=hour))
        for hour in range(5)
    ]
    newest_first = [str(run.pk) for run in reversed(runs)]

    pages, address = [], f"{RUNS}?page_size=2"
    while address:
        page = api.get(address).json()
        pages.append([row["id"] for row in page["results"]])
        address = page["next"]

    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:]]


def test_a_page_leaves_out_what_is_long_and_takes_two_queries(
    api, own_endpoint, django_assert_num_queries
):
    for hour in range(10):
        FinishedRunFactory(endpoint=own_endpoint, slot=JUNE + timedelta(hours=hour))
    api.get(RUNS)  # notes when the key was last used

    with django_assert_num_queries(2) as captured:  # the key, the page
        rows = api.get(RUNS).json()["results"]

    assert len(rows) == 10
    assert not {"asked", "summary", "client"} & set(rows[0])
    assert "ttft_ms" not in captured[1]["sql"]
    assert "credential" not in captured[1]["sql"]


def test_one_run_takes_two_queries(api, finished, django_assert_num_queries):
    address = f"{RUNS}{finished.pk}/"
    api.get(address)

    with django_assert_num_queries(2):  # the key, the run
        assert api.get(address).status_code == 200


def test_amounts_are_exact(api, own_endpoint):
    run = FinishedRunFactory(endpoint=own_endpoint, cost_usd=Decimal("0.000000001"))

    assert api.get(f"{RUNS}{run.pk}/").json()["cost"] == usd("0.000000001")
