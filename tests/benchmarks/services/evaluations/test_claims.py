"""One worker gets a run, and takes one of the places that benchmarks take too."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from benchmarks.models import EvaluationRun
from benchmarks.services import (
    RUN_SOFT_TIME_LIMIT_S,
    RUN_TIME_LIMIT_S,
    claim_run,
    claimable_runs,
)
from benchmarks.services.evaluations import (
    claim_evaluation,
    claimable_evaluations,
    take_back_lost,
)
from benchmarks.services.evaluations.claims import LEASE
from benchmarks.services.evaluations.execution import BEGIN_S, END_S
from benchmarks.services.evaluations.watching import PATIENCE, RENEW_EVERY_S
from tests.benchmarks.services.at_once import at_once
from tests.benchmarks.services.evaluations.evaluating import kept
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import BenchmarkRunFactory, EndpointFactory
from tests.factories.catalog import OfferingFactory, ProviderFactory
from tests.factories.evaluations import (
    EvaluationRunFactory,
    EvaluationSetFactory,
    FinishedEvaluationRunFactory,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
every = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


def endpoint_of(organization=None, provider=None):
    return EndpointFactory(
        organization=organization or OrganizationFactory(),
        offering=OfferingFactory(provider=provider or ProviderFactory()),
    )


def waiting(endpoint, **fields):
    evaluation_set = EvaluationSetFactory(organization=endpoint.organization)
    return EvaluationRunFactory(
        evaluation_set=evaluation_set, endpoint=endpoint, **fields
    )


def ids():
    return [claimable.run_id for claimable in claimable_evaluations()]


@committed
def test_of_eight_claims_at_once_one_gets_the_run():
    run = waiting(endpoint_of())

    claims = at_once(8, lambda: claim_evaluation(run.pk, NOON))

    (claimed,) = [claim for claim in claims if claim is not None]
    assert (kept(run).status, kept(run).claim) == ("running", claimed.claim)


@committed
def test_claims_of_both_kinds_at_once_never_exceed_a_providers_places(settings):
    settings.BENCHMARK_RUNS_PER_PROVIDER = 2
    provider = ProviderFactory()
    left = [
        *(waiting(endpoint_of(provider=provider)) for _ in range(3)),
        *(BenchmarkRunFactory(endpoint=endpoint_of(provider=provider)) for _ in "abc"),
    ]

    def claim():
        run = left.pop()
        taken = claim_evaluation if isinstance(run, EvaluationRun) else claim_run
        return taken(run.pk, NOON)

    claims = at_once(6, claim)

    assert sum(claim is not None for claim in claims) == 2


@every
def test_a_claim_says_whose_the_run_is_and_until_when():
    endpoint = endpoint_of()
    run = waiting(endpoint)
    endpoint.wire_model = "revised-since"
    endpoint.save()

    claimed = claim_evaluation(run.pk, NOON)

    run = kept(run)
    assert (run.claim, run.claims) == (claimed.claim, 1)
    assert (run.started_at, run.lease_until) == (NOON, NOON + LEASE)
    assert run.asked["wire_model"] == "revised-since"
    assert claim_evaluation(run.pk, NOON) is None


@every
def test_one_endpoint_has_one_worker_whatever_kind_of_run_it_is_at(settings):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    endpoint = endpoint_of()
    first, second = waiting(endpoint), waiting(endpoint)
    benchmark = BenchmarkRunFactory(endpoint=endpoint)

    assert claim_evaluation(first.pk, NOON)

    assert claim_evaluation(second.pk, NOON) is None
    assert claim_run(benchmark.pk, NOON) is None
    assert ids() == []
    assert claimable_runs() == []


@every
def test_a_benchmark_at_the_endpoint_lets_evaluations_wait(settings):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    endpoint = endpoint_of()
    run, benchmark = waiting(endpoint), BenchmarkRunFactory(endpoint=endpoint)

    assert claim_run(benchmark.pk, NOON)

    assert claim_evaluation(run.pk, NOON) is None
    assert ids() == []


@every
def test_a_run_that_is_called_off_keeps_its_place_until_its_worker_is_done():
    endpoint = endpoint_of()
    first, second = waiting(endpoint), waiting(endpoint)
    claim_evaluation(first.pk, NOON)
    EvaluationRun.objects.filter(pk=first.pk).update(status="cancelled")

    assert claim_evaluation(second.pk, NOON) is None


@every
def test_two_runs_at_work_at_one_endpoint_cannot_be_kept():
    endpoint = endpoint_of()
    fields = {"status": "running", "claim": endpoint.pk, "lease_until": NOON}
    waiting(endpoint, **fields)

    with pytest.raises(IntegrityError, match="evaluation_run_alone_at_its_endpoint"):
        waiting(endpoint, **fields)


@every
def test_organizations_take_turns_and_the_oldest_comes_first(settings):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    one, other = OrganizationFactory(), OrganizationFactory()
    late = waiting(endpoint_of(one), created_at=NOON + timedelta(hours=1))
    early = waiting(endpoint_of(one), created_at=NOON)
    others = waiting(endpoint_of(other), created_at=NOON + timedelta(hours=2))

    assert ids() == [early.pk, others.pk, late.pk]


@every
def test_a_long_run_lets_others_of_its_organization_have_their_turns(settings):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 9
    one = OrganizationFactory()
    long = waiting(endpoint_of(one), created_at=NOON, claims=1)
    short = waiting(endpoint_of(one), created_at=NOON + timedelta(hours=1))

    assert ids() == [short.pk, long.pk]


@every
def test_an_organization_gets_no_more_than_its_share(settings):
    settings.BENCHMARK_RUNS_PER_ORGANIZATION = 1
    one = OrganizationFactory()
    first = waiting(endpoint_of(one), created_at=NOON)
    second = waiting(endpoint_of(one), created_at=NOON + timedelta(hours=1))

    assert ids() == [first.pk]
    claim_evaluation(first.pk, NOON)
    assert claim_evaluation(second.pk, NOON) is None


@every
def test_a_run_of_a_switched_off_endpoint_is_closed():
    endpoint = endpoint_of()
    run = waiting(endpoint)
    endpoint.enabled = False
    endpoint.save()

    assert claim_evaluation(run.pk, NOON) is None

    run = kept(run)
    assert (run.status, run.not_fed_because) == ("failed", "no_answers")
    assert run.failure == "The endpoint was switched off before the run ended."
    assert run.cost_usd == 0


@every
def test_what_is_over_or_imported_is_not_claimed():
    done = FinishedEvaluationRunFactory()

    assert claim_evaluation(done.pk, NOON) is None
    assert ids() == []


@every
def test_a_lease_that_has_not_run_out_is_left_alone():
    run = waiting(endpoint_of())
    claim_evaluation(run.pk, NOON)

    assert take_back_lost(NOON + LEASE) == []
    assert take_back_lost(NOON + LEASE + timedelta(seconds=1)) == [run.pk]
    assert take_back_lost(NOON + LEASE + timedelta(seconds=1)) == []


def test_a_worker_gives_up_before_its_lease_and_its_task_end():
    assert BEGIN_S < END_S < RUN_SOFT_TIME_LIMIT_S < RUN_TIME_LIMIT_S
    assert PATIENCE < LEASE
    assert timedelta(seconds=RENEW_EVERY_S) < LEASE - PATIENCE
