"""Advice is given unasked when something happened that matters, and not for noise."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.audit import NOBODY
from advisor.recommendations.models import Recommendation, RecommendationLife
from advisor.recommendations.services import (
    change_state,
    check_workload,
    check_workloads,
    due_workloads,
    recommend,
    task_benchmarks,
)
from tests.advisor.recommendations.market import open_market
from tests.benchmarks.services.at_once import at_once
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory
from tests.factories.workloads import WorkloadFactory, WorkloadRevisionFactory
from workloads.services import archive_workload

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def market():
    return open_market()


def stated(**fields):
    """A workload of a million requests a month, without growth.

    small-8b costs 1000 x 0.10 + 200 x 0.20 = 140 USD a month: it is the cheapest.
    """
    fields = {"growth_per_month": 0, "growth_uncertainty": 0, **fields}
    return WorkloadRevisionFactory(**fields).workload


def reprice(offering, price_in, price_out, *, at=NOON + timedelta(minutes=1)):
    PriceFactory(
        offering=offering,
        effective_from=at,
        received_at=at,
        input_per_mtok=Decimal(price_in),
        output_per_mtok=Decimal(price_out),
    )
    CatalogueChangeFactory(received_at=at)


def given(workload):
    return list(Recommendation.objects.filter(workload=workload).order_by("created_at"))


def states(workload):
    lives = RecommendationLife.objects.filter(workload=workload)
    return list(
        lives.order_by("recommendation__created_at").values_list("state", flat=True)
    )


def ids_due(at):
    return [pk for found in due_workloads(at=at).values() for pk in found]


def test_a_workload_without_advice_is_given_its_first(market):
    workload = stated()
    assert ids_due(NOON) == [workload.pk]

    check_workload(workload.pk, at=NOON)

    (first,) = given(workload)
    assert (first.cause, first.previous) == ("schedule", None)
    assert first.picked_offering == market["small-8b"].pk
    assert ids_due(NOON) == []


def test_without_anything_new_nothing_is_due_for_a_day(market):
    workload = stated()
    check_workload(workload.pk, at=NOON)

    assert ids_due(NOON + timedelta(hours=23)) == []
    assert ids_due(NOON + timedelta(hours=24)) == [workload.pk]


def test_the_daily_look_gives_nothing_where_nothing_happened(market):
    workload = stated()
    check_workload(workload.pk, at=NOON)

    assert check_workload(workload.pk, at=NOON + timedelta(days=1)) is None

    assert len(given(workload)) == 1


def test_a_price_that_moves_the_spend_enough_brings_new_advice(market):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    # 1000 x 0.15 + 200 x 0.30 = 210 USD a month: 70 more than 140, and by half.
    reprice(market["small-8b"], "0.15", "0.30")

    assert ids_due(NOON + timedelta(minutes=4)) == []
    assert ids_due(LATER) == [workload.pk]
    fresh = check_workload(workload.pk, at=LATER)

    first, second = given(workload)
    assert (second, second.previous, second.cause) == (fresh, first, "catalogue")
    assert states(workload) == ["superseded", "active"]


# 1000 x 0.135 + 200 x 0.27 = 189: 49 more. 1000 x 0.1 + 200 x 0.2 = 140: none.
@pytest.mark.parametrize("prices", [("0.135", "0.27"), ("0.10", "0.20")])
def test_a_price_that_moves_it_less_is_noise(market, prices):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    reprice(market["small-8b"], *prices)

    assert check_workload(workload.pk, at=LATER) is None

    assert states(workload) == ["active"]
    assert ids_due(LATER) == []


def test_a_price_of_what_is_neither_used_nor_advised_is_noise(market):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    reprice(market["large-400b"], "30", "60")

    assert check_workload(workload.pk, at=LATER) is None


def test_the_buyers_own_least_saving_counts_as_well(market):
    workload = stated(minimum_saving_usd=Decimal(71))
    check_workload(workload.pk, at=NOON)
    reprice(market["small-8b"], "0.15", "0.30")  # 70 USD a month more

    assert check_workload(workload.pk, at=LATER) is None


def test_the_last_thing_that_fits_gone_is_news_and_so_is_its_return(market):
    workload = stated(providers_allowed=["cheapo"], max_total_parameters_b=Decimal(10))
    check_workload(workload.pk, at=NOON)
    PriceFactory(
        offering=market["small-8b"],
        effective_from=NOON,
        received_at=NOON + timedelta(minutes=1),
        withdrawn=True,
        input_per_mtok=None,
        output_per_mtok=None,
    )
    CatalogueChangeFactory(received_at=NOON + timedelta(minutes=1))

    gone = check_workload(workload.pk, at=LATER)
    reprice(market["small-8b"], "0.10", "0.20", at=LATER + timedelta(minutes=1))
    back = check_workload(workload.pk, at=LATER + timedelta(minutes=10))

    assert gone.picked_offering is None
    assert str(back.picked_offering) == str(market["small-8b"].pk)


def test_a_newer_revision_is_answered_at_once(market):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    soon = NOON + timedelta(minutes=1)
    WorkloadRevisionFactory(workload=workload, number=2, received_at=soon)

    assert ids_due(soon) == [workload.pk]
    fresh = check_workload(workload.pk, at=soon)

    assert (fresh.cause, fresh.revision.number) == ("workload", 2)


def test_a_new_month_has_a_new_projection(market):
    workload = stated()
    check_workload(workload.pk, at=datetime(2026, 1, 31, 23, 50, tzinfo=UTC))
    february = datetime(2026, 2, 1, 0, 1, tzinfo=UTC)

    assert ids_due(february) == [workload.pk]
    fresh = check_workload(workload.pk, at=february)

    assert fresh.cause == "schedule"
    months = fresh.answer["options"][0]["projected_spend"]["monthly"]
    assert months[0]["month"] == "2026-03"


@pytest.mark.parametrize("state", ["accepted", "dismissed"])
def test_what_a_buyer_decided_is_not_repeated_for_a_new_month(market, state):
    workload = stated()
    first = check_workload(workload.pk, at=NOON)
    step(first, state)

    check_workload(workload.pk, at=datetime(2026, 2, 1, 0, 1, tzinfo=UTC))

    assert states(workload) == [state]


@pytest.mark.parametrize(
    ("state", "then"), [("accepted", "accepted"), ("dismissed", "superseded")]
)
def test_news_reaches_whoever_has_decided_already(market, state, then):
    workload = stated()
    first = check_workload(workload.pk, at=NOON)
    step(first, state)
    reprice(market["small-8b"], "0.15", "0.30")

    check_workload(workload.pk, at=LATER)

    assert states(workload) == [then, "active"]


def step(recommendation, state):
    change_state(
        recommendation=recommendation,
        to_state=state,
        expected_version=None,
        author=NOBODY,
        at=NOON,
        reason="risk" if state == "dismissed" else "",
    )


def test_advice_for_an_archived_workload_lapses(market):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    archive_workload(workload=workload, at=NOON)

    assert ids_due(LATER) == [workload.pk]
    check_workload(workload.pk, at=LATER)

    assert states(workload) == ["expired"]
    assert ids_due(LATER) == []


def test_advice_that_cannot_be_renewed_lapses_after_45_days(market, monkeypatch):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    # As when the facts of a task family are taken away.
    monkeypatch.delitem(task_benchmarks(), "support_chat")

    check_workload(workload.pk, at=NOON + timedelta(days=45, seconds=-1))
    assert states(workload) == ["active"]
    assert ids_due(NOON + timedelta(days=45)) == []

    check_workload(workload.pk, at=NOON + timedelta(days=46))
    assert states(workload) == ["expired"]


def test_lapsed_advice_is_renewed_once_it_can_be(market, monkeypatch):
    workload = stated()
    check_workload(workload.pk, at=NOON)
    with monkeypatch.context() as without:
        without.delitem(task_benchmarks(), "support_chat")
        check_workload(workload.pk, at=NOON + timedelta(days=50))

    fresh = check_workload(workload.pk, at=NOON + timedelta(days=52))

    assert fresh.cause == "schedule"
    assert states(workload) == ["expired", "active"]


def test_one_workload_that_fails_holds_up_no_other(market, caplog):
    broken, sound = WorkloadFactory(), stated()  # the first has no revision

    check_workloads([broken.pk, sound.pk], at=NOON)

    assert len(given(sound)) == 1
    assert str(broken.pk) in caplog.text


def test_organizations_come_apart(market):
    mine, theirs = stated(), stated()

    due = due_workloads(at=NOON)

    assert due == {mine.organization_id: [mine.pk], theirs.organization_id: [theirs.pk]}


@pytest.mark.django_db(transaction=True)
def test_two_checks_at_once_give_one_advice():
    open_market()
    workload = stated()

    results = at_once(4, lambda: check_workload(workload.pk, at=NOON))

    assert sum(result is not None for result in results) == 1
    assert states(workload) == ["active"]


def test_asking_in_between_is_no_news_to_the_watch(market):
    workload = stated()
    recommend(workload=workload, as_of=NOON, at=NOON)

    assert check_workload(workload.pk, at=LATER) is None


def test_looking_for_what_is_due_takes_two_queries(market, django_assert_num_queries):
    organization = OrganizationFactory()
    for _ in range(10):
        stated(workload=WorkloadFactory(organization=organization))

    with django_assert_num_queries(2):
        due = due_workloads(at=NOON)

    assert [len(found) for found in due.values()] == [10]
