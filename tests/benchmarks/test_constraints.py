"""Rules that the database itself keeps."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from benchmarks.harness.samples import FIGURES, WORDS
from benchmarks.models import BenchmarkPlan, BenchmarkRun, Endpoint
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import (
    JANUARY,
    BenchmarkPlanFactory,
    BenchmarkRunFactory,
    EndpointFactory,
    FinishedRunFactory,
)
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CLAIMED = {
    "status": "running",
    "claim": uuid4(),
    "claimed_at": NOON,
    "lease_until": NOON + timedelta(minutes=15),
}


def refused(constraint):
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": ""}, "endpoint_says_what_to_call"),
        ({"base_url": ""}, "endpoint_says_what_to_call"),
        ({"wire_model": ""}, "endpoint_says_what_to_call"),
        ({"protocol": "telnet"}, "endpoint_protocol_known"),
        ({"service_tier": "royal"}, "endpoint_tier_known"),
    ],
)
def test_an_endpoint_says_what_to_call(fields, constraint):
    with refused(constraint):
        EndpointFactory(**fields)


def test_a_name_is_taken_once_per_owner_and_once_among_the_shared():
    owner = OrganizationFactory()
    EndpointFactory(name="A", organization=None)
    EndpointFactory(name="A", organization=owner)

    for organization in (None, owner):
        with refused("endpoint_name_once_per_owner"), transaction.atomic():
            EndpointFactory(name="A", organization=organization)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"cadence_minutes": 0}, "plan_cadence_minutes_in_range"),
        ({"cadence_minutes": 10_081}, "plan_cadence_minutes_in_range"),
        ({"cadence_minutes": 10, "jitter_minutes": 10}, "plan_jitter_within_cadence"),
        ({"requests": 5_001}, "plan_requests_in_range"),
        ({"warmup": 101}, "plan_warmup_in_range"),
        ({"concurrency": 257}, "plan_concurrency_in_range"),
        ({"requests_per_second": 0.0}, "plan_requests_per_second_in_range"),
        ({"deadline_s": 481}, "plan_deadline_s_in_range"),
        ({"hours_allowed": [24]}, "plan_hours_are_of_a_day"),
        ({"token_classes": []}, "plan_token_classes_known"),
        ({"token_classes": ["huge"]}, "plan_token_classes_known"),
        ({"token_classes": ["workload"]}, "plan_workload_when_asked_for"),
        ({"profile": "flood"}, "plan_load_known"),
        ({"prompt_cache": "hot"}, "plan_load_known"),
        ({"budget_per_run_usd": 0}, "plan_budgets_positive"),
        ({"budget_per_month_usd": -1}, "plan_budgets_positive"),
    ],
)
def test_a_plan_stays_within_bounds(fields, constraint):
    with refused(constraint):
        BenchmarkPlanFactory(**fields)


def test_a_workload_is_named_only_when_its_lengths_are_asked_for():
    workload = WorkloadFactory()
    BenchmarkPlanFactory(workload=workload, token_classes=["short", "workload"])

    with refused("plan_workload_when_asked_for"):
        BenchmarkPlanFactory(workload=workload, token_classes=["short"])


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "lost"}, "run_(words_known|closed_when_final)"),
        ({"basis": "guessed"}, "run_(words_known|measured_at_an_endpoint)"),
        ({"token_class": "huge"}, "run_words_known"),
        ({"not_fed_because": "mood"}, "run_words_known"),
        ({"status": "succeeded"}, "run_closed_when_final"),
        ({"status": "queued", "closed_at": NOON}, "run_closed_when_final"),
        ({"status": "running"}, "run_claimed_while_running"),
        ({"basis": "imported"}, "run_measured_at_an_endpoint"),
        ({"feeds_advice": True}, "run_feeds_advice_when_known"),
        ({"ttft_ms": [1.0]}, "run_columns_of_one_length"),
        ({"error": ["timeout"]}, "run_columns_of_one_length"),
    ],
)
def test_a_run_is_in_a_state_that_makes_sense(fields, constraint):
    with refused(constraint):
        BenchmarkRunFactory(**fields)


def test_a_plan_runs_once_per_slot_and_token_class_but_may_be_tried_again():
    plan = BenchmarkPlanFactory()
    first = BenchmarkRunFactory(plan=plan, endpoint=plan.endpoint)
    BenchmarkRunFactory(plan=plan, endpoint=plan.endpoint, token_class="long")
    BenchmarkRunFactory(plan=plan, endpoint=plan.endpoint, retry_of=first)

    with refused("run_once_per_slot"):
        BenchmarkRunFactory(plan=plan, endpoint=plan.endpoint)


def test_two_runs_never_measure_one_endpoint_at_once():
    endpoint = EndpointFactory()
    BenchmarkRunFactory(endpoint=endpoint, **CLAIMED)
    BenchmarkRunFactory(endpoint=endpoint)

    with refused("run_alone_at_its_endpoint"):
        BenchmarkRunFactory(endpoint=endpoint, **CLAIMED)


def test_a_closed_run_can_be_neither_changed_nor_deleted():
    run = FinishedRunFactory()

    with refused("add-only"), transaction.atomic():
        BenchmarkRun.objects.filter(pk=run.pk).update(failure="rewritten")
    with refused("add-only"), transaction.atomic():
        BenchmarkRun.objects.filter(pk=run.pk).delete()


def test_an_open_run_can_be_written():
    run = BenchmarkRunFactory()

    assert BenchmarkRun.objects.filter(pk=run.pk).update(requests_done=1) == 1


def test_a_run_has_a_column_for_each_figure_and_word_of_the_harness():
    columns = {
        field.name
        for field in BenchmarkRun._meta.get_fields()
        if getattr(field, "base_field", None) is not None
    }

    assert columns == {*FIGURES, *WORDS}


def test_samples_come_back_as_they_were_measured():
    run = FinishedRunFactory()

    kept = BenchmarkRun.objects.get(pk=run.pk).samples

    assert len(kept) == 60
    assert kept["ttft_ms"].tolist() == [200.0] * 60
    assert kept["request_ms"][0] == 200 + 20 * 299  # TTFT, then 299 gaps of TPOT
    assert kept.words["finish_reason"] == ("length",) * 60


def test_a_credential_is_stored_encrypted():
    EndpointFactory(credential="sk-not-for-the-dump")

    with connection.cursor() as cursor:
        cursor.execute("SELECT credential FROM benchmarks_endpoint")
        (stored,) = cursor.fetchone()

    assert stored
    assert "sk-not" not in stored
    assert Endpoint.objects.get().credential == "sk-not-for-the-dump"


def test_the_default_start_of_a_plan_is_valid():
    plan = BenchmarkPlanFactory()

    plan.full_clean()

    assert BenchmarkPlan.objects.get().created_at == JANUARY
