"""A workload asked about in March and in May, and what may come in between."""

from datetime import UTC, datetime
from decimal import Decimal

from advisor.recommendations.services import recommend
from catalog.models import CatalogueChange
from tests.factories.catalog import CatalogueChangeFactory, PriceFactory
from tests.factories.workloads import WorkloadRevisionFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)

# 1000 tokens in and 200 out, a million times a month, without growth: the small model
# costs 0.00010 + 0.00004 = 0.00014 USD a request, 1,680 in twelve months; the medium
# 0.00060 + 0.00016 = 0.00076, 9,120; the large 0.0042, 50,400.
ASKED = {
    "requests_per_month": 1_000_000,
    "input_tokens_mean": 1_000,
    "input_tokens_p95": 1_000,
    "output_tokens_mean": 200,
    "output_tokens_p95": 200,
    "growth_uncertainty": 0,
}


def workload_of(**fields):
    return WorkloadRevisionFactory(**(ASKED | fields)).workload


def revise(workload, number=2, **fields):
    return WorkloadRevisionFactory(
        workload=workload, number=number, received_at=APRIL, **(ASKED | fields)
    )


def reprice(offering, price_in, price_out, *, at=APRIL, **fields):
    PriceFactory(
        offering=offering,
        effective_from=at,
        received_at=fields.pop("received_at", at),
        input_per_mtok=Decimal(price_in),
        output_per_mtok=Decimal(price_out),
        **fields,
    )
    if not CatalogueChange.objects.filter(received_at=at).exists():
        CatalogueChangeFactory(received_at=at)


def in_march(workload):
    return recommend(workload=workload, as_of=MARCH, at=MARCH)


def in_may(workload):
    return recommend(workload=workload, as_of=MAY, at=MAY)


def amounts(changes):
    return {each["driver"]: each["amount"] for each in changes["drivers"]}


def moved(changes):
    """Return the amounts that are not zero."""
    return {name: each for name, each in amounts(changes).items() if Decimal(each)}


def sums(changes):
    """Return the sums of both partitions, which must be the change."""
    drivers = sum(Decimal(each) for each in amounts(changes).values())
    return drivers, sum(Decimal(each) for each in changes["totals"].values())
