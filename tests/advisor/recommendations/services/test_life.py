"""What becomes of older advice when newer is given, and at what moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from advisor.recommendations import selectors, services
from advisor.recommendations.models import RecommendationLife, Transition
from tests.advisor.recommendations.market import open_market
from tests.factories.recommendations import RecommendationFactory
from tests.factories.workloads import WorkloadRevisionFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def step(advice, to_state, *, at=MARCH, **fields):
    return services.change_state(
        recommendation=advice,
        to_state=to_state,
        expected_version=None,
        author=None,
        at=at,
        **fields,
    )


@pytest.mark.parametrize(
    ("steps", "afterwards"),
    [
        ([], "superseded"),
        ([("dismissed", "risk")], "superseded"),
        ([("accepted", "")], "accepted"),
        ([("accepted", ""), ("in_progress", "")], "in_progress"),
        ([("accepted", ""), ("succeeded", "")], "succeeded"),
        ([("accepted", ""), ("failed", "")], "failed"),
    ],
)
def test_newer_advice_supersedes_what_nobody_follows(steps, afterwards):
    open_market()
    workload = WorkloadRevisionFactory().workload
    older = services.recommend(workload=workload, as_of=MARCH, at=MARCH)
    for state, reason in steps:
        step(older, state, reason=reason)

    newer = services.recommend(workload=workload, as_of=APRIL, at=APRIL)

    assert RecommendationLife.objects.get(pk=older.pk).state == afterwards
    assert selectors.active_recommendation(workload) == newer


def test_the_states_of_a_moment_are_those_reached_by_then():
    advice = RecommendationFactory(created_at=MARCH)
    step(advice, "accepted", at=MARCH + DAY)
    step(advice, "failed", at=MARCH + 2 * DAY)

    def state_at(moment):
        return selectors.states_at(advice.organization, moment).get(advice.pk)

    moments = [MARCH - DAY, MARCH, MARCH + DAY, MARCH + 1.5 * DAY, APRIL]
    assert [state_at(moment) for moment in moments] == [
        None,
        "active",
        "accepted",
        "accepted",
        "failed",
    ]


def test_a_step_is_never_earlier_than_the_one_before():
    advice = RecommendationFactory(created_at=MARCH)

    life = step(advice, "accepted", at=MARCH - DAY)

    assert life.changed_at == MARCH


def test_advice_lapses_only_if_it_is_old_enough():
    advice = RecommendationFactory(created_at=MARCH)
    lapse = {"at": APRIL, "workload_id": advice.workload_id}

    assert not services.expire(unchanged_since=MARCH - DAY, **lapse)
    assert services.expire(unchanged_since=MARCH, **lapse)
    assert not services.expire(unchanged_since=MARCH, **lapse)
    assert RecommendationLife.objects.get(pk=advice.pk).state == "expired"


@pytest.mark.django_db(transaction=True)
def test_of_two_given_at_once_exactly_one_is_active():
    open_market()
    workload = WorkloadRevisionFactory().workload
    both = Barrier(2)

    def ask(_):
        try:
            both.wait(10)
            return services.recommend(workload=workload, as_of=MARCH, at=MARCH).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        given = set(threads.map(ask, range(2)))

    lives = RecommendationLife.objects.filter(workload=workload)
    assert sorted(lives.values_list("state", flat=True)) == ["active", "superseded"]
    assert set(lives.values_list("pk", flat=True)) == given
    assert Transition.objects.filter(recommendation__workload=workload).count() == 3
