from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from benchmarks.models import BenchmarkPlan
from tests.api_clients import api_client_for
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
)
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

PLANS = "/api/v1/benchmark-plans/"


def stated(own_endpoint, **changes):
    return {"endpoint": str(own_endpoint.pk), "token_classes": ["short"], **changes}


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def errors_of(reply):
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


@pytest.fixture
def plan(own_endpoint):
    return BenchmarkPlanFactory(endpoint=own_endpoint)


def test_a_plan_is_kept_with_its_defaults(api, organization, own_endpoint):
    before = timezone.now()

    reply = api.post(PLANS, stated(own_endpoint))

    assert reply.status_code == 201
    shown = reply.json()
    assert reply["Location"].endswith(f"{PLANS}{shown['id']}/")
    assert shown.pop("id")
    assert shown.pop("created_at")
    assert shown.pop("offering")["id"] == str(own_endpoint.offering_id)
    due = datetime.fromisoformat(shown.pop("next_slot_at"))
    # Every three hours, moved by less than ten minutes.
    assert before < due < before + timedelta(minutes=190)
    assert shown == {
        "endpoint": str(own_endpoint.pk),
        "enabled": True,
        "cadence_minutes": 180,
        "jitter_minutes": 10,
        "hours_allowed": [],
        "token_classes": ["short"],
        "workload": None,
        "profile": "single",
        "requests": 65,
        "warmup": 1,
        "concurrency": 1,
        "requests_per_second": 1.0,
        "prompt_cache": "cold",
        "deadline_s": 300,
        "budget_per_run": None,
        "budget_per_month": None,
        "spent_this_month": usd("0"),
        "last_run": None,
    }
    assert BenchmarkPlan.objects.get().organization == organization
    event = AuditEvent.objects.get(action="benchmark_plan.created")
    assert event.api_key == api.api_key


def test_budgets_are_amounts_with_a_currency(api, own_endpoint):
    asked = {"budget_per_run": usd("0.50"), "budget_per_month": usd("20")}

    shown = api.post(PLANS, stated(own_endpoint, **asked)).json()

    assert shown["budget_per_run"] == usd("0.5")
    assert shown["budget_per_month"] == usd("20")
    plan = BenchmarkPlan.objects.get()
    assert plan.budget_per_run_usd == Decimal("0.50")
    assert plan.budget_per_month_usd == Decimal(20)


def test_a_patch_merges_and_null_takes_a_budget_away(api, own_endpoint):
    asked = stated(
        own_endpoint,
        budget_per_run=usd("1"),
        budget_per_month=usd("20"),
        cadence_minutes=60,
        requests=30,
    )
    address = f"{PLANS}{api.post(PLANS, asked).json()['id']}/"

    reply = api.patch(
        address, {"budget_per_run": None, "requests": None, "enabled": False}
    )

    assert reply.status_code == 200
    shown = reply.json()
    assert shown["budget_per_run"] is None
    assert shown["budget_per_month"] == usd("20")
    assert shown["requests"] == 65  # the default again
    assert shown["cadence_minutes"] == 60
    assert shown["next_slot_at"] is None  # it is switched off
    event = AuditEvent.objects.get(action="benchmark_plan.revised")
    assert event.api_key == api.api_key


def test_a_reply_can_be_edited_and_sent_back(api, own_endpoint):
    shown = api.post(PLANS, stated(own_endpoint, budget_per_run=usd("1"))).json()

    reply = api.patch(f"{PLANS}{shown['id']}/", {**shown, "warmup": 2})

    assert reply.json() == {**shown, "warmup": 2}


def test_a_plan_says_how_it_went_last_and_what_this_month_cost(api, plan):
    now = timezone.now()
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    earlier = month - timedelta(seconds=1)
    FinishedRunFactory(plan=plan, endpoint=plan.endpoint, slot=earlier, cost_usd=5)
    FinishedRunFactory(
        plan=plan, endpoint=plan.endpoint, slot=month, cost_usd=Decimal("0.25")
    )
    failed = FinishedRunFactory(
        plan=plan,
        endpoint=plan.endpoint,
        slot=month + timedelta(microseconds=1),
        status="failed",
        feeds_advice=False,
        cost_usd=None,
        estimate_usd=Decimal("0.5"),
    )

    shown = api.get(f"{PLANS}{plan.pk}/").json()

    # 0.25 paid, and the estimate where the cost is unknown; the 5 are last month's.
    assert shown["spent_this_month"] == usd("0.75")
    assert shown["last_run"]["id"] == str(failed.pk)
    assert shown["last_run"]["status"] == "failed"


def test_what_waits_has_cost_nothing(api, plan):
    BenchmarkRunFactory(
        plan=plan,
        endpoint=plan.endpoint,
        slot=timezone.now(),
        estimate_usd=Decimal("0.5"),
    )

    shown = api.get(f"{PLANS}{plan.pk}/").json()

    assert shown["spent_this_month"] == usd("0")
    assert shown["last_run"]["status"] == "queued"


def test_a_plan_of_an_endpoint_that_is_off_is_not_due(api, organization):
    own_endpoint = EndpointFactory(organization=organization, enabled=False)
    plan = BenchmarkPlanFactory(endpoint=own_endpoint)

    assert api.get(f"{PLANS}{plan.pk}/").json()["next_slot_at"] is None


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        ({"token_classes": []}, "#/token_classes", "at least 1"),
        ({"token_classes": ["tiny"]}, "#/token_classes/0", "short"),
        ({"token_classes": ["workload"]}, "#/workload", "lengths"),
        ({"cadence_minutes": 0}, "#/cadence_minutes", "1"),
        ({"cadence_minutes": 10_081}, "#/cadence_minutes", "10080"),
        ({"jitter_minutes": 180}, "#/jitter_minutes", "less than the cadence"),
        ({"hours_allowed": [24]}, "#/hours_allowed/0", "23"),
        (
            {"cadence_minutes": 1440, "hours_allowed": [5]},
            "#/hours_allowed",
            "no run ever",
        ),
        ({"requests": 5_001}, "#/requests", "5000"),
        ({"requests": "60"}, "#/requests", "without quotes"),
        ({"warmup": 101}, "#/warmup", "100"),
        ({"concurrency": 257}, "#/concurrency", "256"),
        ({"requests_per_second": 0}, "#/requests_per_second", "0.001"),
        ({"profile": "burst"}, "#/profile", "poisson"),
        ({"prompt_cache": "hot"}, "#/prompt_cache", "warm"),
        ({"deadline_s": 481}, "#/deadline_s", "480"),
        ({"budget_per_run": usd("0")}, "#/budget_per_run/amount", "above 0"),
        ({"budget_per_run": usd("-1")}, "#/budget_per_run/amount", "0"),
        (
            {"budget_per_month": {"amount": "1", "currency": "EUR"}},
            "#/budget_per_month/currency",
            "USD",
        ),
        ({"budget": usd("1")}, "#/budget", "did you mean"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(
    api, own_endpoint, change, pointer, says
):
    reply = api.post(PLANS, stated(own_endpoint, **change))

    assert reply.status_code == 400
    assert says in errors_of(reply)[pointer]
    assert not BenchmarkPlan.objects.exists()


def test_a_workload_is_the_callers_own(api, organization, own_endpoint):
    own = WorkloadRevisionFactory(workload__organization=organization).workload
    theirs = WorkloadRevisionFactory().workload
    asked = stated(own_endpoint, token_classes=["workload"])

    kept = api.post(PLANS, {**asked, "workload": str(own.pk)})
    refused = api.post(PLANS, {**asked, "workload": str(theirs.pk)})

    assert kept.json()["workload"] == str(own.pk)
    assert refused.status_code == 400
    assert "workloads/" in errors_of(refused)["#/workload"]


def test_a_strangers_endpoint_cannot_be_planned_for(stranger, own_endpoint):
    reply = stranger.post(PLANS, stated(own_endpoint))

    assert reply.status_code == 400
    assert "take an id from endpoints/" in errors_of(reply)["#/endpoint"]


def test_a_shared_endpoints_bill_is_not_the_callers_to_run_up(api):
    reply = api.post(PLANS, stated(EndpointFactory()))

    assert reply.status_code == 403
    assert "one of your own" in reply.json()["detail"]
    assert not BenchmarkPlan.objects.exists()


def test_a_plan_stays_with_its_endpoint(api, organization, plan):
    other = EndpointFactory(organization=organization)

    reply = api.patch(f"{PLANS}{plan.pk}/", {"endpoint": str(other.pk)})

    assert reply.status_code == 400
    assert "another plan" in errors_of(reply)["#/endpoint"]


def test_a_strangers_plan_is_not_there(stranger, plan):
    address = f"{PLANS}{plan.pk}/"

    assert stranger.get(address).status_code == 404
    assert stranger.patch(address, {"enabled": False}).status_code == 404
    assert stranger.get(PLANS).json()["results"] == []


def test_a_shared_plan_is_read_by_all_and_edited_by_no_caller(api):
    shared = BenchmarkPlanFactory()
    address = f"{PLANS}{shared.pk}/"

    edited = api.patch(address, {"enabled": False})

    assert api.get(address).status_code == 200
    assert edited.status_code == 403
    assert "your own" in edited.json()["detail"]


def test_writing_needs_the_scope(organization, own_endpoint, plan):
    reader = api_client_for(organization, scopes=["read"])

    assert reader.get(PLANS).status_code == 200
    assert reader.post(PLANS, stated(own_endpoint)).status_code == 403
    edit = reader.patch(f"{PLANS}{plan.pk}/", {"enabled": False})
    assert edit.status_code == 403


def test_the_same_key_makes_one_plan(api, own_endpoint):
    headers = {"Idempotency-Key": "plan-1"}

    first = api.post(PLANS, stated(own_endpoint), headers=headers)
    again = api.post(PLANS, stated(own_endpoint), headers=headers)

    assert first.json() == again.json()
    assert BenchmarkPlan.objects.count() == 1


def test_the_list_is_filtered(api, organization, plan):
    off = BenchmarkPlanFactory(
        endpoint=EndpointFactory(organization=organization), enabled=False
    )

    def found(**query):
        return {row["id"] for row in api.get(PLANS, query).json()["results"]}

    assert found(enabled="true") == {str(plan.pk)}
    assert found(endpoint=str(off.endpoint_id)) == {str(off.pk)}


@pytest.mark.parametrize("query", [{"endpoint": "x"}, {"enabled": "1"}, {"on": "x"}])
def test_a_filter_with_a_slip_is_refused(api, query):
    reply = api.get(PLANS, query)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == f"#/{next(iter(query))}"


def test_a_page_takes_as_many_queries_however_long(
    api, own_endpoint, django_assert_num_queries
):
    for plan in BenchmarkPlanFactory.create_batch(10, endpoint=own_endpoint):
        FinishedRunFactory(
            plan=plan, endpoint=own_endpoint, slot=datetime(2026, 1, 2, tzinfo=UTC)
        )
    api.get(PLANS)  # notes when the key was last used

    with django_assert_num_queries(2):  # the key, the page
        rows = api.get(PLANS).json()["results"]

    assert len(rows) == 10


def test_another_organizations_offering_is_not_shown_through_a_plan(stranger):
    BenchmarkPlanFactory(endpoint__organization=OrganizationFactory())

    assert stranger.get(PLANS).json()["results"] == []
