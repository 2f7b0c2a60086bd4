"""Evaluations with a real worker: begun by the tick, killed, cancelled, routed."""

import json
import signal
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network

import psutil
import pytest
from django.utils import timezone

from advisor.celery import app
from advisor.supervisor.processes import wait_until
from benchmarks.models import EvaluationRun
from benchmarks.sending import send_evaluations_when_committed
from benchmarks.services import RUN_SOFT_TIME_LIMIT_S
from benchmarks.services.evaluations import cancel_evaluation
from benchmarks.services.evaluations.claims import LEASE
from benchmarks.services.evaluations.execution import END_S
from benchmarks.services.evaluations.meter import MOST_IN_A_ROW
from benchmarks.tasks import execute_evaluation, tick
from tests.benchmarks.services.evaluations.evaluating import (
    asked_evaluation,
    endpoint_row,
    kept,
)
from tests.benchmarks.services.measuring import SECRET, asked_run
from tests.factories.catalog import PriceFactory
from tests.factories.evaluations import EvaluationRunFactory

worker = pytest.mark.worker


@pytest.fixture(autouse=True)
def loopback_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def queues():
    """Return the messages of some queues on the tests' own broker; left empty after."""
    names = ["benchmarks", "for-one-provider"]
    with app.connection_for_write() as connection:
        client = connection.default_channel.client
        client.delete(*names)
        yield lambda name: [json.loads(each) for each in client.lrange(name, 0, -1)]
        client.delete(*names)


def ended(run, patience_s=30):
    return wait_until(lambda: kept(run).closed_at is not None, patience_s=patience_s)


def seen(endpoint):
    """Return how often the endpoint was asked each question, answered or not."""
    return Counter(record["prompt_head"] for record in endpoint.records())


@worker
def test_a_run_is_carried_out_from_tick_to_close(celery_worker, endpoint):
    run = asked_evaluation(endpoint_row(endpoint, items=12), items=12)
    endpoint.behave(fault="rate_limited", fault_first=2, retry_after="0.1")

    tick.delay()

    assert ended(run)
    done = kept(run)
    assert (done.status, done.failure) == ("succeeded", "")
    assert done.verdict == ["right"] * 12
    assert len(endpoint.records()) == 14  # and two that were turned away


def kill_the_worker_at(celery_worker, run):
    """Kill the process that is at a run, once it kept some more answers; return those.

    Then it is as if the time had passed after which a silent worker counts as dead.
    """
    kept_before = kept(run).calls_done
    assert wait_until(lambda: kept(run).calls_done > kept_before, patience_s=30)
    (child,) = psutil.Process(celery_worker.pid).children()
    child.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not child.is_running(), patience_s=20)
    had = kept(run)
    assert (had.status, had.calls_done) == ("running", len(had.item))
    EvaluationRun.objects.filter(pk=run.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )
    return had.item


@worker
def test_a_run_whose_workers_are_killed_goes_on_and_asks_again_for_nothing_it_kept(
    celery_worker, endpoint
):
    row = endpoint_row(endpoint, items=160)
    run = asked_evaluation(row, items=160)
    endpoint.behave(ttft_ms=60)

    for _ in range(2):
        tick.delay()  # after a death the worker has another process for it by now
        had = kill_the_worker_at(celery_worker, run)
    asked_by_then = seen(endpoint)
    tick.delay()

    assert ended(run)
    done = kept(run)
    assert (done.status, done.calls_done, done.claims) == ("succeeded", 160, 3)
    assert sorted(done.item) == list(range(160))
    counts = seen(endpoint)
    for question in (f"Question {position}: A, B, C or D?" for position in had):
        assert counts[question] == asked_by_then[question] > 0
    # Again at each death: four under way, and those that had ended since the last
    # look, half a second before at most, 60 ms each and four at a time.
    assert sum(counts.values()) - 160 <= 2 * (4 + 4 * 10)


@worker
def test_a_cancelled_run_ends_soon_after(celery_worker, endpoint):
    row = endpoint_row(endpoint, items=300)
    run = asked_evaluation(row, items=300)
    endpoint.behave(ttft_ms=60)
    execute_evaluation.apply_async(kwargs={"run_id": str(run.pk)}, queue="benchmarks")
    assert wait_until(lambda: len(endpoint.records()) > 3, patience_s=30)

    cancelled_at = timezone.now()
    cancel_evaluation(run=kept(run), at=cancelled_at)

    assert ended(run)
    done = kept(run)
    assert done.status == "cancelled"
    assert done.finished_at - cancelled_at < timedelta(seconds=2)


@worker
def test_a_budget_and_a_dying_endpoint_end_runs_with_what_they_have(
    celery_worker, endpoint
):
    row = endpoint_row(endpoint, items=20)
    PriceFactory(offering=row.offering)
    # 20 * (15 * 0.20 + 256 * 0.80) / 10**6 = 0.004156.
    run = asked_evaluation(row, items=20, budget_usd=Decimal("0.004156"))
    # Thought comes on top of the tokens that were allowed: 301 * 0.80 / 10**6 = 0.00024
    # for each, so the budget does for no more than 17.
    endpoint.behave(reasoning_tokens=300, tokens_per_chunk=301)

    tick.delay()

    assert ended(run)
    done = kept(run)
    assert (done.status, done.stop_reason) == ("partial", "budget")
    assert 8 <= done.calls_done <= 17
    endpoint.behave(fault="unauthorized", fault_first=1_000)
    dying = asked_evaluation(row, items=20)
    tick.delay()
    assert ended(dying)
    died = kept(dying)
    assert died.stop_reason == "failing"
    assert died.calls_failed >= MOST_IN_A_ROW


@worker
def test_a_benchmark_and_an_evaluation_take_turns_at_an_endpoint(
    celery_worker, endpoint
):
    row = endpoint_row(endpoint)
    evaluation, benchmark = asked_evaluation(row), asked_run(row)

    tick.delay()

    assert ended(evaluation)
    benchmark.refresh_from_db()
    assert benchmark.finished_at < kept(evaluation).started_at


@pytest.mark.django_db
def test_a_message_holds_the_id_alone_and_expires(queues, endpoint):
    run = asked_evaluation(endpoint_row(endpoint))

    tick()

    (message,) = queues("benchmarks")
    assert message["headers"]["task"] == "benchmarks.tasks.execute_evaluation"
    assert message["headers"]["kwargsrepr"] == repr({"run_id": str(run.pk)})
    assert message["headers"]["expires"] is not None
    assert SECRET not in json.dumps(message)


@pytest.mark.django_db
def test_a_provider_may_have_a_queue_of_its_own(
    queues, settings, django_capture_on_commit_callbacks
):
    run = EvaluationRunFactory()
    settings.BENCHMARK_QUEUES = {run.offering.provider.slug: "for-one-provider"}

    with django_capture_on_commit_callbacks(execute=True):
        send_evaluations_when_committed([run])

    (message,) = queues("for-one-provider")
    assert str(run.pk) in message["headers"]["kwargsrepr"]


@pytest.mark.django_db
def test_the_tick_takes_back_what_dead_workers_left(queues):
    run = EvaluationRunFactory(
        status="running",
        claim="00000000-0000-0000-0000-000000000001",
        lease_until=timezone.now() - timedelta(seconds=1),
    )

    tick()

    assert kept(run).status == "queued"
    assert len(queues("benchmarks")) == 1


def test_the_task_is_told_to_stop_after_it_has_ended_by_itself():
    assert END_S < execute_evaluation.soft_time_limit == RUN_SOFT_TIME_LIMIT_S
    assert execute_evaluation.soft_time_limit < execute_evaluation.time_limit
    # It renews its lease, so that may be shorter than the task.
    assert timedelta(seconds=30) < LEASE
