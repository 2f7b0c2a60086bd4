"""What requests cost, worked out by hand from the price rows."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from benchmarks.harness.load import Lengths, Load, Profile
from benchmarks.harness.samples import ErrorKind, Sample, SampleTable
from benchmarks.services.pricing import cost, estimate, tariff
from tests.factories.catalog import (
    FxRateFactory,
    ModelFactsFactory,
    OfferingFactory,
    PriceFactory,
    PriceSheetFactory,
)

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = Lengths(input_tokens=10_000, output_tokens=1_500)


def load(**fields):
    return Load(
        **{
            "profile": Profile.SINGLE,
            "requests": 60,
            "warmup": 1,
            "lengths": (LONG,),
            "seed": 1,
            **fields,
        }
    )


def table(**figures):
    asked = {"asked_input_tokens": 100, "asked_output_tokens": 300}
    return SampleTable.of([Sample(**{"intended_s": 0.0, **asked, **figures})])


def test_an_estimate_counts_every_request_and_the_warm_up():
    held = tariff(PriceFactory().offering, "standard", MARCH)

    # 61 * (10,000 * 0.20 + 1,500 * 0.80) / 10**6 = 61 * 0.0032
    assert estimate(held, load(), MARCH) == Decimal("0.1952")


def test_lengths_are_priced_in_turn_and_each_stage_begins_anew():
    held = tariff(PriceFactory().offering, "standard", MARCH)
    short = Lengths(input_tokens=1_000, output_tokens=0)
    both = load(requests=3, lengths=(LONG, short))

    # Warm-up: long. Then long, short, long: three long ones and one of 0.0002.
    assert estimate(held, both, MARCH) == 3 * Decimal("0.0032") + Decimal("0.0002")


def test_hidden_reasoning_is_estimated_where_it_is_known():
    price = PriceFactory(reasoning_per_mtok=Decimal("1.60"))
    ModelFactsFactory(model=price.offering.model, reasoning_tokens_ratio=Decimal(2))
    held = tariff(price.offering, "standard", MARCH)

    # 3,000 hidden tokens at 1.60 beside the 0.0032 of what is seen.
    assert estimate(held, load(requests=1, warmup=0), MARCH) == Decimal("0.0080")


def test_the_price_of_the_tier_at_the_moment_counts():
    january = PriceFactory()
    PriceFactory(
        offering=january.offering,
        sheet=january.sheet,
        effective_from=datetime(2026, 3, 2, tzinfo=UTC),
        input_per_mtok=Decimal(100),
    )
    PriceFactory(
        offering=january.offering,
        sheet=january.sheet,
        service_tier="priority",
        input_per_mtok=Decimal("0.40"),
        output_per_mtok=Decimal("1.60"),
    )
    one = load(requests=1, warmup=0)

    standard = tariff(january.offering, "standard", MARCH)
    priority = tariff(january.offering, "priority", MARCH)

    assert estimate(standard, one, MARCH) == Decimal("0.0032")
    assert estimate(priority, one, MARCH) == Decimal("0.0064")


def test_another_currency_is_converted_at_the_rate_held():
    euros = PriceSheetFactory(currency="EUR")
    offering = PriceFactory(sheet=euros).offering
    assert tariff(offering, "standard", MARCH) is None  # no rate: unknown, not zero

    FxRateFactory()  # 1.10 USD
    held = tariff(offering, "standard", MARCH)

    one = load(requests=1, warmup=0)
    assert estimate(held, one, MARCH) == Decimal("0.00352")  # 0.0032 * 1.10


def test_what_has_no_price_has_no_estimate_and_no_cost():
    withdrawn = PriceFactory()
    PriceFactory(
        offering=withdrawn.offering,
        sheet=withdrawn.sheet,
        effective_from=datetime(2026, 2, 1, tzinfo=UTC),
        withdrawn=True,
        input_per_mtok=None,
        output_per_mtok=None,
    )
    no_output = PriceFactory(output_per_mtok=None)

    assert tariff(OfferingFactory(), "standard", MARCH) is None
    assert tariff(withdrawn.offering, "standard", MARCH) is None
    held = tariff(no_output.offering, "standard", MARCH)
    assert estimate(held, load(), MARCH) is None
    assert cost(held, table(), MARCH) is None
    assert estimate(None, load(), MARCH) is None
    assert cost(None, table(), MARCH) is None


@pytest.mark.parametrize(
    ("figures", "usd"),
    [
        # 40 of 100 input tokens from the cache at 0.02, the rest at 0.20; 10 of 50
        # output tokens are reasoning at the output's rate of 0.80.
        (
            {
                "input_tokens": 100,
                "cached_tokens": 40,
                "output_tokens": 50,
                "reasoning_tokens": 10,
            },
            "0.0000528",
        ),
        # Nothing is known of its usage: 100 in and 300 out, as asked.
        ({}, "0.00026"),
        ({"error": ErrorKind.TIMEOUT}, "0.00026"),
        ({"error": ErrorKind.TRUNCATED, "input_tokens": 200}, "0.00028"),
        # More cached or hidden than there is of the whole counts as the whole.
        ({"input_tokens": 100, "cached_tokens": 900, "output_tokens": 0}, "0.000002"),
        (
            {"input_tokens": 0, "output_tokens": 10, "reasoning_tokens": 99},
            "0.000008",
        ),
        # Turned away: nothing was made, so nobody bills.
        ({"error": ErrorKind.CONNECT}, "0"),
        ({"error": ErrorKind.HTTP_4XX}, "0"),
        ({"error": ErrorKind.RATE_LIMITED}, "0"),
    ],
)
def test_a_request_costs_what_it_used_and_what_is_unknown_as_asked(figures, usd):
    price = PriceFactory(cache_read_per_mtok=Decimal("0.02"))
    held = tariff(price.offering, "standard", MARCH)

    assert cost(held, table(**figures), MARCH) == Decimal(usd)
