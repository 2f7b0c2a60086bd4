"""Runs are asked for, asked again and called off."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.audit import Author
from accounts.models import AuditEvent
from benchmarks.models import BenchmarkRun, Endpoint
from benchmarks.services import (
    cancel_run,
    request_run,
    retry_run,
    run_plan_now,
)
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.benchmarks import (
    BenchmarkPlanFactory,
    EndpointFactory,
    FinishedRunFactory,
)
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "sk-nobody-reads-this"


def refused(field, said=""):
    return pytest.raises(ValidationError, match=rf"'{field}'.*{said}")


def finished(endpoint):
    """Return a run that was asked for, and has ended."""
    asked = request_run(endpoint=endpoint, at=NOON).asked
    return FinishedRunFactory(endpoint=endpoint, asked=asked, samples=[])


def test_a_run_keeps_everything_that_was_asked_without_the_secret():
    person = UserFactory()
    endpoint = EndpointFactory(
        organization=OrganizationFactory(),
        credential=SECRET,
        headers={"X-Team": "buyers"},
    )

    run = request_run(
        endpoint=endpoint,
        at=NOON,
        author=Author(user=person),
        token_class="long",
        fields={"requests": 30, "profile": "concurrent", "concurrency": 4},
        priority=7,
    )

    run.refresh_from_db()
    asked = dict(run.asked)
    assert 0 <= asked.pop("seed") < 2**53
    assert asked == {
        "base_url": "https://api.example.com/v1",
        "protocol": "openai_chat",
        "wire_model": endpoint.wire_model,
        "header_names": ["Authorization", "X-Team"],
        "credential": True,
        "body_extra": {},
        "token_class": "long",
        "profile": "concurrent",
        "requests": 30,
        "warmup": 1,
        "concurrency": 4,
        "requests_per_second": 1.0,
        "prompt_cache": "cold",
        "deadline_s": 300,
        "lengths": [[10_000, 1_500]],
        "patience": {
            "connect_s": 10.0,
            "first_byte_s": 60.0,
            "stall_s": 30.0,
            "request_s": 180.0,
            "throttle_s": 60.0,
        },
        "budget_per_run_usd": None,
    }
    assert (run.status, run.slot, run.priority) == ("queued", NOON, 7)
    assert run.organization == endpoint.organization
    assert run.requests_total == 30
    event = AuditEvent.objects.get()
    assert (event.action, event.user) == ("benchmark_run.requested", person)


def test_no_two_runs_have_a_seed_in_common():
    endpoint = EndpointFactory()
    first = finished(endpoint)

    seeds = {request_run(endpoint=endpoint, at=NOON).asked["seed"] for _ in range(6)}
    seeds |= {retry_run(run=first, at=NOON).asked["seed"], first.asked["seed"]}

    assert len(seeds) == 8


@pytest.mark.parametrize(
    ("tier", "extra"),
    [("flex", {"service_tier": "flex"}), ("standard", {}), ("provisioned", {})],
)
def test_a_tier_that_the_protocol_has_a_field_for_is_asked_for(tier, extra):
    run = request_run(endpoint=EndpointFactory(service_tier=tier), at=NOON)

    assert run.asked["body_extra"] == extra


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"fields": {"requests": 0}}, "requests", "greater than or equal"),
        ({"fields": {"warmup": 101}}, "warmup", "from 0 to 100"),
        ({"fields": {"cadence_minutes": 1}}, "cadence_minutes", "no such field"),
        ({"token_class": "huge"}, "token_classes", "not a valid choice"),
        ({"token_class": "workload"}, "workload", "Say whose"),
        ({"budget_usd": 0}, "budget_per_run_usd", "above zero"),
    ],
)
def test_a_load_that_cannot_be_is_refused_by_its_field(asked, field, said):
    with refused(field, said):
        request_run(endpoint=EndpointFactory(), at=NOON, **asked)


def test_an_endpoint_that_is_switched_off_is_not_measured():
    endpoint = EndpointFactory(enabled=False)
    plan = BenchmarkPlanFactory(endpoint=endpoint)

    with refused("endpoint", "switched off"):
        request_run(endpoint=endpoint, at=NOON)
    with refused("endpoint", "switched off"):
        run_plan_now(plan=plan, at=NOON)


def test_a_workloads_run_says_which_revision_was_asked():
    workload = WorkloadRevisionFactory().workload
    WorkloadRevisionFactory(workload=workload, number=2, request_ms_p95_limit=900)
    endpoint = EndpointFactory(organization=workload.organization)

    run = request_run(
        endpoint=endpoint, at=NOON, token_class="workload", workload=workload
    )

    assert run.asked["workload"] == {
        "id": str(workload.pk),
        "revision": 2,
        "input_tokens_mean": 1_000,
        "input_tokens_p95": 2_000,
        "output_tokens_mean": 200,
        "output_tokens_p95": 400,
        "limits": {"answer_ttft_ms": None, "itl_p95_ms": None, "request_ms": 900.0},
    }


def test_a_plan_run_now_has_one_run_per_token_class_beside_its_slots():
    plan = BenchmarkPlanFactory(token_classes=["short", "long"], priority=3)

    runs = run_plan_now(plan=plan, at=NOON)

    assert [(run.token_class, run.plan, run.slot, run.priority) for run in runs] == [
        ("short", plan, NOON, 3),
        ("long", plan, NOON, 3),
    ]


def test_a_retry_asks_the_same_of_the_endpoint_as_it_is_now():
    plan = BenchmarkPlanFactory(requests=90)
    (first,) = run_plan_now(plan=plan, at=NOON)
    cancel_run(run=first, at=NOON)
    Endpoint.objects.update(wire_model="renamed")

    again = retry_run(run=BenchmarkRun.objects.get(pk=first.pk), at=NOON)

    assert (again.retry_of, again.plan, again.slot) == (first, plan, first.slot)
    assert again.asked["requests"] == 90
    assert again.asked["wire_model"] == "renamed"


def test_what_has_not_ended_or_has_no_endpoint_is_not_retried():
    waiting = request_run(endpoint=EndpointFactory(), at=NOON)
    imported = FinishedRunFactory(
        offering=waiting.offering,
        service_tier="standard",
        endpoint=None,
        organization=None,
        basis="imported",
        samples=[],
    )

    with refused("run", "cancel it first"):
        retry_run(run=waiting, at=NOON)
    with refused("run", "no endpoint"):
        retry_run(run=imported, at=NOON)


def test_a_run_that_waits_is_closed_at_once_when_cancelled():
    run = request_run(endpoint=EndpointFactory(), at=NOON)

    assert cancel_run(run=run, at=NOON)

    kept = BenchmarkRun.objects.get(pk=run.pk)
    assert (kept.status, kept.closed_at, kept.cost_usd) == ("cancelled", NOON, 0)
    assert (kept.finished_at, kept.stop_reason) == (NOON, "cancelled")
    assert not cancel_run(run=run, at=NOON)
    assert AuditEvent.objects.filter(action="benchmark_run.cancelled").count() == 1


def test_a_run_that_has_ended_stays_as_it_is():
    run = FinishedRunFactory(samples=[])

    assert not cancel_run(run=run, at=NOON)
    assert BenchmarkRun.objects.get(pk=run.pk).status == "succeeded"


def test_an_organization_opens_no_more_runs_than_its_share(settings):
    settings.BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = 2
    tenant = OrganizationFactory()
    endpoint = EndpointFactory(organization=tenant)
    first = request_run(endpoint=endpoint, at=NOON)
    request_run(endpoint=endpoint, at=NOON)

    with refused("run", "cancel some"):
        request_run(endpoint=endpoint, at=NOON)

    assert BenchmarkRun.objects.count() == 2
    assert request_run(endpoint=EndpointFactory(), at=NOON)
    cancel_run(run=first, at=NOON)
    assert request_run(endpoint=endpoint, at=NOON)
