"""Sums of usage cost what their parts cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from advisor.decision.actual_spend import Shape
from advisor.decision.question import OptionKey
from advisor.recommendations.questions import question_of
from advisor.recommendations.realised.books import Books, summed_usage, usage_since
from advisor.recommendations.realised.savings import Move, realised_saving
from advisor.recommendations.standpoint import standpoint_of
from tests.advisor.recommendations.market import open_market
from tests.factories.catalog import (
    CatalogueChangeFactory,
    ContractTermFactory,
    FxRateFactory,
    PriceFactory,
    PriceSheetFactory,
)
from tests.factories.workloads import UsageRecordFactory, WorkloadRevisionFactory

APRIL, JULY = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    """Prices, an exchange rate and a term, all of which change in spring."""
    market = open_market()
    in_euros = PriceSheetFactory(currency="EUR")
    for offering, days, sheet in (
        ("small-8b", 20, None),
        ("large-400b", 45, None),
        ("small-8b", 60, in_euros),
    ):
        PriceFactory(
            offering=market[offering],
            # In the midst of a record.
            effective_from=APRIL + (days + 0.25) * DAY,
            input_per_mtok=Decimal(days) / 100,
            **({"sheet": sheet} if sheet else {}),
        )
    FxRateFactory(usd_per_unit=Decimal("1.1"))
    FxRateFactory(effective_from=APRIL + 70 * DAY, usd_per_unit=Decimal("1.25"))
    CatalogueChangeFactory(received_at=JULY - DAY)
    return market


@pytest.fixture
def revision(market):
    revision = WorkloadRevisionFactory(current_offering=market["large-400b"])
    ContractTermFactory(
        organization=revision.workload.organization,
        provider=market["large-400b"].provider,
        effective_from=APRIL + 30 * DAY,
        effective_to=APRIL + 50 * DAY,
    )
    chance = Random(7)  # figures, not secrets
    for number in range(90):
        UsageRecordFactory(
            workload=revision.workload,
            offering=market["small-8b"],
            used_from=APRIL + number * DAY,
            used_to=APRIL + (number + 0.5) * DAY,
            received_at=JULY,
            requests=chance.randrange(1, 5_000),
            input_tokens=chance.randrange(10**6),
            output_tokens=chance.randrange(10**5),
            **(
                {"billed_amount": Decimal("1.5"), "billed_currency": "EUR"}
                if number % 7 == 0
                else {}
            ),
        )
    UsageRecordFactory(
        workload=revision.workload,
        offering=market["small-8b"],
        service_tier="batch",
        used_from=APRIL + 15 * DAY,
        used_to=APRIL + 25 * DAY,
        received_at=JULY,
    )
    return revision


def key(offering):
    return OptionKey(offering=str(offering.pk), service_tier="standard")


def test_sums_cost_what_their_parts_cost(market, revision):
    workload = revision.workload
    standpoint = standpoint_of(workload.organization, as_of=JULY, known_at=None)
    books, since = Books.at(standpoint), {workload.pk: APRIL}
    shape = Shape(question_of(revision, as_of=JULY, previous_pick=None))
    move = Move(
        since=APRIL + 10 * DAY,
        before=key(market["large-400b"]),
        pick=key(market["small-8b"]),
    )

    parts = usage_since(since, at=JULY)[workload.pk]
    sums = summed_usage(since, [(move.since, move.before)], books=books, at=JULY)

    def cost(records):
        return sum(books.cost(each, shape) or 0 for each in records)

    def saving(records):
        return realised_saving([move], records, books=books, shape=shape)

    assert len(parts) == 91
    assert len(sums[workload.pk]) < 40
    assert round(cost(sums[workload.pk]), 12) == round(cost(parts), 12)
    assert round(saving(sums[workload.pk]), 12) == round(saving(parts), 12)
