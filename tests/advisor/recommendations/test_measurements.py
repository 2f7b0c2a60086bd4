"""Advice uses what was measured, and moves when it does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from advisor.recommendations.answer import answer_of
from advisor.recommendations.services import decide_again, recommend
from benchmarks.models import PerformanceChange
from catalog.models import CatalogueChange, Concern
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import OrganizationFactory
from tests.factories.benchmarks import EndpointFactory, FinishedRunFactory, steady
from tests.factories.catalog import CatalogueChangeFactory
from tests.factories.workloads import WorkloadRevisionFactory

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def measured(endpoint, at, *, samples=None, **fields):
    """Keep a finished run of an endpoint and note in the ledger that it is known."""
    run = FinishedRunFactory(endpoint=endpoint, slot=at, samples=samples, **fields)
    CatalogueChangeFactory(
        received_at=run.received_at, concerns=Concern.MEASUREMENTS, reason="a run"
    )
    return run


def workload_of(**fields):
    """A workload of short prompts that wants its first token within 900 ms."""
    revision = WorkloadRevisionFactory(
        **{
            "input_tokens_mean": 100,
            "input_tokens_p95": 100,
            "output_tokens_mean": 100,
            "output_tokens_p95": 100,
            "ttft_ms_p95_limit": 900.0,
            **fields,
        }
    )
    return revision.workload


def picked(recommendation):
    if recommendation.answer["recommended"] is None:
        return None
    stage = recommendation.answer["options"][0]["strategy"]["stages"][0]
    return stage["offering"]["model"]


def option(recommendation, model):
    [found] = [
        each
        for each in recommendation.answer["options"]
        if each["strategy"]["stages"][0]["offering"]["model"] == model
    ]
    return found


def reasons(recommendation, offering):
    """Return the reasons by code that refuse an offering."""
    [found] = [
        each["reasons"]
        for each in recommendation.answer["rejected"]["nearest"]
        if each["offering"]["id"] == str(offering.pk)
    ]
    return {reason["code"]: reason for reason in found}


def test_an_endpoint_that_slows_loses_the_recommendation_and_the_answer_says_why():
    market = open_market()
    small = EndpointFactory(offering=market["small-8b"])
    medium = EndpointFactory(offering=market["medium-70b"])
    workload = workload_of()
    for day in (1, 2, 3):
        measured(small, MARCH + day * DAY, samples=steady(ttft_ms=200.0))
        measured(medium, MARCH + (day + 0.5) * DAY, samples=steady(ttft_ms=300.0))

    before = recommend(workload=workload, as_of=MARCH + 4 * DAY, at=MARCH + 4 * DAY)
    slowed = measured(small, MARCH + 5 * DAY, samples=steady(ttft_ms=1_500.0))
    change = PerformanceChange.objects.create(
        endpoint=small,
        token_class="short",
        figure="ttft_ms_p50",
        before=200.0,
        after=1_500.0,
        significance=3.0,
        began_run=slowed,
        detected_run=slowed,
        effective_from=slowed.started_at,
        received_at=slowed.received_at,
    )
    after = recommend(workload=workload, as_of=MARCH + 6 * DAY, at=MARCH + 6 * DAY)

    assert picked(before) == "small-8b"
    latency = option(before, "small-8b")["latency"]
    assert latency["basis"] == "benchmarked"
    assert latency["requests"] == 180
    assert latency["measured"]["runs"] == 3
    assert latency["slo_attainment"] > 0.99

    assert picked(after) == "medium-70b"
    reason = reasons(after, market["small-8b"])["ttft_over_limit"]
    assert reason["basis"] == "benchmarked"
    assert (reason["limit"], reason["unit"]) == (900.0, "ms")
    assert reason["value"] > 1_200
    assert str(slowed.pk) in after.answer["evidence"]["benchmark_runs"]
    [told] = after.answer["evidence"]["performance_changes"]
    assert told["id"] == str(change.pk)
    assert (told["before"], told["after"]) == (200.0, 1_500.0)
    assert told["offering"]["id"] == str(market["small-8b"].pk)


def test_an_endpoint_that_fails_loses_the_recommendation():
    market = open_market()
    small = EndpointFactory(offering=market["small-8b"])
    workload = workload_of(ttft_ms_p95_limit=None, error_rate_limit=0.02)
    before = recommend(workload=workload, as_of=MARCH, at=MARCH)
    failing = [*steady(57), *steady(3, error="http_5xx")]
    measured(small, MARCH + DAY, samples=[*failing, *steady(10)])

    after = recommend(workload=workload, as_of=MARCH + 2 * DAY, at=MARCH + 2 * DAY)

    assert picked(before) == "small-8b"
    assert picked(after) == "medium-70b"
    reason = reasons(after, market["small-8b"])["error_rate_over_limit"]
    assert reason["value"] == pytest.approx(3 / 70, abs=1e-4)
    assert (reason["limit"], reason["field"]) == (0.02, "limits/error_rate")


def test_an_answer_stands_although_more_is_measured_later():
    market = open_market()
    endpoint = EndpointFactory(offering=market["small-8b"])
    measured(endpoint, MARCH, samples=steady(ttft_ms=200.0))
    workload = workload_of()
    given = recommend(workload=workload, as_of=MARCH + DAY, at=MARCH + DAY)

    # Finished before the answer's moment, but known of only afterwards.
    measured(
        endpoint,
        MARCH + timedelta(hours=1),
        samples=steady(ttft_ms=5_000.0),
        received_at=MARCH + 2 * DAY,
    )

    assert answer_of(decide_again(given)) == given.answer
    later = recommend(workload=workload, as_of=MARCH + DAY, at=MARCH + 3 * DAY)
    assert picked(later) != picked(given)


def test_a_moment_in_the_past_knows_nothing_of_later_runs():
    market = open_market()
    endpoint = EndpointFactory(offering=market["small-8b"])
    measured(endpoint, MARCH + 5 * DAY, samples=steady(ttft_ms=5_000.0))

    then = recommend(workload=workload_of(), as_of=MARCH, at=MARCH + 6 * DAY)

    assert option(then, "small-8b")["latency"]["basis"] == "modelled"


def test_what_an_organization_measures_is_its_own():
    market = open_market()
    owner = OrganizationFactory()
    private = EndpointFactory(offering=market["small-8b"], organization=owner)
    measured(private, MARCH, samples=steady(ttft_ms=200.0))
    own = workload_of(workload__organization=owner)

    theirs = recommend(workload=workload_of(), as_of=MARCH + DAY, at=MARCH + DAY)
    mine = recommend(workload=own, as_of=MARCH + DAY, at=MARCH + DAY)

    assert option(theirs, "small-8b")["latency"]["basis"] == "modelled"
    assert option(mine, "small-8b")["latency"]["basis"] == "benchmarked"


@pytest.mark.parametrize(
    "fields",
    [
        {"feeds_advice": False, "not_fed_because": "client_limited"},
        {"samples": steady(phase=-1)},
    ],
)
def test_runs_that_say_nothing_to_advice_stay_out(fields):
    market = open_market()
    measured(EndpointFactory(offering=market["small-8b"]), MARCH, **fields)

    advice = recommend(workload=workload_of(), as_of=MARCH + DAY, at=MARCH + DAY)

    assert option(advice, "small-8b")["latency"]["basis"] == "modelled"


def test_a_run_is_read_once_and_later_ones_are_added(django_assert_num_queries):
    market = open_market()
    endpoint = EndpointFactory(offering=market["small-8b"])
    measured(endpoint, MARCH)
    workload = workload_of()
    moment = {"as_of": MARCH + DAY, "at": MARCH + DAY}
    recommend(workload=workload, **moment)

    # The newest changes, the revision, the last answer, the evaluations there are, and
    # the insert; for its life: a savepoint and its release, the lock, what was open,
    # its end, and what begins.
    with django_assert_num_queries(5 + 7):
        recommend(workload=workload, **moment)
    measured(endpoint, MARCH + timedelta(hours=2))
    later = recommend(workload=workload, **moment)

    assert option(later, "small-8b")["latency"]["measured"]["runs"] == 2


def test_loads_are_not_mixed():
    market = open_market()
    endpoint = EndpointFactory(offering=market["small-8b"])
    alone = {"profile": "single", "concurrency": 1, "requests_per_second": 1.0}
    crowd = {"profile": "concurrent", "concurrency": 32, "requests_per_second": 1.0}
    measured(endpoint, MARCH, asked=alone, samples=steady(ttft_ms=200.0))
    together = [replace(each, intended_s=0.0) for each in steady(ttft_ms=850.0)]
    measured(endpoint, MARCH + timedelta(hours=2), asked=crowd, samples=together)

    advice = recommend(workload=workload_of(), as_of=MARCH + DAY, at=MARCH + DAY)

    # A million requests a month are 0.4 a second, of 2 s each: about one at a time.
    latency = option(advice, "small-8b")["latency"]
    assert latency["requests"] == 60
    assert latency["ttft_ms_p95"] < 300


def test_a_run_changes_nothing_of_the_catalogue_in_memory():
    market = open_market()
    first = recommend(workload=workload_of(), as_of=MARCH, at=MARCH)
    measured(EndpointFactory(offering=market["small-8b"]), MARCH)

    second = recommend(workload=workload_of(), as_of=MARCH + DAY, at=MARCH + DAY)

    assert CatalogueChange.objects.count() == 2
    assert second.known_at > first.known_at
