"""All workloads side by side, in figures that can be worked out by hand.

A million requests of 1000 tokens in and 200 out, a month: on small-8b 140 USD
(1000 Mtok at 0.10 and 200 Mtok at 0.20), on medium-70b 600 + 160 = 760, on large-400b
3000 + 1200 = 4200, on secret 5000 + 3000 = 8000.
"""

import time
from datetime import UTC, datetime

import pytest

from advisor.recommendations.portfolio import portfolio_of
from tests.advisor.recommendations.lives import advised
from tests.advisor.recommendations.market import open_market
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.catalog import (
    CatalogueChangeFactory,
    OfferingFactory,
    PriceFactory,
)
from tests.factories.workloads import WorkloadRevisionFactory

JANUARY, MARCH, APRIL, MAY, JUNE, JULY = (
    datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 4, 5, 6, 7)
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def organization():
    return OrganizationFactory()


def workload_of(organization, current=None, **fields):
    name = fields.pop("name", None)
    named = {"workload__name": name} if name else {}
    revision = WorkloadRevisionFactory(
        workload__organization=organization, current_offering=current, **named, **fields
    )
    return revision.workload


def only(portfolio):
    [entry] = portfolio["workloads"]
    return entry


def test_without_workloads_everything_is_nothing(market, organization):
    portfolio = portfolio_of(organization, as_of=JULY)

    assert portfolio["workloads"] == []
    assert portfolio["totals"] == {
        "spend_monthly": {"in_use": "0.00", "recommended": "0.00"},
        "savings_monthly": {"open": "0.00", "accepted": "0.00"},
        "savings_realised": None,
        "savings_unknown": [],
        "unpriced": [],
    }
    assert {row["share"] for row in portfolio["size_mix"]["requests"]} == {None}
    assert portfolio["large_models"]["sentence"] == "No large model is in use."


def test_without_a_catalogue_nothing_is_priced(organization):
    workload = workload_of(organization)

    portfolio = portfolio_of(organization, as_of=JULY)

    assert only(portfolio)["in_use"] is None
    assert portfolio["totals"]["unpriced"] == [str(workload.pk)]
    assert portfolio["totals"]["savings_unknown"] == [str(workload.pk)]


def test_the_option_in_use_and_the_advice_are_priced_today(market, organization):
    workload = workload_of(organization, market["large-400b"])
    advice = advised(workload, market["small-8b"], [("active", MARCH)])

    entry = only(portfolio_of(organization, as_of=JULY))

    assert entry["in_use"]["offering"]["model"] == "large-400b"
    assert entry["in_use"]["model_size"]["band"] == "large"
    assert entry["in_use"]["monthly"] == "4200.00"
    assert entry["in_use"]["twelve_months"]["expected"] == "50400.00"
    assert entry["recommendation"]["id"] == str(advice.pk)
    assert entry["recommendation"]["state"] == "active"
    assert entry["recommendation"]["version"] == 1
    assert entry["recommendation"]["option"]["monthly"] == "140.00"
    assert entry["spend"] == {
        "in_use_monthly": "4200.00",
        "recommended_monthly": "140.00",
        "realised_last_month": None,
    }
    # 4200 - 140
    assert entry["savings"]["open_monthly"] == "4060.00"


def test_a_price_of_today_counts_not_that_of_the_advice(market, organization):
    workload = workload_of(organization, market["large-400b"])
    advised(workload, market["small-8b"], [("active", MARCH)])
    PriceFactory(
        offering=market["small-8b"],
        effective_from=MAY,
        input_per_mtok="0.20",
        output_per_mtok="0.20",
    )
    CatalogueChangeFactory(received_at=MAY)

    entry = only(portfolio_of(organization, as_of=JULY))

    # 1000 * 0.20 + 200 * 0.20
    assert entry["spend"]["recommended_monthly"] == "240.00"


def test_advice_under_way_and_open_advice_save_nothing_twice(market, organization):
    workload = workload_of(organization, market["secret"])
    advised(
        workload,
        market["large-400b"],
        [("active", MARCH), ("accepted", APRIL), ("in_progress", MAY)],
    )
    advised(workload, market["small-8b"], [("active", MAY)])

    portfolio = portfolio_of(organization, as_of=JULY)

    # 8000 - 4200 are under way, a further 4200 - 140 are open: 8000 - 140 in all.
    assert portfolio["totals"]["savings_monthly"] == {
        "open": "4060.00",
        "accepted": "3800.00",
    }
    assert only(portfolio)["recommendation"]["state"] == "active"
    assert only(portfolio)["is_leaving"]


def test_advice_under_way_to_what_is_in_use_leaves_nothing(market, organization):
    workload = workload_of(organization, market["small-8b"])
    advised(workload, market["small-8b"], [("active", MARCH), ("accepted", APRIL)])

    assert not only(portfolio_of(organization, as_of=JULY))["is_leaving"]


def test_advice_that_succeeded_is_in_use_and_saves_no_more(market, organization):
    workload = workload_of(organization, market["secret"])
    advised(workload, market["small-8b"], [("active", MARCH), ("succeeded", APRIL)])

    portfolio = portfolio_of(organization, as_of=JULY)

    entry = only(portfolio)
    assert entry["in_use"]["offering"]["model"] == "small-8b"
    assert entry["recommendation"]["state"] == "succeeded"
    assert entry["savings"] == {
        "open_monthly": "0.00",
        "accepted_monthly": "0.00",
        "realised_to_date": None,
    }
    assert portfolio["totals"]["spend_monthly"]["in_use"] == "140.00"


def test_savings_that_are_unknown_are_named_beside_the_sum(market, organization):
    advised_one = workload_of(organization, market["large-400b"])
    advised(advised_one, market["small-8b"], [("active", MARCH)])
    without_advice = workload_of(organization, market["large-400b"])
    unstated = workload_of(organization)
    advised(unstated, market["small-8b"], [("active", MARCH)])
    settled = workload_of(organization, market["secret"])
    advised(settled, market["small-8b"], [("active", MARCH), ("succeeded", APRIL)])

    totals = portfolio_of(organization, as_of=JULY)["totals"]

    # 4200 - 140 of the first; what succeeded saves nothing more, and that is known.
    assert totals["savings_monthly"]["open"] == "4060.00"
    assert set(totals["savings_unknown"]) == {str(without_advice.pk), str(unstated.pk)}


@pytest.mark.parametrize("state", ["dismissed", "superseded", "expired", "failed"])
def test_advice_that_fell_away_does_not_stand(market, organization, state):
    workload = workload_of(organization, market["secret"])
    advised(workload, market["small-8b"], [("active", MARCH), (state, APRIL)])

    entry = only(portfolio_of(organization, as_of=JULY))

    assert entry["recommendation"] is None
    assert entry["savings"]["open_monthly"] is None


def test_advice_that_costs_more_opens_no_saving(market, organization):
    workload = workload_of(organization, market["small-8b"])
    advised(workload, market["medium-70b"], [("active", MARCH)])

    portfolio = portfolio_of(organization, as_of=JULY)

    assert only(portfolio)["savings"]["open_monthly"] == "0.00"
    assert portfolio["totals"]["spend_monthly"] == {
        "in_use": "140.00",
        "recommended": "760.00",
    }


def test_unknown_spend_is_listed_and_not_counted_as_nothing(market, organization):
    unpriced = OfferingFactory(name="nowhere priced")
    CatalogueChangeFactory(received_at=MARCH)
    priced = workload_of(organization, market["medium-70b"])
    silent = workload_of(organization)
    without_price = workload_of(organization, unpriced)
    advised(without_price, market["small-8b"], [("active", MARCH)])

    portfolio = portfolio_of(organization, as_of=JULY)

    by_id = {entry["id"]: entry for entry in portfolio["workloads"]}
    assert by_id[str(silent.pk)]["in_use"] is None
    shown = by_id[str(without_price.pk)]
    assert shown["in_use"]["offering"]["name"] == "nowhere priced"
    assert shown["in_use"]["monthly"] is None
    assert shown["savings"]["open_monthly"] is None
    totals = portfolio["totals"]
    assert set(totals["unpriced"]) == {str(silent.pk), str(without_price.pk)}
    # Both spends are of the one priced workload, which nothing is advised for.
    assert totals["spend_monthly"] == {"in_use": "760.00", "recommended": "760.00"}
    assert by_id[str(priced.pk)]["spend"]["recommended_monthly"] is None


def test_a_tier_that_was_never_priced_is_unknown(market, organization):
    workload_of(organization, market["small-8b"], current_service_tier="provisioned")

    entry = only(portfolio_of(organization, as_of=JULY))

    assert entry["in_use"]["service_tier"] == "provisioned"
    assert entry["in_use"]["offering"]["model"] == "small-8b"
    assert entry["in_use"]["monthly"] is None


def test_advice_that_nothing_fits_has_no_option(market, organization):
    workload = workload_of(organization, market["small-8b"])
    advised(workload, None, [("active", MARCH)])

    entry = only(portfolio_of(organization, as_of=JULY))

    assert entry["recommendation"]["option"] is None
    assert entry["savings"]["open_monthly"] is None


def test_archived_workloads_and_those_of_others_stay_out(market, organization):
    archived = workload_of(organization, market["secret"])
    archived.archived_at = MAY
    archived.save()
    workload_of(OrganizationFactory(), market["secret"])

    assert portfolio_of(organization, as_of=JULY)["workloads"] == []
    assert only(portfolio_of(organization, as_of=APRIL))["id"] == str(archived.pk)


def test_an_organization_whose_members_left_keeps_its_portfolio(market, organization):
    member = MembershipFactory(organization=organization)
    workload_of(organization, market["small-8b"])
    member.delete()

    assert only(portfolio_of(organization, as_of=JULY))["in_use"]["monthly"] == "140.00"


def test_the_past_is_shown_as_it_was_known(market, organization):
    workload = workload_of(organization, market["secret"])
    advised(
        workload,
        market["small-8b"],
        [("active", MARCH), ("accepted", MAY), ("succeeded", JUNE)],
    )
    before = portfolio_of(organization, as_of=APRIL, known_at=APRIL)

    # Learned later: a price for March, other traffic, another current option.
    PriceFactory(
        offering=market["secret"],
        effective_from=MARCH,
        received_at=JUNE,
        input_per_mtok="1",
    )
    CatalogueChangeFactory(received_at=JUNE)
    WorkloadRevisionFactory(
        workload=workload, number=2, received_at=JUNE, requests_per_month=5
    )

    assert portfolio_of(organization, as_of=APRIL, known_at=APRIL) == before
    entry = only(before)
    assert entry["in_use"]["monthly"] == "8000.00"
    assert (entry["recommendation"]["state"], entry["recommendation"]["version"]) == (
        "active",
        1,
    )
    then = only(portfolio_of(organization, as_of=MAY, known_at=MAY))
    assert (then["recommendation"]["state"], then["recommendation"]["version"]) == (
        "accepted",
        2,
    )


@pytest.mark.parametrize("count", [1, 10])
def test_the_number_of_queries_does_not_grow(
    market, organization, count, django_assert_num_queries
):
    for _ in range(count):
        workload = workload_of(organization, market["large-400b"])
        advised(workload, market["small-8b"], [("active", MARCH)])
    portfolio_of(organization, as_of=JULY)  # reads the catalogue

    # The newest changes, the workloads, their newest revisions, the statements of
    # what is in use, what succeeded, the steps of the advice, the advice that was
    # followed, what was used at all, its sums, and the evaluations there are.
    with django_assert_num_queries(10):
        portfolio_of(organization, as_of=JULY)


def test_fifty_workloads_take_well_under_a_second(market, organization):
    for _ in range(50):
        workload = workload_of(organization, market["large-400b"])
        advised(workload, market["small-8b"], [("active", MARCH)])
    portfolio_of(organization, as_of=JULY)

    begun = time.process_time()
    portfolio = portfolio_of(organization, as_of=JULY)

    assert len(portfolio["workloads"]) == 50
    assert time.process_time() - begun < 1
