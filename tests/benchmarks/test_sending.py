import json
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from benchmarks.models import BenchmarkRun
from benchmarks.services import cancel_run
from tests.factories.benchmarks import BenchmarkPlanFactory, BenchmarkRunFactory

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/benchmark-runs/"


@pytest.fixture
def queue(settings, own_endpoint):
    """The name of a queue of the provider's own, to which no worker listens."""
    name = f"queue-{uuid4()}"
    settings.BENCHMARK_QUEUES = {own_endpoint.offering.provider.slug: name}
    yield name
    redis.from_url(settings.REDIS_URL).delete(name)


def sent_to(queue):
    """Return the ids of the runs whose messages wait in a queue."""
    messages = redis.from_url(settings.REDIS_URL).lrange(queue, 0, -1)
    arguments = [json.loads(message)["headers"]["kwargsrepr"] for message in messages]
    ids = [str(run.pk) for run in BenchmarkRun.objects.all()]
    return sorted(run_id for run_id in ids for text in arguments if run_id in text)


def test_a_run_that_is_asked_for_is_sent_once_committed(
    api, own_endpoint, queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = api.post(RUNS, {"endpoint": str(own_endpoint.pk)}).json()
        assert sent_to(queue) == []

    assert sent_to(queue) == [run["id"]]


def test_a_repeated_run_is_sent(
    api, own_endpoint, queue, django_capture_on_commit_callbacks
):
    asked = api.post(RUNS, {"endpoint": str(own_endpoint.pk)}).json()["id"]
    cancel_run(run=BenchmarkRun.objects.get(pk=asked), at=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        again = api.post(f"{RUNS}{asked}/retry/").json()

    assert sent_to(queue) == [again["id"]]


def test_a_plans_runs_of_now_are_sent(
    client, admin_person, own_endpoint, queue, django_capture_on_commit_callbacks
):
    plan = BenchmarkPlanFactory(endpoint=own_endpoint, token_classes=["short", "long"])
    chosen = {"action": "run_now", "_selected_action": [plan.pk]}

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/admin/benchmarks/benchmarkplan/", chosen)

    assert sent_to(queue) == sorted(str(run.pk) for run in plan.runs.all())


def test_a_refused_run_is_not_sent(
    api, own_endpoint, queue, django_capture_on_commit_callbacks
):
    waiting = BenchmarkRunFactory(endpoint=own_endpoint)

    with django_capture_on_commit_callbacks(execute=True):
        api.post(f"{RUNS}{waiting.pk}/retry/")

    assert sent_to(queue) == []
