"""What makes fresh advice news, and what is noise."""

from dataclasses import replace
from decimal import Decimal

import pytest

from advisor.recommendations.materiality import (
    Position,
    Thresholds,
    matters,
    position_of,
)
from advisor.recommendations.services import recommend
from tests.advisor.recommendations.market import JANUARY, open_market
from tests.factories.workloads import WorkloadRevisionFactory

A, B = ("a", "standard"), ("b", "standard")
LEAST = Thresholds(usd_per_month=Decimal(50), share=Decimal("0.05"))
ACTIVE = Position(
    pick=A,
    spend=Decimal(2_000),
    finding="optimized",
    in_use_misses=frozenset(),
)


def is_news(fresh, *, kept_spend=Decimal(2_000), active=ACTIVE):
    return matters(active, fresh, kept_spend=kept_spend, thresholds=LEAST)


def test_the_same_again_is_no_news():
    assert not is_news(ACTIVE)


# 5 % of 2000 is 100: the move must be above both 100 and 50.
@pytest.mark.parametrize(
    ("kept_spend", "expected"), [(2_100, False), (2_101, True), (1_899, True)]
)
def test_a_pick_repriced_is_news_beyond_both_thresholds(kept_spend, expected):
    fresh = replace(ACTIVE, spend=Decimal(kept_spend))

    assert is_news(fresh, kept_spend=Decimal(kept_spend)) is expected


def test_a_large_share_of_little_money_is_no_news():
    # From 40 to 80 USD: twice as much, yet 40 is below 50.
    active = replace(ACTIVE, spend=Decimal(40))
    fresh = replace(ACTIVE, spend=Decimal(80))

    assert not is_news(fresh, kept_spend=Decimal(80), active=active)


@pytest.mark.parametrize(("spend", "expected"), [(1_900, False), (1_899, True)])
def test_another_pick_is_news_if_it_saves_enough(spend, expected):
    fresh = replace(ACTIVE, pick=B, spend=Decimal(spend))

    assert is_news(fresh) is expected


def test_a_pick_that_meets_its_limits_no_longer_is_news():
    assert is_news(replace(ACTIVE, pick=B), kept_spend=None)


def test_that_nothing_fits_any_more_or_something_does_is_news():
    nothing = replace(ACTIVE, pick=None, spend=None)

    assert is_news(nothing, kept_spend=None)
    assert is_news(ACTIVE, kept_spend=None, active=nothing)
    assert not is_news(nothing, kept_spend=None, active=nothing)


@pytest.mark.parametrize(
    "change",
    [{"finding": "over_provisioned"}, {"in_use_misses": frozenset({"quality_floor"})}],
)
def test_another_finding_or_a_limit_crossed_in_use_is_news(change):
    assert is_news(replace(ACTIVE, **change))


@pytest.mark.django_db
def test_a_position_is_read_from_a_kept_answer():
    market = open_market()
    revision = WorkloadRevisionFactory(
        current_offering=market["large-400b"],
        current_service_tier="standard",
        growth_uncertainty=0,
    )
    advice = recommend(workload=revision.workload, as_of=JANUARY, at=JANUARY)

    position = position_of(advice.answer)

    # 1000 * 0.10 / 10^6 + 200 * 0.20 / 10^6 = 0.00014 USD, a million times a month.
    assert position.pick == (
        *("single", str(market["small-8b"].pk)),
        *("standard", "1", "None"),
    )
    assert position.spend == Decimal(140)
    assert position.finding == "over_provisioned"
    assert position.in_use_misses == frozenset()
