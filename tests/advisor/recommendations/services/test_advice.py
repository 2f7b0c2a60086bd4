"""Advice kept: reproducible from its moments, whatever happened in between."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from advisor.recommendations import selectors
from advisor.recommendations.answer import answer_of
from advisor.recommendations.services import decide_again, recommend
from tests.advisor.recommendations.market import open_market
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ContractTermFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
)
from tests.factories.workloads import WorkloadFactory, WorkloadRevisionFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def workload_of(**fields):
    revision = WorkloadRevisionFactory(**fields)
    return revision.workload


def best(recommendation):
    return recommendation.answer["options"][0]


def test_the_spend_of_the_pick_can_be_worked_out_by_hand():
    open_market()
    workload = workload_of(
        requests_per_month=1_000_000,
        input_tokens_mean=1_000,
        input_tokens_p95=1_000,
        output_tokens_mean=200,
        output_tokens_p95=200,
        growth_uncertainty=0,
    )

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    # 1000 * 0.10 / 10^6 + 200 * 0.20 / 10^6 = 0.00010 + 0.00004 USD a request;
    # a million requests a month cost 140 USD, twelve months 1680.
    spend = best(advice)["projected_spend"]
    assert best(advice)["strategy"]["stages"][0]["offering"]["model"] == "small-8b"
    assert spend["per_request"] == "0.000140000"
    assert spend["monthly"][0] == {
        "month": "2026-04",
        "low": "140.00",
        "expected": "140.00",
        "high": "140.00",
    }
    assert spend["twelve_months"]["expected"] == "1680.00"


def test_an_answer_can_be_computed_again_after_everything_changed():
    market = open_market()
    revision = WorkloadRevisionFactory(
        quality_floor_kind="relative", quality_floor_value=0.8
    )
    workload = revision.workload
    given = recommend(workload=workload, as_of=MARCH, at=MARCH)

    # A new reading of March's price, a fact, a parameter count, a term, a newcomer
    # and the workload itself: all learned in May.
    PriceFactory(
        offering=market["small-8b"],
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        received_at=MAY,
        input_per_mtok=Decimal(9),
    )
    OfferingFactsFactory(
        offering=market["small-8b"], received_at=MAY, context_tokens=512
    )
    ModelFactsFactory(
        model=market["small-8b"].model,
        received_at=MAY,
        total_parameters_b=Decimal(900),
        active_parameters_b=Decimal(900),
    )
    ContractTermFactory(
        organization=workload.organization,
        provider=market["secret"].provider,
        received_at=MAY,
        discount_percent=Decimal(99),
    )
    newcomer = OfferingFactory(model=market["small-8b"].model)
    PriceFactory(offering=newcomer, received_at=MAY, input_per_mtok=Decimal("0.001"))
    WorkloadRevisionFactory(
        workload=workload,
        number=2,
        requests_per_month=5,
        quality_floor_kind="relative",
        quality_floor_value=0.8,
    )
    CatalogueChangeFactory(received_at=MAY)

    assert answer_of(decide_again(given)) == given.answer
    now = recommend(workload=workload, as_of=MARCH, at=JUNE)
    assert now.answer != given.answer
    # Asked again as it was known in March, only the new revision differs.
    then = recommend(workload=workload, as_of=MARCH, known_at=MARCH, at=JUNE)
    picked = best(then)["strategy"]["stages"][0]["offering"]["model"]
    assert picked == best(given)["strategy"]["stages"][0]["offering"]["model"]


def test_what_is_known_is_what_had_been_received():
    market = open_market()
    PriceFactory(
        offering=market["small-8b"],
        effective_from=MAY,
        received_at=JUNE,
        input_per_mtok=Decimal(7),
    )
    CatalogueChangeFactory(received_at=JUNE)
    workload = workload_of()

    before = recommend(workload=workload, as_of=JULY, known_at=MAY, at=JULY)
    after = recommend(workload=workload, as_of=JULY, at=JULY)

    assert best(before)["strategy"]["stages"][0]["offering"]["model"] == "small-8b"
    assert best(after)["strategy"]["stages"][0]["offering"]["model"] == "medium-70b"


def test_a_price_announced_for_later_counts_from_then_on():
    market = open_market()
    PriceFactory(
        offering=market["small-8b"],
        effective_from=datetime(2026, 7, 1, tzinfo=UTC),
        received_at=MARCH,
        input_per_mtok=Decimal("0.20"),
        output_per_mtok=Decimal("0.40"),
    )
    CatalogueChangeFactory(received_at=MARCH)
    workload = workload_of(
        requests_per_month=1_000_000,
        input_tokens_mean=1_000,
        input_tokens_p95=1_000,
        output_tokens_mean=200,
        output_tokens_p95=200,
    )

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    months = {
        row["month"]: row["expected"]
        for row in best(advice)["projected_spend"]["monthly"]
    }
    assert months["2026-06"] == "140.00"
    assert months["2026-07"] == "280.00"  # twice the rates, twice the bill


def test_a_discount_of_a_quarter_flips_the_order():
    market = open_market()
    rival = OfferingFactory(model=market["small-8b"].model)
    PriceFactory(
        offering=rival, input_per_mtok=Decimal("0.12"), output_per_mtok=Decimal("0.24")
    )
    workload = workload_of()
    at_list = recommend(workload=workload, as_of=MARCH, at=MARCH)
    ContractTermFactory(
        organization=workload.organization,
        provider=rival.provider,
        received_at=MAY,
        discount_percent=Decimal(25),
    )
    CatalogueChangeFactory(received_at=MAY)

    discounted = recommend(workload=workload, as_of=MAY, at=MAY)

    # 0.12 less a quarter is 0.09, below the 0.10 of the other seller.
    seller = best(at_list)["strategy"]["stages"][0]["offering"]["provider"]
    assert seller == "cheapo"
    seller = best(discounted)["strategy"]["stages"][0]["offering"]["provider"]
    assert seller == rival.provider.slug


def test_savings_are_shown_at_list_and_after_discounts():
    market = open_market()
    workload = workload_of(current_offering=market["large-400b"])
    ContractTermFactory(
        organization=workload.organization,
        provider=market["large-400b"].provider,
        discount_percent=Decimal(50),
    )

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    # Large: 1000 * 3 + 200 * 6 = 4200 USD a million requests, 2100 after the discount;
    # small: 140. A year saves 12 * (2100 - 140) = 23520, at list 12 * 4060 = 48720.
    savings = best(advice)["savings_to_current"]
    assert savings["amount"] == "23520.00"
    assert savings["at_list"]["amount"] == "48720.00"
    assert advice.finding == "over_provisioned"


def test_the_payback_counts_the_months_until_the_migration_has_paid():
    market = open_market()
    workload = workload_of(
        current_offering=market["large-400b"], migration_cost_usd=Decimal(9000)
    )

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    # 4060 USD saved a month: 8120 after two, 12180 after three.
    assert best(advice)["savings_to_current"]["payback_months"] == 3


def test_another_organizations_offering_is_never_advised():
    market = open_market()
    stranger = WorkloadFactory().organization
    theirs = OfferingFactory(
        model=market["small-8b"].model, organization=stranger, name="private"
    )
    PriceFactory(offering=theirs, input_per_mtok=0, output_per_mtok=0)
    workload = workload_of()

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    names = str(advice.answer)
    assert "private" not in names
    assert str(theirs.pk) not in names


def test_ones_own_offering_is_advised():
    market = open_market()
    workload = workload_of()
    own = OfferingFactory(
        model=market["small-8b"].model,
        organization=workload.organization,
        name="in-house",
    )
    PriceFactory(offering=own, input_per_mtok=Decimal("0.01"), output_per_mtok=0)

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    assert best(advice)["strategy"]["stages"][0]["offering"]["name"] == "in-house"


def test_an_offering_without_a_price_is_named_and_cannot_win():
    market = open_market()
    unpriced = OfferingFactory(model=market["small-8b"].model, name="no-price")
    OfferingFactsFactory(offering=unpriced)
    workload = workload_of()

    advice = recommend(workload=workload, as_of=MARCH, at=MARCH)

    assert advice.answer["rejected"]["by_reason"] == {"unpriced": 1}
    nearest = advice.answer["rejected"]["nearest"][0]
    assert nearest["offering"]["name"] == "no-price"


def test_advice_cannot_be_changed_or_deleted():
    open_market()
    advice = recommend(workload=workload_of(), as_of=MARCH, at=MARCH)

    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        type(advice).objects.filter(pk=advice.pk).update(finding="optimized")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        type(advice).objects.filter(pk=advice.pk).delete()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"finding": "fine"}, "recommendation_finding_known"),
        ({"known_at": JUNE, "created_at": MAY}, "recommendation_known_before_created"),
        ({"picked_service_tier": "standard"}, "recommendation_pick_is_whole"),
    ],
)
def test_the_database_refuses_a_row_that_makes_no_sense(fields, constraint):
    open_market()
    advice = recommend(workload=workload_of(), as_of=MARCH, at=MARCH)
    advice.pk = None
    advice._state.adding = True
    advice.picked_offering = None
    advice.picked_service_tier = ""
    for name, value in fields.items():
        setattr(advice, name, value)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        advice.save(force_insert=True)


def test_advice_asks_the_database_little(django_assert_num_queries):
    open_market()
    workload = workload_of()
    recommend(workload=workload, as_of=MARCH, at=MARCH)
    assert connection.vendor == "postgresql"

    # The revision, the last advice, the newest change, the evaluations there are, and
    # the row kept; for its life: a savepoint and its release, the lock, what was open,
    # its end, and what begins.
    with django_assert_num_queries(5 + 7):
        recommend(workload=workload, as_of=MAY, at=MAY)


@pytest.mark.parametrize(
    "moments",
    [{"as_of": MARCH}, {"as_of": JULY, "known_at": MAY}, {"as_of": JULY + 300 * DAY}],
)
def test_an_answer_about_another_moment_is_kept_and_replaces_nothing(moments):
    open_market()
    workload = workload_of()
    standing = recommend(workload=workload, as_of=JULY, at=JULY)

    aside = recommend(workload=workload, at=JULY + DAY, **moments)

    standing.life.refresh_from_db()
    assert (standing.life.state, aside.life.state) == ("active", "superseded")
    newer = recommend(workload=workload, as_of=JULY + DAY, at=JULY + DAY)
    assert newer.previous == standing
    assert [each.pk for each in selectors.standing(workload)] == [
        newer.pk,
        standing.pk,
    ]
