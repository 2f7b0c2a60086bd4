"""Due slots become runs: once each, and never in a burst."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.models import BenchmarkRun
from benchmarks.services import open_due_slots
from tests.benchmarks.services.at_once import at_once
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import BenchmarkPlanFactory, EndpointFactory
from tests.factories.workloads import WorkloadFactory

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
every = pytest.mark.django_db


def plan(**fields):
    return BenchmarkPlanFactory(
        **{"cadence_minutes": 60, "jitter_minutes": 0, **fields}
    )


def slots():
    rows = BenchmarkRun.objects.order_by("slot", "token_class")
    return list(rows.values_list("slot", "token_class"))


def end_all():
    BenchmarkRun.objects.filter(closed_at=None).update(
        status="failed", closed_at=datetime(2026, 3, 2, tzinfo=UTC)
    )


@every
def test_a_slot_that_is_due_becomes_a_run_per_token_class():
    due = plan(token_classes=["short", "long"], priority=4)

    opened = open_due_slots(NOON + timedelta(seconds=30))

    assert slots() == [(NOON, "long"), (NOON, "short")]
    run = BenchmarkRun.objects.get(pk=opened[0])
    assert (run.plan, run.priority, run.status) == (due, 4, "queued")
    assert run.asked["requests"] == due.requests


@every
def test_a_second_tick_of_the_same_slot_opens_nothing():
    plan()
    open_due_slots(NOON)
    end_all()

    assert open_due_slots(NOON + timedelta(minutes=59)) == []


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_open_one_run():
    plan()

    opened = at_once(2, lambda: open_due_slots(NOON))

    assert slots() == [(NOON, "short")]
    assert sorted(map(len, opened)) == [0, 1]


@every
def test_a_plan_that_fell_behind_gets_its_newest_missed_slot_alone():
    plan()
    open_due_slots(NOON)
    end_all()

    open_due_slots(NOON + timedelta(hours=7, minutes=20))

    assert slots() == [(NOON, "short"), (NOON + timedelta(hours=7), "short")]


@every
def test_while_a_run_waits_no_further_slot_of_its_plan_and_class_is_opened():
    plan()
    for hour in range(5):
        open_due_slots(NOON + timedelta(hours=hour))
    assert slots() == [(NOON, "short")]

    end_all()
    open_due_slots(NOON + timedelta(hours=4, minutes=1))

    assert slots() == [(NOON, "short"), (NOON + timedelta(hours=4), "short")]


@every
def test_a_plan_starts_with_the_first_slot_after_it_was_made():
    plan(created_at=NOON + timedelta(minutes=1))

    assert open_due_slots(NOON + timedelta(minutes=59)) == []
    assert len(open_due_slots(NOON + timedelta(minutes=60))) == 1


@every
def test_outside_its_hours_a_plan_opens_nothing():
    plan(hours_allowed=[3])

    assert open_due_slots(NOON) == []
    assert len(open_due_slots(NOON.replace(hour=3, minute=5))) == 1


@every
def test_what_is_switched_off_is_not_due():
    plan(enabled=False)
    plan(endpoint=EndpointFactory(enabled=False))

    assert open_due_slots(NOON) == []


@every
def test_plans_of_one_cadence_do_not_all_fall_on_one_minute():
    for _ in range(12):
        plan(jitter_minutes=50)

    open_due_slots(NOON + timedelta(minutes=50))

    # Twelve draws of fifty minutes all alike: 50**-11.
    assert len({slot.replace(second=0) for slot, _ in slots()}) > 1


@every
def test_one_plan_that_cannot_be_run_does_not_hold_up_the_others(caplog):
    endpoint = EndpointFactory()
    workload = WorkloadFactory()  # without a revision, past the services
    plan(endpoint=endpoint, token_classes=["workload"], workload=workload)
    plan()

    opened = open_due_slots(NOON)

    assert len(opened) == 1
    assert "cannot be run as it is" in caplog.text


@every
def test_a_credential_that_no_key_opens_does_not_hold_up_the_others(settings):
    plan(endpoint=EndpointFactory(credential="sk-of-another-key"))
    settings.SECRET_KEY = "another-key-altogether"
    plan()

    assert len(open_due_slots(NOON)) == 1


@every
def test_plans_open_no_more_than_their_organizations_share(settings):
    settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = 2
    tenant = OrganizationFactory()
    for _ in range(3):
        plan(endpoint=EndpointFactory(organization=tenant))
    plan()

    opened = open_due_slots(NOON)

    assert len(opened) == 3  # two of the tenant's, and the shared one
    assert BenchmarkRun.objects.filter(organization=tenant).count() == 2
