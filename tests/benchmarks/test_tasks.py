"""Measurements with a real worker: begun by the tick, killed, cancelled, routed."""

import json
import signal
from datetime import timedelta
from ipaddress import ip_network

import psutil
import pytest
from django.utils import timezone

from advisor.celery import app
from advisor.supervisor.processes import wait_until
from benchmarks.models import BenchmarkRun
from benchmarks.services import RUN_LEASE, cancel_run
from benchmarks.services.watching import HEARTBEAT_PATIENCE
from benchmarks.tasks import execute_run, send, tick
from tests.benchmarks.services.measuring import SECRET, asked_run, endpoint_row, kept
from tests.factories.benchmarks import BenchmarkPlanFactory, BenchmarkRunFactory

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


@worker
def test_a_due_plan_is_measured_from_tick_to_close(celery_worker, endpoint):
    plan = BenchmarkPlanFactory(
        endpoint=endpoint_row(endpoint),
        cadence_minutes=1,
        jitter_minutes=0,
        requests=3,
    )

    tick.delay()

    assert wait_until(
        lambda: BenchmarkRun.objects.filter(closed_at__isnull=False).exists(),
        patience_s=30,
    )
    run = BenchmarkRun.objects.earliest("slot")
    assert (run.plan, run.status, run.failure) == (plan, "succeeded", "")
    assert run.requests_done == 3
    assert len(endpoint.records()) == 4  # and the warm-up


@worker
def test_a_killed_workers_run_is_closed_by_the_tick_with_its_samples(
    celery_worker, endpoint
):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 3_000})
    execute_run.apply_async(kwargs={"run_id": str(run.pk)}, queue="benchmarks")
    assert wait_until(lambda: kept(run).requests_done > 0, patience_s=30)

    (child,) = psutil.Process(celery_worker.pid).children()
    child.send_signal(signal.SIGKILL)
    child_is_gone = wait_until(lambda: not child.is_running(), patience_s=20)
    measured = kept(run)

    assert child_is_gone
    assert measured.status == "running"
    # As if the time had passed after which a silent worker counts as dead.
    silent = measured.heartbeat_at - HEARTBEAT_PATIENCE - timedelta(seconds=1)
    BenchmarkRun.objects.filter(pk=run.pk).update(heartbeat_at=silent)
    tick.delay()  # the worker has another process for it by now
    assert ended(run)
    closed = kept(run)
    assert (closed.status, closed.stop_reason) == ("partial", "lost")
    assert len(closed.samples) == len(measured.samples) > 0
    assert closed.summary["requests"] == measured.requests_done


@worker
def test_a_run_that_a_worker_is_at_ends_within_a_second_of_its_cancelling(
    celery_worker, endpoint
):
    run = asked_run(endpoint_row(endpoint), fields={"requests": 3_000})
    execute_run.apply_async(kwargs={"run_id": str(run.pk)}, queue="benchmarks")
    assert wait_until(lambda: len(endpoint.records()) > 3, patience_s=30)

    cancelled_at = timezone.now()
    cancel_run(run=kept(run), at=cancelled_at)

    assert ended(run)
    closed = kept(run)
    assert closed.status == "cancelled"
    assert closed.finished_at - cancelled_at < timedelta(seconds=1)


@worker
def test_the_next_run_at_an_endpoint_starts_when_the_one_before_has_ended(
    celery_worker, endpoint
):
    row = endpoint_row(endpoint)
    first, second = asked_run(row), asked_run(row)

    tick.delay()

    assert ended(first)
    assert ended(second)
    assert kept(second).claimed_at > kept(first).finished_at


@pytest.mark.django_db
def test_a_message_holds_the_id_alone_and_expires(queues, endpoint):
    run = asked_run(endpoint_row(endpoint))

    tick()

    (message,) = queues("benchmarks")
    assert message["headers"]["task"] == "benchmarks.tasks.execute_run"
    assert message["headers"]["kwargsrepr"] == repr({"run_id": str(run.pk)})
    assert message["headers"]["expires"] is not None
    assert SECRET not in json.dumps(message)


@pytest.mark.django_db
def test_a_provider_may_have_a_queue_of_its_own(queues, settings):
    run = BenchmarkRunFactory()
    slug = run.offering.provider.slug
    settings.BENCHMARK_QUEUES = {slug: "for-one-provider"}

    send(run.pk, slug)
    send(run.pk, "another-provider")

    assert len(queues("for-one-provider")) == 1
    assert len(queues("benchmarks")) == 1


def test_the_task_is_stopped_before_its_lease_ends():
    assert execute_run.soft_time_limit < execute_run.time_limit
    assert timedelta(seconds=execute_run.time_limit) < RUN_LEASE


def test_beat_ticks_every_minute():
    entry = app.conf.beat_schedule["measure-endpoints"]

    assert entry["task"] == tick.name
    assert entry["schedule"].minute == set(range(60))
    assert entry["options"]["expires"] < 60


def test_a_plain_worker_serves_both_queues():
    assert set(app.amqp.queues) >= {"celery", "benchmarks"}
    # Bound by another's key, a queue would get its messages too.
    assert {name: queue.routing_key for name, queue in app.amqp.queues.items()} == {
        name: name for name in app.amqp.queues
    }
