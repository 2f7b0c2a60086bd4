"""What was really spent and saved, in the portfolio, in figures worked out by hand.

A day's usage is 1 Mtok in and 0.2 Mtok out for 1000 requests: on small-8b 0.10 + 0.04
= 0.14 USD, on medium-70b 0.60 + 0.16 = 0.76, on large-400b 3 + 1.2 = 4.2, on secret
5 + 3 = 8.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from advisor.recommendations.portfolio import portfolio_of
from tests.advisor.recommendations.lives import advised
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ContractTermFactory,
    FxRateFactory,
    ModelFactsFactory,
    PriceFactory,
)
from tests.factories.workloads import UsageRecordFactory, WorkloadRevisionFactory

MARCH, APRIL, MAY, JUNE, JULY = (
    datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5, 6, 7)
)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def workload(organization, market):
    return WorkloadRevisionFactory(
        workload__organization=organization, current_offering=market["large-400b"]
    ).workload


def used(workload, offering, used_from, **fields):
    return UsageRecordFactory(
        workload=workload, offering=offering, used_from=used_from, **fields
    )


def entry_of(organization, *, as_of=JULY, **moments):
    [entry] = portfolio_of(organization, as_of=as_of, **moments)["workloads"]
    return entry


def last_month(organization, **moments):
    return entry_of(organization, **moments)["spend"]["realised_last_month"]


def saved(organization, **moments):
    return entry_of(organization, **moments)["savings"]["realised_to_date"]


def test_without_usage_nothing_is_known(organization, workload):
    portfolio = portfolio_of(organization, as_of=JULY)

    [entry] = portfolio["workloads"]
    assert entry["spend"]["realised_last_month"] is None
    assert entry["savings"]["realised_to_date"] is None
    assert portfolio["totals"]["savings_realised"] is None


def test_last_month_is_the_last_whole_one(organization, workload, market):
    for start in (MAY, JUNE, JUNE + DAY, JULY):
        used(workload, market["large-400b"], start)

    # Two days of June; the day of July is over as well, its month is not.
    assert last_month(organization, as_of=JULY + 9 * DAY) == "8.40"


def test_a_period_over_two_months_counts_by_its_time(organization, workload, market):
    used(workload, market["large-400b"], JUNE - 2 * DAY, used_to=JUNE + DAY)

    # A third of three days' 4.2.
    assert last_month(organization) == "1.40"


def test_a_bill_counts_before_any_price(organization, workload, market):
    FxRateFactory(usd_per_unit=Decimal("1.10"))
    used(
        workload,
        market["large-400b"],
        JUNE,
        billed_amount=Decimal("3.00"),
        billed_currency="EUR",
    )

    # 3 EUR at 1.10.
    assert last_month(organization) == "3.30"


@pytest.mark.parametrize(
    "unknown",
    [
        {"billed_amount": Decimal(3), "billed_currency": "CHF"},
        {"service_tier": "provisioned"},
    ],
)
def test_a_month_with_an_unknown_part_is_unknown(
    organization, workload, market, unknown
):
    used(workload, market["large-400b"], JUNE)
    used(workload, market["large-400b"], JUNE + DAY, **unknown)

    assert last_month(organization) is None


def test_a_correction_counts_from_when_it_was_received(organization, workload, market):
    used(workload, market["large-400b"], JUNE)
    used(
        workload,
        market["large-400b"],
        JUNE,
        output_tokens=0,
        received_at=JULY + DAY,
    )

    assert last_month(organization) == "4.20"
    assert last_month(organization, as_of=JULY + 2 * DAY) == "3.00"


def test_contract_terms_of_the_time_count(organization, workload, market):
    ContractTermFactory(
        organization=organization,
        provider=market["large-400b"].provider,
        effective_from=JUNE + DAY,
    )
    CatalogueChangeFactory(received_at=JUNE + DAY)
    used(workload, market["large-400b"], JUNE)
    used(workload, market["large-400b"], JUNE + DAY)

    # 4.2, and 20 % off another.
    assert last_month(organization) == "7.56"


def test_followed_advice_saves_against_the_old_option(organization, workload, market):
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])
    used(workload, market["small-8b"], APRIL)
    used(workload, market["small-8b"], APRIL + DAY)

    portfolio = portfolio_of(organization, as_of=JULY)

    # 2 * (4.2 - 0.14)
    [entry] = portfolio["workloads"]
    assert entry["savings"]["realised_to_date"] == "8.12"
    assert portfolio["totals"]["savings_realised"] == "8.12"


def test_only_usage_of_the_pick_since_the_acceptance_counts(
    organization, workload, market
):
    advised(
        workload,
        market["small-8b"],
        [("active", MARCH), ("accepted", APRIL), ("succeeded", MAY)],
    )
    used(workload, market["small-8b"], APRIL - DAY)
    used(workload, market["small-8b"], APRIL - DAY / 2)
    used(workload, market["large-400b"], APRIL + DAY)
    used(workload, market["small-8b"], APRIL + DAY, service_tier="batch")
    assert saved(organization) is None

    used(workload, market["small-8b"], APRIL + DAY)
    assert saved(organization) == "4.06"


def test_the_old_option_counts_at_its_price_of_the_day(organization, workload, market):
    PriceFactory(
        offering=market["large-400b"],
        effective_from=APRIL + DAY,
        input_per_mtok="1",
        output_per_mtok="1",
    )
    CatalogueChangeFactory(received_at=APRIL + DAY)
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])
    used(workload, market["small-8b"], APRIL)
    used(workload, market["small-8b"], APRIL + DAY)

    # 4.2 - 0.14, then 1.2 - 0.14.
    assert saved(organization) == "5.12"


def test_a_bill_is_the_actual_side_of_a_saving(organization, workload, market):
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])
    bill = {"billed_amount": Decimal("5.00"), "billed_currency": "USD"}
    used(workload, market["small-8b"], APRIL, **bill)

    # 4.2 - 5: the move cost more.
    assert saved(organization) == "-0.80"


def test_tokens_are_translated_to_the_old_model(organization, workload, market):
    ModelFactsFactory(
        model=market["large-400b"].model,
        effective_from=MARCH,
        total_parameters_b=400,
        tokenizer_ratio=Decimal("0.5"),
        reasoning_tokens_ratio=Decimal(3),
    )
    CatalogueChangeFactory(received_at=MARCH)
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])
    used(workload, market["small-8b"], APRIL)

    # Half the tokens: 0.5 in, 0.1 visible out and 0.3 hidden: 1.5 + 0.4 * 6 = 3.9.
    assert saved(organization) == "3.76"


@pytest.mark.parametrize("state", ["failed", "dismissed", "expired"])
def test_advice_that_fell_away_saves_nothing(organization, workload, market, state):
    steps = [("active", MARCH), ("accepted", APRIL), (state, MAY)]
    advised(workload, market["small-8b"], steps)
    used(workload, market["small-8b"], APRIL)

    assert saved(organization) is None
    assert saved(organization, as_of=APRIL + 2 * DAY) == "4.06"


def test_a_second_move_saves_against_the_first(organization, workload, market):
    advised(workload, market["medium-70b"], [("active", MARCH), ("succeeded", APRIL)])
    advised(workload, market["small-8b"], [("active", MAY), ("succeeded", JUNE)])
    used(workload, market["medium-70b"], APRIL)
    used(workload, market["small-8b"], JUNE)

    # 4.2 - 0.76, then 0.76 - 0.14.
    assert saved(organization) == "4.06"


def test_usage_counts_once_where_two_pieces_of_advice_say_the_same(
    organization, workload, market
):
    for accepted in (APRIL, MAY):
        advised(
            workload, market["small-8b"], [("active", MARCH), ("accepted", accepted)]
        )
    used(workload, market["small-8b"], JUNE)

    assert saved(organization) == "4.06"


def test_without_an_old_option_nothing_can_be_said(organization, market):
    workload = WorkloadRevisionFactory(workload__organization=organization).workload
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])
    used(workload, market["small-8b"], APRIL)

    assert saved(organization) is None


def test_an_unpriced_old_option_saves_nothing_known(organization, market):
    workload = WorkloadRevisionFactory(
        workload__organization=organization,
        current_offering=market["large-400b"],
        current_service_tier="provisioned",
    ).workload
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])
    used(workload, market["small-8b"], APRIL)

    assert saved(organization) is None


def test_usage_of_others_stays_theirs(organization, workload, market):
    theirs = WorkloadRevisionFactory(current_offering=market["large-400b"]).workload
    used(theirs, market["large-400b"], JUNE)

    assert last_month(organization) is None
