"""A run from claim to close, against a simulated endpoint."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent
from advisor.supervisor.processes import wait_until
from benchmarks.models import BenchmarkRun
from benchmarks.services import (
    cancel_run,
    close_lost_runs,
    execute_run,
    open_due_slots,
)
from catalog.models import CatalogueChange
from tests.benchmarks.services.measuring import SECRET, asked_run, endpoint_row, kept
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import BenchmarkPlanFactory
from tests.factories.catalog import PriceFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def loopback_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def carried_out(run):
    execute_run(run.pk, at=timezone.now())
    return kept(run)


def in_background(run):
    """Carry a run out in a thread with a connection of its own."""

    def carry_out():
        try:
            execute_run(run.pk, at=timezone.now())
        finally:
            connection.close()

    thread = Thread(target=carry_out)
    thread.start()
    return thread


def asked_of_database(expression):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}")
        return cursor.fetchone()[0]


def test_a_run_is_measured_priced_and_sealed(endpoint):
    row = endpoint_row(endpoint)
    PriceFactory(offering=row.offering)  # 0.20 in, 0.80 out, USD per Mtok
    run = asked_run(row)

    run = carried_out(run)

    assert (run.status, run.stop_reason, run.failure) == ("succeeded", "completed", "")
    assert (run.requests_total, run.requests_done, run.requests_failed) == (4, 4, 0)
    assert run.samples["phase"].tolist() == [-1, 0, 0, 0, 0]
    assert run.samples["output_tokens"].tolist() == [300] * 5
    # What the provider itself counted, warm-up included.
    prompts = sum(record["prompt_tokens"] for record in endpoint.records())
    assert run.cost_usd == Decimal(prompts) * Decimal("0.2e-6") + Decimal("0.0012")
    # 5 * (100 in + 300 out), as asked: 5 * (0.00002 + 0.00024).
    assert run.estimate_usd == Decimal("0.0013")
    assert run.summary["metrics"]["requests"] == 4
    assert run.client_health["client_limited"] in (True, False)
    assert run.client_version.startswith("python 3.")
    assert run.client_host
    assert run.claimed_at <= run.started_at <= run.finished_at
    assert run.received_at == CatalogueChange.objects.latest("received_at").received_at
    assert run.closed_at >= run.received_at
    assert CatalogueChange.objects.get().concerns == "measurements"


def test_a_cancelled_run_ends_within_a_second_and_keeps_what_it_measured(endpoint):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 2_000})
    worker = in_background(run)
    assert wait_until(lambda: len(endpoint.records()) >= 4, patience_s=20)

    cancelled_at = timezone.now()
    assert cancel_run(run=kept(run), at=cancelled_at)
    worker.join(timeout=20)

    run = kept(run)
    assert (run.status, run.not_fed_because) == ("cancelled", "cancelled")
    assert (run.feeds_advice, run.stop_reason) == (False, "cancelled")
    assert run.finished_at - cancelled_at < timedelta(seconds=1)
    assert len(run.samples) >= 3
    assert run.closed_at is not None
    assert not cancel_run(run=run, at=timezone.now())


def test_a_run_stops_when_its_budget_is_reached(endpoint):
    row = endpoint_row(endpoint)
    # Ten times the tokens that were asked for, so the estimate is far too low.
    endpoint.behave(output_tokens=3_000)
    PriceFactory(offering=row.offering)
    # 101 requests of 0.00002 + 0.00024 USD, as asked.
    run = asked_run(row, fields={"requests": 100}, budget_usd=Decimal("0.03"))
    assert run.estimate_usd == Decimal("0.02626")

    run = carried_out(run)

    assert (run.status, run.stop_reason) == ("partial", "budget")
    assert "budget" in run.failure
    # Each costs 0.0024 for its answer: the thirteenth exceeds 0.03 USD, and a look at
    # it comes every half second.
    assert Decimal("0.0288") < run.cost_usd
    assert 0 < run.requests_done < 100


def test_a_price_that_rose_since_refuses_the_run_before_anything_is_sent(endpoint):
    row = endpoint_row(endpoint)
    january = PriceFactory(offering=row.offering)
    run = asked_run(row, budget_usd=Decimal("0.002"))
    PriceFactory(
        offering=row.offering,
        sheet=january.sheet,
        effective_from=datetime(2026, 2, 1, tzinfo=UTC),
        output_per_mtok=Decimal(8),
    )

    run = carried_out(run)

    # 5 * (0.00002 + 300 * 8e-6) = 0.0121
    assert (run.status, run.cost_usd) == ("failed", 0)
    assert run.failure == (
        "The run is estimated at 0.013 USD: over the budget of 0.0020 USD a run."
    )
    assert run.estimate_usd == Decimal("0.0121")
    assert not endpoint.records()


def test_a_run_that_nobody_answers_fails_with_the_most_frequent_reason(endpoint):
    row = endpoint_row(endpoint)
    PriceFactory(offering=row.offering)
    endpoint.behave(fault="unauthorized")

    run = carried_out(asked_run(row))

    assert (run.status, run.not_fed_because) == ("failed", "no_answers")
    assert run.failure.startswith("None of 4 requests was answered; 4 with http_4xx: ")
    assert (run.requests_failed, run.cost_usd) == (4, 0)  # nobody bills for a 401
    assert run.received_at is not None


def test_an_endpoint_that_is_down_feeds_advice_with_its_errors(endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(fault="server_error")

    run = carried_out(asked_run(row))

    assert (run.status, run.feeds_advice) == ("failed", True)
    assert run.not_fed_because == ""
    assert run.failure.startswith("None of 4 requests was answered; 4 with http_5xx")


def test_requests_that_fail_do_not_spoil_the_others(endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(fault="truncated", fault_share=0.5)

    run = carried_out(asked_run(row, fields={"requests": 4, "warmup": 0}))

    assert (run.status, run.requests_done, run.requests_failed) == ("succeeded", 4, 2)
    assert run.samples.words["error"].count("truncated") == 2


def test_another_model_than_asked_for_does_not_feed_advice(endpoint):
    row = endpoint_row(endpoint, wire_model="big-model")
    endpoint.behave(served_model="small-model")

    run = carried_out(asked_run(row))

    assert (run.status, run.not_fed_because) == ("succeeded", "wrong_model")
    assert run.failure == "small-model answered, where big-model was asked for."


@pytest.mark.parametrize(
    ("fields", "because"),
    [({"prompt_cache": "warm"}, "warm_cache"), ({"profile": "sweep"}, "sweep")],
)
def test_what_is_measured_on_purpose_does_not_feed_advice(endpoint, fields, because):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 10, **fields})

    run = carried_out(run)

    assert (run.status, run.not_fed_because) == ("succeeded", because)
    assert not run.feeds_advice


def test_a_run_ends_partial_at_its_deadline(endpoint):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 500, "deadline_s": 1})

    run = carried_out(run)

    assert (run.status, run.stop_reason) == ("partial", "deadline")
    assert run.failure == "The run's deadline came first."
    assert 0 < run.requests_done < 500
    assert run.requests_total == 500


def test_a_workloads_own_lengths_are_asked_for(endpoint):
    organization = OrganizationFactory()
    workload = WorkloadRevisionFactory(
        workload__organization=organization,
        input_tokens_mean=50,
        input_tokens_p95=100,
        output_tokens_mean=20,
        output_tokens_p95=40,
        ttft_ms_p95_limit=5_000,
    ).workload
    row = endpoint_row(endpoint, organization=organization)

    run = carried_out(asked_run(row, token_class="workload", workload=workload))

    asked = run.samples["asked_output_tokens"][1:].tolist()
    assert len(set(asked)) > 1
    assert run.samples["output_tokens"][1:].tolist() == asked
    assert run.asked["workload"]["revision"] == 1
    # All four answered within five seconds.
    assert run.summary["goodput"]["good"]["count"] == 4


def test_the_credential_is_sent_and_kept_nowhere(endpoint, caplog):
    row = endpoint_row(endpoint)
    endpoint.behave(fault="unauthorized", served_model=SECRET)

    run = carried_out(asked_run(row))

    sent = endpoint.records()[0]["headers"]["authorization"]
    assert sent == f"Bearer {SECRET}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM benchmarks_benchmarkrun r")
        (whole,) = cursor.fetchone()
    assert SECRET not in whole
    assert run.asked["header_names"] == ["Authorization"]
    assert SECRET not in caplog.text
    for event in AuditEvent.objects.all():
        assert SECRET not in str(event.detail)


def test_a_model_named_like_the_credential_is_told_without_it(endpoint):
    row = endpoint_row(endpoint)
    endpoint.behave(served_model=f"model-{SECRET}")

    run = carried_out(asked_run(row))

    assert set(run.samples.words["served_model"]) == {"model-…"}
    assert run.failure.startswith("model-… answered")
    assert SECRET not in str(run.summary)


def test_a_run_whose_measurement_breaks_fails_with_a_sentence(endpoint, caplog):
    # Written past the services, which refuse it.
    row = endpoint_row(endpoint, headers={"X-Broken": "two\r\nlines"})

    run = carried_out(asked_run(row))

    assert run.status == "failed"
    assert run.failure.startswith("The measurement itself failed")
    assert "Traceback" in caplog.text
    assert SECRET not in caplog.text


def test_a_credential_that_no_key_opens_fails_the_run_with_a_sentence(
    endpoint, settings
):
    run = asked_run(endpoint_row(endpoint))
    settings.SECRET_KEY = "another-key-altogether"

    run = carried_out(run)

    assert run.status == "failed"
    assert "rotate_credentials" in run.failure
    assert not endpoint.records()


def test_a_late_worker_writes_nothing_into_a_run_that_was_closed(endpoint):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 2_000})
    worker = in_background(run)
    assert wait_until(lambda: len(endpoint.records()) >= 4, patience_s=20)

    # As if a minute had passed without a heartbeat.
    (closed,) = close_lost_runs(at=timezone.now() + timedelta(minutes=2))
    worker.join(timeout=20)

    assert not worker.is_alive()
    run = kept(run)
    assert (run.status, run.stop_reason, run.claim) == ("failed", "lost", closed.claim)
    assert run.closed_at == closed.closed_at
    assert len(run.samples) == 0


def test_a_run_in_mid_course_shows_its_progress_and_samples(endpoint):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 2_000})
    worker = in_background(run)

    assert wait_until(lambda: kept(run).requests_done > 0, patience_s=20)

    midway = kept(run)
    assert midway.status == "running"
    assert len(midway.samples) == midway.requests_done + 1  # and the warm-up
    assert midway.heartbeat_at > midway.claimed_at
    cancel_run(run=midway, at=timezone.now())
    worker.join(timeout=20)
    assert len(kept(run).samples) >= len(midway.samples)


def test_a_message_that_comes_twice_measures_once(endpoint):
    run = asked_run(endpoint_row(endpoint))
    carried_out(run)
    sent = len(endpoint.records())

    again = execute_run(run.pk, at=timezone.now())

    assert again is None
    assert len(endpoint.records()) == sent


def test_a_message_for_a_run_that_is_not_there_does_nothing():
    assert execute_run(uuid4(), at=timezone.now()) is None


def test_a_database_that_drops_its_connections_does_not_end_a_run(endpoint, caplog):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 60})
    others = (
        "FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    worker = in_background(run)
    # The worker's own, and that of the thread which looks after the run.
    assert wait_until(
        lambda: asked_of_database(f"count(*) {others}") == 2, patience_s=20
    )

    asked_of_database(f"count(pg_terminate_backend(pid)) {others}")
    worker.join(timeout=30)

    run = kept(run)
    assert (run.status, run.requests_done) == ("succeeded", 60)
    assert "could not reach the database" in caplog.text


def test_a_plan_whose_month_is_used_up_fails_its_slots_with_the_estimate(endpoint):
    plan = BenchmarkPlanFactory(
        endpoint=endpoint_row(endpoint), budget_per_month_usd=Decimal("0.001")
    )
    PriceFactory(offering=plan.endpoint.offering)
    (opened,) = open_due_slots(timezone.now())

    execute_run(opened, at=timezone.now())

    run = BenchmarkRun.objects.get()
    assert (run.status, run.cost_usd) == ("failed", 0)
    # 61 * (100 * 0.20 + 300 * 0.80) / 10**6 = 0.01586
    assert run.failure == (
        "The run is estimated at 0.016 USD: over the budget of 0.0010 USD a month."
    )
    assert not endpoint.records()
