"""Which option serves a workload: what came of advice, else what the buyer says."""

from datetime import UTC, datetime

import pytest

from advisor.decision.question import OptionKey
from advisor.recommendations.in_use import option_in_use, uses_of
from tests.advisor.recommendations.lives import advised
from tests.factories.catalog import OfferingFactory
from tests.factories.workloads import WorkloadRevisionFactory

JANUARY, MARCH, APRIL, MAY, JUNE = (
    datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 4, 5, 6)
)

pytestmark = pytest.mark.django_db


def key(offering, tier="standard"):
    return OptionKey(offering=str(offering.pk), service_tier=tier)


@pytest.fixture
def stated():
    return OfferingFactory()


@pytest.fixture
def revision(stated):
    return WorkloadRevisionFactory(
        current_offering=stated, current_service_tier="batch", received_at=JANUARY
    )


def restated(revision, **fields):
    same = {
        "current_offering": revision.current_offering,
        "current_service_tier": revision.current_service_tier,
    }
    return WorkloadRevisionFactory(
        workload=revision.workload, number=revision.number + 1, **{**same, **fields}
    )


def test_without_advice_it_is_what_the_buyer_states(revision, stated):
    assert option_in_use(revision.workload, revision) == key(stated, "batch")


def test_a_buyer_may_state_nothing():
    revision = WorkloadRevisionFactory()

    assert option_in_use(revision.workload, revision) is None


@pytest.mark.parametrize("state", ["active", "accepted", "in_progress", "failed"])
def test_advice_that_is_not_followed_yet_changes_nothing(revision, stated, state):
    steps = [("active", MARCH), (state, APRIL)]
    advised(revision.workload, OfferingFactory(), steps[state == "active" :])

    assert option_in_use(revision.workload, revision) == key(stated, "batch")


def test_advice_that_succeeded_is_in_use(revision):
    pick = OfferingFactory()
    advised(
        revision.workload,
        pick,
        [("active", MARCH), ("succeeded", APRIL)],
        service_tier="flex",
    )

    assert option_in_use(revision.workload, revision) == key(pick, "flex")


def test_the_newest_success_counts(revision):
    first, second = OfferingFactory(), OfferingFactory()
    advised(revision.workload, second, [("active", MARCH), ("succeeded", MAY)])
    advised(revision.workload, first, [("active", MARCH), ("succeeded", APRIL)])

    assert option_in_use(revision.workload, revision) == key(second)


def test_another_statement_after_the_success_counts(revision):
    advised(
        revision.workload, OfferingFactory(), [("active", MARCH), ("succeeded", APRIL)]
    )
    other = OfferingFactory()
    newer = restated(revision, received_at=MAY, current_offering=other)

    assert option_in_use(revision.workload, newer) == key(other, "batch")


def test_an_edit_of_the_traffic_says_nothing_new_about_the_option(revision):
    pick = OfferingFactory()
    advised(revision.workload, pick, [("active", MARCH), ("succeeded", APRIL)])

    newer = restated(revision, received_at=MAY, requests_per_month=7)

    assert option_in_use(revision.workload, newer) == key(pick)


def test_a_success_of_later_is_unknown_at_a_moment_before(revision, stated):
    advised(
        revision.workload, OfferingFactory(), [("active", MARCH), ("succeeded", JUNE)]
    )

    in_may = option_in_use(revision.workload, revision, at=MAY)

    assert in_may == key(stated, "batch")


def test_many_workloads_need_no_more_queries(django_assert_num_queries):
    revisions = [WorkloadRevisionFactory() for _ in range(5)]

    with django_assert_num_queries(2):
        found = uses_of(revisions)

    assert {key: uses.newest.option for key, uses in found.items()} == {
        revision.workload_id: None for revision in revisions
    }


def test_what_served_before_a_moment_is_remembered(revision, stated):
    pick, other = OfferingFactory(), OfferingFactory()
    advised(revision.workload, pick, [("active", MARCH), ("succeeded", APRIL)])
    newest = restated(revision, received_at=MAY, current_offering=other)

    uses = uses_of([newest])[revision.workload_id]

    assert uses.before(JANUARY) is None
    assert uses.before(APRIL).option == key(stated, "batch")
    assert uses.before(MAY).option == key(pick)
    assert uses.before(JUNE).option == key(other, "batch")
