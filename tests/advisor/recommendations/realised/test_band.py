"""Where real spend lies in its projected band.

A million requests of 1000 tokens in and 200 out cost 4200 USD a month on large-400b;
a usage record of a month holds as many. Growth is 10 % a month, give or take 5.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import exp

import pytest

from advisor.recommendations.realised import band_position
from tests.advisor.recommendations.lives import advised
from tests.advisor.recommendations.market import open_market
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory
from tests.factories.workloads import UsageRecordFactory, WorkloadRevisionFactory

FEBRUARY, MARCH, APRIL, MAY, JUNE = (
    datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4, 5, 6)
)
MID_FEBRUARY = datetime(2026, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return open_market()


@pytest.fixture
def workload(market):
    return WorkloadRevisionFactory(
        current_offering=market["large-400b"],
        growth_per_month=Decimal("0.1"),
        growth_uncertainty=Decimal("0.05"),
        received_at=MID_FEBRUARY,
    ).workload


def month_used(workload, offering, month, millions=1, *, until=None):
    ends = (month + timedelta(days=31)).replace(day=1)
    return UsageRecordFactory(
        workload=workload,
        offering=offering,
        used_from=month,
        used_to=until or ends,
        received_at=ends,
        requests=millions * 1_000_000,
        input_tokens=millions * 1_000_000_000,
        output_tokens=millions * 200_000_000,
    )


def test_the_band_is_that_of_the_statement_and_widens_with_the_months(workload, market):
    month_used(workload, market["large-400b"], MAY)

    found = band_position(workload, date(2026, 5, 20), at=JUNE)

    # March is the first month projected, May the third: 4200 * 1.1 ** 2 = 5082, over
    # and under by exp(1.2816 * 2 * 0.05 / 1.1) = 1.1236.
    factor = exp(1.2815515655 * 2 * 0.05 / 1.1)
    assert found.expected == Decimal("5082")
    assert float(found.low) == pytest.approx(5082 / factor)
    assert float(found.high) == pytest.approx(5082 * factor)
    assert found.actual == 4200
    assert (found.covered, found.position) == (1, "below")


@pytest.mark.parametrize(
    ("millions", "position"), [(1, "below"), (1.25, "within"), (2, "above")]
)
def test_real_spend_lies_above_within_or_below(workload, market, millions, position):
    scale = int(millions * 100)
    UsageRecordFactory(
        workload=workload,
        offering=market["large-400b"],
        used_from=MAY,
        used_to=JUNE,
        requests=scale * 10_000,
        input_tokens=scale * 10_000_000,
        output_tokens=scale * 2_000_000,
    )

    assert band_position(workload, date(2026, 5, 1), at=JUNE).position == position


def test_part_of_a_month_can_be_above_but_not_below(workload, market):
    ten_days = MAY + 10 * DAY
    month_used(workload, market["large-400b"], MAY, until=ten_days)

    part = band_position(workload, date(2026, 5, 1), at=JUNE)

    assert part.covered == Decimal(10) / 31
    assert part.position == "unknown"

    UsageRecordFactory(
        workload=workload,
        offering=market["secret"],
        used_from=MAY,
        used_to=MAY + DAY,
        received_at=JUNE,
        requests=1_000_000,
        input_tokens=1_000_000_000,
        output_tokens=200_000_000,
    )
    # 4200 and 8000, in the same ten days.
    more = band_position(workload, date(2026, 5, 1), at=JUNE)
    assert (more.actual, more.covered) == (12_200, Decimal(10) / 31)
    assert more.position == "above"


def test_prices_learned_later_do_not_move_the_projection(workload, market):
    PriceFactory(offering=market["large-400b"], effective_from=MARCH, input_per_mtok=30)
    CatalogueChangeFactory(received_at=MARCH)
    month_used(workload, market["large-400b"], MARCH)

    found = band_position(workload, date(2026, 3, 1), at=JUNE)

    # 30,000 and 160 really (the later price says 0.80 out), 4200 projected.
    assert found.expected == 4200
    assert found.actual == Decimal("30160")
    assert found.position == "above"


def test_a_move_to_other_advice_projects_anew(workload, market):
    advised(
        workload,
        market["small-8b"],
        [("active", MID_FEBRUARY), ("succeeded", MARCH + DAY)],
    )
    month_used(workload, market["small-8b"], MAY)

    found = band_position(workload, date(2026, 5, 1), at=JUNE)

    # In use since March, so April is its first month: 140 * 1.1.
    assert found.expected == Decimal("154.0")
    assert found.actual == 140


def test_a_statement_of_long_ago_projects_a_year_at_most(market):
    workload = WorkloadRevisionFactory(
        current_offering=market["large-400b"], received_at=MID_FEBRUARY
    ).workload

    found = band_position(
        workload, date(2027, 6, 1), at=datetime(2027, 7, 1, tzinfo=UTC)
    )

    assert found.expected == 4200
    # The twelfth month: exp(1.2816 * 11 * 0.02).
    assert float(found.high) == pytest.approx(4200 * exp(1.2815515655 * 0.22))
    assert (found.actual, found.position) == (None, "unknown")


def test_before_the_statement_nothing_was_projected(workload, market):
    month_used(workload, market["large-400b"], FEBRUARY)

    found = band_position(workload, date(2026, 2, 1), at=JUNE)

    assert (found.low, found.expected, found.high) == (None, None, None)
    assert found.actual == 4200
    assert found.position == "unknown"


def test_an_unpriced_option_has_no_band(market):
    workload = WorkloadRevisionFactory(
        current_offering=market["large-400b"], current_service_tier="provisioned"
    ).workload

    assert band_position(workload, date(2026, 5, 1), at=JUNE).high is None
