"""What large models cost above the smallest option that would do, and in words.

Monthly spend of a workload: small-8b 140 USD, medium-70b 760, large-400b 4200,
secret 8000 (see test_whole).
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from advisor.recommendations.portfolio import portfolio_of
from advisor.recommendations.services import recommend
from tests.advisor.recommendations.market import BENCHMARKS, open_market
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ModelFactsFactory,
    OfferingFactory,
    OfferingFactsFactory,
    PriceFactory,
    PublishedScoreFactory,
)
from tests.factories.workloads import WorkloadRevisionFactory

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def organization():
    return OrganizationFactory()


def stated(organization, offering, name, **fields):
    return WorkloadRevisionFactory(
        workload__organization=organization,
        workload__name=name,
        current_offering=offering,
        **fields,
    ).workload


def large_models(organization):
    return portfolio_of(organization, as_of=JULY)["large_models"]


# Of the four published qualities only those of the two largest are this good.
ONLY_LARGE = {"quality_floor_kind": "relative", "quality_floor_value": 0.95}


def test_what_they_cost_above_the_smallest_is_summed(market, organization):
    chat = stated(organization, market["large-400b"], "Chat")
    code = stated(organization, market["secret"], "Code")
    stated(organization, market["medium-70b"], "Mail")

    portfolio = portfolio_of(organization, as_of=JULY)

    # 4200 - 140 and 8000 - 140.
    above = {e["name"]: e["above_smallest"] for e in portfolio["workloads"]}
    assert above["Chat"]["amount_monthly"] == "4060.00"
    assert above["Code"]["amount_monthly"] == "7860.00"
    assert above["Chat"]["smallest"]["offering"]["model"] == "small-8b"
    assert above["Mail"] is None
    assert portfolio["large_models"] == {
        "amount_monthly": "11920.00",
        "workloads": [str(chat.pk), str(code.pk)],
        "sentence": "Your 2 large or undisclosed models cost 11,920 USD a month above"
        " the smallest option that would do.",
    }


def test_where_no_smaller_one_would_do_the_size_earns_its_price(market, organization):
    stated(organization, market["large-400b"], "Chat")
    stated(organization, market["large-400b"], "Law", **ONLY_LARGE)

    found = large_models(organization)

    assert found["amount_monthly"] == "4060.00"
    assert found["sentence"] == (
        "1 of your 2 large models costs 4,060 USD a month above the smallest option"
        " that would do; at Law no smaller one would do."
    )


def test_one_that_earns_its_price_says_so(market, organization):
    stated(organization, market["large-400b"], "Law", **ONLY_LARGE)

    assert large_models(organization)["sentence"] == "At Law no smaller one would do."


def test_a_smaller_one_that_costs_more_takes_nothing_off(market, organization):
    PriceFactory(
        offering=market["large-400b"],
        effective_from=MAY,
        input_per_mtok="0.01",
        output_per_mtok="0.01",
    )
    CatalogueChangeFactory(received_at=MAY)
    stated(organization, market["large-400b"], "Chat")

    portfolio = portfolio_of(organization, as_of=JULY)

    # 1000 * 0.01 + 200 * 0.01 = 12 USD, and the smallest costs 140.
    [entry] = portfolio["workloads"]
    assert entry["above_smallest"]["amount_monthly"] == "-128.00"
    assert portfolio["large_models"]["amount_monthly"] == "0.00"
    assert portfolio["large_models"]["sentence"] == (
        "At Chat no smaller one would cost less."
    )


def test_the_cheapest_of_the_smallest_band_counts_not_the_advised(market, organization):
    # 1000 * 0.101 + 200 * 0.202 = 141.40 USD, 1 % more: tied, so advice takes it for
    # its quality.
    better = OfferingFactory(provider=market["small-8b"].provider)
    PriceFactory(
        offering=better,
        input_per_mtok=Decimal("0.101"),
        output_per_mtok=Decimal("0.202"),
    )
    ModelFactsFactory(
        model=better.model,
        total_parameters_b=9,
        reasoning_tokens_ratio=0,
        tokenizer_ratio=1,
    )
    OfferingFactsFactory(offering=better)
    for benchmark in BENCHMARKS:
        PublishedScoreFactory(model=better.model, benchmark=benchmark, score="0.9")
    workload = stated(organization, market["large-400b"], "Chat")
    advice = recommend(workload=workload, as_of=JULY, at=JULY)

    [entry] = portfolio_of(organization, as_of=JULY)["workloads"]

    assert advice.picked_offering == str(better.pk)
    assert entry["above_smallest"]["smallest"]["offering"]["model"] == "small-8b"


def test_an_unknown_price_is_said(market, organization):
    stated(
        organization,
        market["large-400b"],
        "Chat",
        current_service_tier="provisioned",
    )

    found = large_models(organization)

    assert found["sentence"] == "At Chat a price is unknown."
    assert found["amount_monthly"] == "0.00"


def test_small_sums_keep_their_cents(market, organization):
    stated(organization, market["large-400b"], "Chat", requests_per_month=1_000)

    # 4.20 - 0.14
    assert "4.06 USD a month" in large_models(organization)["sentence"]
