"""One worker gets a run, and no more run at once than a provider has places."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as project

from benchmarks.models import BenchmarkRun
from benchmarks.models.plans import MAX_DEADLINE_S
from benchmarks.services import (
    RUN_LEASE,
    RUN_SOFT_TIME_LIMIT_S,
    RUN_TIME_LIMIT_S,
    claim_run,
    claimable_runs,
    request_run,
)
from tests.benchmarks.services.at_once import at_once
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory
from tests.factories.catalog import OfferingFactory, ProviderFactory

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
every = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


def endpoint_of(provider, **fields):
    return EndpointFactory(offering=OfferingFactory(provider=provider), **fields)


def waiting(endpoint, at=NOON, **fields):
    return request_run(endpoint=endpoint, at=at, **fields)


def ids():
    return [claimable.run_id for claimable in claimable_runs()]


@committed
def test_of_eight_claims_at_once_one_gets_the_run():
    run = waiting(EndpointFactory())

    claims = at_once(8, lambda: claim_run(run.pk, NOON))

    (claimed,) = [claim for claim in claims if claim is not None]
    kept = BenchmarkRun.objects.get()
    assert (kept.status, kept.claim) == ("running", claimed.claim)


@committed
def test_claims_at_once_never_exceed_a_providers_places(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 2
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    provider = ProviderFactory()
    runs = [waiting(endpoint_of(provider)).pk for _ in range(6)]
    left = list(runs)

    claims = at_once(6, lambda: claim_run(left.pop(), NOON))

    assert sum(claim is not None for claim in claims) == 2
    assert BenchmarkRun.objects.filter(status="running").count() == 2


@every
def test_a_claim_says_whose_the_run_is_and_until_when():
    run = waiting(EndpointFactory())

    claimed = claim_run(run.pk, NOON)

    kept = BenchmarkRun.objects.get()
    assert kept.claim == claimed.claim
    assert kept.claimed_at == kept.heartbeat_at == kept.started_at == NOON
    assert kept.lease_until == NOON + RUN_LEASE
    assert claim_run(run.pk, NOON) is None


def test_a_lease_outlasts_every_limit_of_the_task_and_those_the_longest_run():
    assert MAX_DEADLINE_S < RUN_SOFT_TIME_LIMIT_S < RUN_TIME_LIMIT_S
    assert timedelta(seconds=RUN_TIME_LIMIT_S) < RUN_LEASE
    assert RUN_TIME_LIMIT_S <= project.CELERY_TASK_TIME_LIMIT


@every
def test_a_second_run_at_the_same_endpoint_waits(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 5
    endpoint = EndpointFactory()
    first, second = waiting(endpoint), waiting(endpoint)

    assert claim_run(first.pk, NOON)

    assert claim_run(second.pk, NOON) is None
    assert BenchmarkRun.objects.get(pk=second.pk).status == "queued"
    assert ids() == []


@every
def test_a_cancelled_run_keeps_its_place_until_its_worker_has_stopped():
    endpoint = EndpointFactory()
    first, second = waiting(endpoint), waiting(endpoint)
    claim_run(first.pk, NOON)
    stopping = BenchmarkRun.objects.filter(pk=first.pk)

    stopping.update(status="cancelled")
    assert claim_run(second.pk, NOON) is None
    assert ids() == []

    stopping.update(closed_at=NOON)
    assert ids() == [second.pk]
    assert claim_run(second.pk, NOON)


@every
def test_the_most_urgent_and_then_the_oldest_come_first(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 9
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    young = waiting(EndpointFactory(), at=NOON)
    old = waiting(EndpointFactory(), at=NOON - timedelta(hours=1))
    urgent = waiting(EndpointFactory(), at=NOON, priority=1)

    assert ids() == [urgent.pk, old.pk, young.pk]


@every
def test_organizations_take_turns_however_many_runs_one_has(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 9
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 2
    greedy, modest = OrganizationFactory(), OrganizationFactory()
    many = [
        waiting(
            EndpointFactory(organization=greedy),
            at=NOON + timedelta(minutes=minute),
            priority=9,
        )
        for minute in range(4)
    ]
    one = waiting(
        EndpointFactory(organization=modest), at=NOON + timedelta(hours=1), priority=0
    )

    assert ids() == [many[0].pk, one.pk, many[1].pk]


@every
def test_an_organization_has_no_more_runs_under_way_than_its_share(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 9
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 1
    tenant, other = OrganizationFactory(), OrganizationFactory()
    first, second = (waiting(EndpointFactory(organization=tenant)) for _ in range(2))
    third = waiting(EndpointFactory(organization=other))

    assert claim_run(first.pk, NOON)

    assert claim_run(second.pk, NOON) is None
    assert ids() == [third.pk]
    assert claim_run(third.pk, NOON)


@committed
def test_claims_at_once_never_exceed_an_organizations_share(settings):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 2
    tenant = OrganizationFactory()
    left = [waiting(EndpointFactory(organization=tenant)).pk for _ in range(6)]

    claims = at_once(6, lambda: claim_run(left.pop(), NOON))

    assert sum(claim is not None for claim in claims) == 2


@every
def test_no_more_are_sent_out_than_could_start(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 2
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    busy, free = ProviderFactory(slug="busy"), ProviderFactory(slug="free")
    claim_run(waiting(endpoint_of(busy)).pk, NOON)
    of_busy = [waiting(endpoint_of(busy)) for _ in range(3)]
    endpoint = endpoint_of(free)
    of_free = [waiting(endpoint) for _ in range(2)]

    found = claimable_runs()

    # One place is left at the busy one, and one endpoint takes one run at a time.
    assert {(each.run_id, each.provider) for each in found} == {
        (min(of_busy, key=lambda run: run.pk).pk, "busy"),
        (min(of_free, key=lambda run: run.pk).pk, "free"),
    }


@every
def test_a_run_whose_endpoint_was_switched_off_fails_with_a_sentence():
    run = waiting(EndpointFactory())
    run.endpoint.enabled = False
    run.endpoint.save()

    assert claim_run(run.pk, NOON) is None

    kept = BenchmarkRun.objects.get()
    assert (kept.status, kept.closed_at, kept.cost_usd) == ("failed", NOON, 0)
    assert kept.failure == "The endpoint was switched off before the run began."


@every
def test_an_endpoint_that_was_revised_is_asked_as_it_is_when_the_run_starts():
    run = waiting(EndpointFactory(credential="sk-of-the-old-host"))
    endpoint = run.endpoint
    endpoint.base_url, endpoint.credential = "https://new.example.com/v1", ""
    endpoint.save()

    claim_run(run.pk, NOON)

    asked = BenchmarkRun.objects.get().asked
    assert asked["base_url"] == "https://new.example.com/v1"
    assert asked["header_names"] == []
    assert asked["seed"] == run.asked["seed"]
