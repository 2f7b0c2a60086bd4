"""What past traffic cost: dated prices, terms and exchange rates, by hand."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from advisor.decision.actual_spend import Shape, Used, cost_of
from advisor.decision.dated_prices import DatedPrices
from advisor.decision.dated_rows import microseconds
from catalog.rate_cards import Window
from tests.advisor.decision.builders import (
    AS_OF,
    Agreement,
    Fx,
    ask,
    history,
    model,
    offer,
    price,
    rates,
    spec,
)

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def used(**changes):
    """A thousand requests of 1000 tokens in and 200 out each."""
    counts = {
        "requests": 1_000,
        "input_tokens": 1_000_000,
        "cached_input_tokens": 0,
        "output_tokens": 200_000,
        "reasoning_tokens": 0,
    }
    return Used(**{**counts, **changes})


def books(*prices, known_at=AS_OF, **more):
    return DatedPrices(
        history(spec(offer("a", *prices), **more)),
        organization="buyer",
        known_at=microseconds(known_at),
    )


def cost(*prices, start=MARCH, end=MARCH + DAY, traffic=None, question=None, **more):
    """Return what a day's traffic cost on offer a."""
    found = books(*prices, **more).holdings(0, microseconds(start), microseconds(end))
    if found is None:
        return None
    return cost_of(traffic or used(), found, Shape(question or ask()))


def test_totals_are_billed_at_the_rates():
    # 1 Mtok at 1 USD and 0.2 Mtok at 2.
    assert cost(price(1, 2)) == Decimal("1.4")


def test_cached_and_hidden_tokens_have_rates_of_their_own():
    traffic = used(cached_input_tokens=400_000, reasoning_tokens=50_000)

    # 0.6 * 1 + 0.4 * 0.1 + 0.15 * 2 + 0.05 * 4
    assert cost(price(1, 2, cache_read="0.1", reasoning=4), traffic=traffic) == Decimal(
        "1.14"
    )


def test_a_fee_is_charged_for_each_request():
    # 1.4 and a thousand times 0.003
    assert cost(price(1, 2, per_request="0.003")) == Decimal("4.4")


def test_no_requests_cost_nothing():
    nothing = used(requests=0, input_tokens=0, output_tokens=0)

    assert cost(price(1, 2, per_request=5), traffic=nothing) == 0


def test_the_price_of_the_time_counts_not_a_later_one():
    later = price(10, 20, effective=APRIL)

    assert cost(price(1, 2), later) == Decimal("1.4")
    assert cost(price(1, 2), later, start=APRIL, end=APRIL + DAY) == 14


def test_a_price_that_changed_within_the_period_counts_by_time():
    later = price(10, 20, effective=MARCH + DAY / 4)

    # A quarter of the day at 1.4, three at 14.
    assert cost(price(1, 2), later) == Decimal("0.25") * Decimal("1.4") + Decimal(
        "10.5"
    )


def test_a_correction_counts_once_it_is_known():
    corrected = price(2, 4, received=APRIL)

    assert cost(price(1, 2), corrected) == Decimal("2.8")
    assert cost(price(1, 2), corrected, known_at=APRIL - DAY) == Decimal("1.4")


@pytest.mark.parametrize(
    "prices",
    [
        (price(1, 2, effective=APRIL),),
        (price(1, 2), price(1, 2, withdrawn=True, effective=MARCH)),
        (price(1, 2), price(1, 2, withdrawn=True, effective=MARCH + DAY / 2)),
        (price(1),),
        (price(1, 2, currency="EUR"),),
    ],
)
def test_an_unknown_price_is_unknown_and_not_nothing(prices):
    assert cost(*prices) is None


def test_the_exchange_rate_of_the_time_counts():
    fx = (
        Fx(currency="EUR", usd_per_unit=Decimal("1.1")),
        Fx(currency="EUR", usd_per_unit=Decimal("1.3"), effective=MARCH + DAY / 2),
    )

    # 1.4 EUR at 1.1 for half the day and at 1.3 for the other: 1.2 in the mean.
    assert cost(price(1, 2, currency="EUR"), fx=fx) == Decimal("1.68")


def test_a_bill_in_a_currency_of_no_sheet_can_be_converted():
    fx = (Fx(currency="CHF", usd_per_unit=Decimal("1.2")),)
    found = books(price(1, 2), fx=fx)
    day = (microseconds(MARCH), microseconds(MARCH + DAY))

    assert found.usd_per_unit("CHF", *day) == Decimal("1.2")
    assert found.usd_per_unit("USD", *day) == 1
    assert found.usd_per_unit("JPY", *day) is None


def test_a_discount_holds_while_it_was_agreed():
    term = Agreement(factor=Decimal("0.75"), effective=MARCH, ends=MARCH + DAY / 2)

    # 1.4 * 0.75 for half of the day.
    assert cost(price(1, 2), terms=(term,)) == Decimal("1.225")


def test_an_agreed_price_stands_in_for_the_list():
    term = Agreement(flat=rates(3, 5), effective=MARCH)

    # 3 + 0.2 * 5, priced in the list or not.
    assert cost(price(1, 2, currency="EUR"), terms=(term,)) == 4
    assert cost(price(1, 2, effective=APRIL), terms=(term,)) == 4


@pytest.mark.parametrize(
    "other",
    [{"provider": "q"}, {"model": "n"}, {"tier": "batch"}, {"organization": "else"}],
)
def test_a_term_of_something_else_does_not_apply(other):
    term = Agreement(factor=Decimal("0.5"), **other)

    known = {"n": model()}

    assert cost(price(1, 2), terms=(term,), models=known) == Decimal("1.4")


def test_the_most_specific_term_counts():
    terms = (
        Agreement(factor=Decimal("0.5"), model="m"),
        Agreement(factor=Decimal("0.9"), effective=MARCH),
    )

    assert cost(price(1, 2), terms=terms) == Decimal("0.7")


def test_long_prompts_pay_their_tier_by_the_stated_spread():
    # All prompts are alike, so all or none exceed the bound.
    alike = ask(input_mean=500, input_p95=500)
    dear_above = {999: rates(10, 20)}

    assert cost(price(1, 2, above=dear_above), question=alike) == 14
    assert cost(price(1, 2, above={1_000: rates(10, 20)}), question=alike) == Decimal(
        "1.4"
    )


def test_a_spread_puts_some_prompts_above_a_bound_that_the_mean_is_below():
    spread = ask(input_mean=500, input_p95=1_500)
    bound = {2_000: rates(10, 20)}

    found = cost(price(1, 2, above=bound), question=spread)

    assert Decimal("1.4") < found < Decimal("14")


def test_hours_pay_their_window_by_the_stated_shape():
    night = Window(starts=time(0), ends=time(12), rates=rates(10, 20))
    by_day = ask(daily_shape=[0.0] * 12 + [1.0] * 12)
    even = ask()

    assert cost(price(1, 2, windows=[night]), question=by_day) == Decimal("1.4")
    # Half of the requests at each.
    at_night_too = cost(price(1, 2, windows=[night]), question=even)
    assert round(at_night_too, 9) == Decimal("7.7")


def test_tokens_are_translated_where_both_models_are_known():
    traffic = used(cached_input_tokens=500_000, reasoning_tokens=100_000)

    found = traffic.translated(tokenizer=Decimal("1.2"), reasoning=Decimal(2))

    # 0.1 M visible tokens become 0.12 M, with twice as many hidden.
    assert (found.input_tokens, found.cached_input_tokens) == (1_200_000, 600_000)
    assert (found.output_tokens, found.reasoning_tokens) == (360_000, 240_000)


def test_tokens_stay_as_they_are_where_a_model_is_unknown():
    traffic = used(cached_input_tokens=500_000, reasoning_tokens=100_000)

    assert traffic.translated(tokenizer=None, reasoning=None) == traffic
