"""/metrics: who may read it, and what it says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from advisor.celery import app
from advisor.pages.operations import broker
from advisor.pages.operations.exposition import exposition
from advisor.pages.tasks import note_heartbeat
from advisor.recommendations.models import WorkloadWatch
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    BenchmarkRunFactory,
    FinishedRunFactory,
)
from tests.factories.catalog import CatalogueChangeFactory, PriceSheetFactory
from tests.factories.workloads import WorkloadFactory

pytestmark = pytest.mark.django_db

CLOSED = "redis://127.0.0.1:1/0"  # nothing listens on port 1
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
# Three counts of runs and failures, deliveries twice, two totals, two ages, and
# plans and runs of the month three times.
QUERIES = 12


def gauges(text):
    """Return every sample as {(name, label value): value}."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_counts_rows_by_state(django_assert_num_queries):
    BenchmarkRunFactory(slot=NOON - timedelta(days=3))  # waits, however long
    FinishedRunFactory(slot=NOON - timedelta(hours=2))
    FinishedRunFactory(
        slot=NOON - timedelta(hours=3),
        status="failed",
        feeds_advice=False,
        not_fed_because="no_answers",
        stop_reason="completed",
        summary={"metrics": {"errors_by_kind": {"http_4xx": 50, "timeout": 10}}},
    )
    FinishedRunFactory(slot=NOON - timedelta(hours=30))  # not of this day
    PriceSheetFactory(status="held")
    PriceSheetFactory(status="applied")
    WorkloadFactory()
    WorkloadFactory(archived_at=NOON)

    with django_assert_num_queries(QUERIES):
        found = gauges(exposition(NOON).decode())

    assert found["rightsize_benchmark_runs", "queued"] == 1
    assert found["rightsize_benchmark_runs", "succeeded"] == 1
    assert found["rightsize_benchmark_runs", "failed"] == 1
    assert found["rightsize_benchmark_runs_failing", "http_4xx"] == 1
    assert found["rightsize_deliveries", "dead"] == 0
    assert found["rightsize_price_sheets_held",] == 1
    assert found["rightsize_workloads",] == 1


def test_it_adds_up_what_measuring_costs_this_month():
    plan = BenchmarkPlanFactory(budget_per_month_usd=Decimal(40))
    BenchmarkPlanFactory(budget_per_month_usd=Decimal(10))
    BenchmarkPlanFactory(budget_per_month_usd=Decimal(99), enabled=False)
    FinishedRunFactory(
        plan=plan, endpoint=plan.endpoint, slot=NOON, cost_usd=Decimal("1.25")
    )
    FinishedRunFactory(slot=NOON, cost_usd=None, estimate_usd=Decimal("0.5"))
    FinishedRunFactory(slot=datetime(2026, 10, 31, tzinfo=UTC), cost_usd=Decimal(7))

    found = gauges(exposition(NOON).decode())

    # 1.25 as charged and 0.50 as estimated; October's 7 is another month's.
    assert found["rightsize_measuring_spent_usd",] == 1.75
    assert found["rightsize_measuring_budget_usd",] == 50


def test_ages_are_those_of_the_newest_change_and_the_oldest_watch():
    CatalogueChangeFactory(received_at=NOON - timedelta(days=2))
    CatalogueChangeFactory(received_at=NOON - timedelta(minutes=1))
    # A measurement is no change of the catalogue.
    CatalogueChangeFactory(
        received_at=NOON - timedelta(seconds=1), concerns="measurements"
    )
    for minutes in (5, 90):
        workload = WorkloadFactory()
        WorkloadWatch.objects.create(
            workload=workload,
            organization=workload.organization,
            revision_number=1,
            known_at=NOON,
            checked_at=NOON - timedelta(minutes=minutes),
        )

    found = gauges(exposition(NOON).decode())

    assert found["rightsize_catalogue_change_age_seconds",] == 60
    assert found["rightsize_advice_watch_age_seconds",] == 90 * 60


def test_what_is_unknown_is_left_out_not_zero():
    found = gauges(exposition(NOON).decode())

    assert ("rightsize_catalogue_change_age_seconds",) not in found
    assert ("rightsize_advice_watch_age_seconds",) not in found


def test_queues_are_counted_and_the_heartbeat_is_aged():
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        channel.client.delete("benchmarks", broker.HEARTBEAT)
        channel.client.rpush("benchmarks", "one", "two")
    try:
        before = gauges(exposition(timezone.now()).decode())
        note_heartbeat()
        after = gauges(exposition(timezone.now() + timedelta(seconds=40)).decode())
    finally:
        with app.connection_for_write() as connection:
            connection.default_channel.client.delete("benchmarks", broker.HEARTBEAT)

    assert before["rightsize_broker_up",] == 1
    assert before["rightsize_queue_messages", "benchmarks"] == 2
    assert before["rightsize_queue_messages", "celery"] == 0
    assert ("rightsize_heartbeat_age_seconds",) not in before
    assert after["rightsize_heartbeat_age_seconds",] == pytest.approx(40, abs=2)


@override_settings(BENCHMARK_QUEUES={"acme": "acme-alone"})
def test_a_providers_own_queue_is_counted_too():
    found = gauges(exposition(NOON).decode())

    assert found["rightsize_queue_messages", "acme-alone"] == 0


@override_settings(CELERY_BROKER_URL=CLOSED)
def test_a_silent_broker_is_a_gauge_not_an_error():
    found = gauges(exposition(NOON).decode())

    assert found["rightsize_broker_up",] == 0
    assert not [key for key in found if key[0] == "rightsize_queue_messages"]


def test_no_name_of_a_tenant_is_told():
    plan = BenchmarkPlanFactory()
    BenchmarkRunFactory(plan=plan, endpoint=plan.endpoint, slot=NOON)
    WorkloadFactory(name="Secret project", organization__name="Very Private")

    text = exposition(NOON).decode()

    for name in ("Secret", "Private", plan.endpoint.name, str(plan.pk)):
        assert name not in text


def test_the_machine_itself_may_read(client):
    reply = client.get("/metrics")

    assert reply.status_code == 200
    assert reply["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in reply["Cache-Control"]
    assert gauges(reply.text)["rightsize_broker_up",] == 1


@pytest.mark.parametrize(
    "origin",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": ""},
        # From a proxy on this machine, on behalf of somebody else.
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.7"},
    ],
)
def test_without_a_token_strangers_are_told_what_to_set(client, origin):
    reply = client.get("/metrics", **origin)

    assert reply.status_code == 403
    assert "METRICS_TOKEN" in reply.text
    assert "rightsize_" not in reply.text


@override_settings(METRICS_TOKEN="right")
def test_the_token_opens_it_from_anywhere(client):
    reply = client.get(
        "/metrics", REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION="Bearer right"
    )

    assert reply.status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Bearer ", "Basic right", "Bearer räight"]
)
@override_settings(METRICS_TOKEN="right")
def test_with_a_token_set_nobody_comes_in_without(client, header):
    reply = client.get("/metrics", HTTP_AUTHORIZATION=header)

    assert reply.status_code == 401
    assert reply["WWW-Authenticate"].startswith("Bearer")
    assert "rightsize_" not in reply.text


def test_it_is_only_read(client):
    assert client.post("/metrics").status_code == 405
