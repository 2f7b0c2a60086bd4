from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from benchmarks.models import BenchmarkPlan, BenchmarkRun
from benchmarks.services import next_slot
from tests.benchmarks.measured import measured, said
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    EndpointFactory,
)
from tests.factories.catalog import PriceFactory

pytestmark = pytest.mark.django_db

ADMIN = "/admin/benchmarks/"


def stated(**changes):
    return {
        "enabled": "on",
        "token_classes": ["short", "long"],
        "workload": "",
        "cadence_minutes": "60",
        "jitter_minutes": "5",
        "hours_allowed": "0,1,22",
        "priority": "0",
        "profile": "single",
        "prompt_cache": "cold",
        "requests": "60",
        "warmup": "1",
        "concurrency": "1",
        "requests_per_second": "1.0",
        "deadline_s": "300",
        "budget_per_run_usd": "",
        "budget_per_month_usd": "20",
        **changes,
    }


def test_one_is_added_and_audited(client, admin_person):
    endpoint = EndpointFactory()

    reply = client.post(f"{ADMIN}benchmarkplan/add/", stated(endpoint=str(endpoint.pk)))

    assert reply.status_code == 302
    plan = BenchmarkPlan.objects.get()
    assert plan.endpoint == endpoint
    assert plan.token_classes == ["short", "long"]
    assert plan.hours_allowed == [0, 1, 22]
    assert plan.budget_per_month_usd == Decimal(20)
    event = AuditEvent.objects.get()
    assert event.action == "benchmark_plan.created"
    assert event.user == admin_person


def test_one_is_changed_and_empty_hours_are_all(client, admin_person):
    plan = BenchmarkPlanFactory(hours_allowed=[3])

    reply = client.post(
        f"{ADMIN}benchmarkplan/{plan.pk}/change/", stated(hours_allowed="")
    )

    assert reply.status_code == 302
    plan.refresh_from_db()
    assert plan.hours_allowed == []
    assert plan.cadence_minutes == 60
    assert AuditEvent.objects.get().action == "benchmark_plan.revised"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hours_allowed": "24"}, b"less than or equal to 23"),
        ({"jitter_minutes": "60"}, b"less than the cadence"),
        ({"token_classes": ["workload"]}, b"lengths"),
        ({"token_classes": []}, b"required"),
        ({"budget_per_run_usd": "0"}, b"above zero"),
    ],
)
def test_what_the_service_refuses_is_shown(client, admin_person, changes, says):
    asked = stated(endpoint=str(EndpointFactory().pk), **changes)

    reply = client.post(f"{ADMIN}benchmarkplan/add/", asked)

    assert reply.status_code == 200
    assert says in reply.content
    assert not BenchmarkPlan.objects.exists()


def acted(client, action, *plans):
    chosen = {"action": action, "_selected_action": [plan.pk for plan in plans]}
    return client.post(f"{ADMIN}benchmarkplan/", chosen, follow=True)


@pytest.mark.parametrize(("action", "on"), [("enable", True), ("disable", False)])
def test_plans_are_switched(client, admin_person, action, on):
    plan = BenchmarkPlanFactory(enabled=not on)

    acted(client, action, plan)

    plan.refresh_from_db()
    assert plan.enabled is on
    event = AuditEvent.objects.get()
    assert (event.action, event.user) == ("benchmark_plan.revised", admin_person)


def test_plans_run_now(client, admin_person):
    plan = BenchmarkPlanFactory(token_classes=["short", "long"])

    reply = acted(client, "run_now", plan)

    assert said(reply) == ["2 run(s) queued."]
    runs = BenchmarkRun.objects.filter(plan=plan, status="queued")
    assert {run.token_class for run in runs} == {"short", "long"}
    events = AuditEvent.objects.all()
    assert {(each.action, each.user) for each in events} == {
        ("benchmark_run.requested", admin_person)
    }


def test_a_plan_over_its_budget_does_not_run_and_the_others_do(client, admin_person):
    dear = BenchmarkPlanFactory(budget_per_run_usd=Decimal("0.000001"))
    PriceFactory(offering=dear.endpoint.offering)

    reply = acted(client, "run_now", dear, BenchmarkPlanFactory())

    over, queued = said(reply)
    assert over.startswith(f"{dear.endpoint.name}: The run is estimated at 0.016")
    assert queued == "1 run(s) queued."
    assert not BenchmarkRun.objects.filter(plan=dear).exists()


def test_the_list_tells_next_slot_last_run_and_spend(client, admin_person):
    plan = BenchmarkPlanFactory(budget_per_month_usd=Decimal(20))
    run = measured(plan=plan, endpoint=plan.endpoint, slot=timezone.now())

    due = f"{next_slot(plan, timezone.now()):%Y-%m-%d %H:%M}"

    page = client.get(f"{ADMIN}benchmarkplan/").content.decode()

    assert "every 3 h" in page
    assert due in page
    assert f"{ADMIN}benchmarkrun/{run.pk}/change/" in page
    assert "0.01 USD" in page
    assert "20.00 USD" in page
