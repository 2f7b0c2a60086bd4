"""What one request costs: examples worked out by hand, and what must always hold."""

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import Usage, charge
from catalog.rate_cards import METERS, ContextTier, RateCard, Rates, Window
from tests.catalog.cards import rate_cards, usages

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


def rates(**stated: str) -> Rates:
    return Rates(**{f"{name}_per_mtok": Decimal(rate) for name, rate in stated.items()})


def test_tokens_are_charged_per_million():
    card = RateCard(rates=rates(input="0.20", output="0.80"))

    bill = charge(card, Usage(input_tokens=1_000, output_tokens=500))

    # 1,000 * 0.20 / 10^6 + 500 * 0.80 / 10^6 = 0.0002 + 0.0004
    assert bill.amount == Decimal("0.0006")
    assert not bill.unpriced


def test_cached_tokens_leave_the_rest_of_the_prompt_at_full_price():
    card = RateCard(rates=rates(input="3", output="15", cache_read="0.3"))

    bill = charge(card, Usage(input_tokens=10_000, cache_read_tokens=9_000))

    # 1,000 * 3 / 10^6 + 9,000 * 0.3 / 10^6 = 0.003 + 0.0027
    assert bill.amount == Decimal("0.0057")


def test_both_kinds_of_cache_write_have_their_price():
    card = RateCard(
        rates=rates(input="3", output="15", cache_write_5m="3.75", cache_write_1h="6")
    )

    bill = charge(
        card,
        Usage(input_tokens=1_000, cache_write_5m_tokens=400, cache_write_1h_tokens=100),
    )

    # 500 * 3 + 400 * 3.75 + 100 * 6 = 1,500 + 1,500 + 600 per 10^6
    assert bill.amount == Decimal("0.0036")


def test_an_hour_long_write_without_a_price_costs_what_the_short_one_does():
    card = RateCard(rates=rates(input="3", output="15", cache_write_5m="3.75"))

    bill = charge(card, Usage(input_tokens=100, cache_write_1h_tokens=100))

    assert bill.amount == Decimal("0.000375")  # 100 * 3.75 / 10^6


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (200_000, "0.6"),  # 200,000 * 3 / 10^6
        (200_001, "1.200006"),  # 200,001 * 6 / 10^6, every token of them
    ],
)
def test_a_context_tier_is_a_cliff_on_the_whole_request(prompt, expected):
    tier = ContextTier(above_prompt_tokens=200_000, rates=rates(input="6"))
    card = RateCard(rates=rates(input="3", output="15"), context_tiers=(tier,))

    assert charge(card, Usage(input_tokens=prompt)).amount == Decimal(expected)


def test_cached_tokens_count_towards_the_threshold():
    tier = ContextTier(
        above_prompt_tokens=200_000, rates=rates(input="6", cache_read="0.6")
    )
    card = RateCard(
        rates=rates(input="3", output="15", cache_read="0.3"), context_tiers=(tier,)
    )

    bill = charge(card, Usage(input_tokens=200_001, cache_read_tokens=200_000))

    # 1 * 6 / 10^6 + 200,000 * 0.6 / 10^6
    assert bill.amount == Decimal("0.120006")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("22:59:59.999999", "0.000003"),
        ("23:00:00", "0.000001"),
        ("00:00:00", "0.000001"),
        ("01:59:59.999999", "0.000001"),
        ("02:00:00", "0.000003"),
    ],
)
def test_a_window_over_midnight_is_half_open(clock, expected):
    window = Window(starts=time(23), ends=time(2), rates=rates(input="1", output="1"))
    card = RateCard(rates=rates(input="3", output="3"), windows=(window,))
    at = datetime.combine(NOON.date(), time.fromisoformat(clock), tzinfo=UTC)

    assert charge(card, Usage(input_tokens=1), at=at).amount == Decimal(expected)


def test_a_window_may_be_bound_to_weekdays():
    weekend = Window(
        starts=time(0),
        ends=time(23, 59),
        weekdays=frozenset({5, 6}),
        rates=rates(input="1", output="1"),
    )
    card = RateCard(rates=rates(input="3", output="3"), windows=(weekend,))
    saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    usage = Usage(input_tokens=1_000_000)

    assert charge(card, usage, at=NOON).amount == 3
    assert charge(card, usage, at=saturday).amount == 1


def test_a_request_may_cost_something_by_itself():
    card = RateCard(
        rates=Rates(input_per_mtok=Decimal(1), per_request=Decimal("0.005"))
    )

    # 0.005 + 1,000 * 1 / 10^6
    assert charge(card, Usage(input_tokens=1_000)).amount == Decimal("0.006")


def test_a_missing_price_is_named_and_not_taken_for_zero():
    card = RateCard(rates=rates(input="1"))

    bill = charge(card, Usage(input_tokens=1_000, output_tokens=1_000))

    assert bill.unpriced == {"output_per_mtok"}


def test_a_price_of_zero_is_free_and_known():
    card = RateCard(rates=rates(input="0", output="0"))

    bill = charge(card, Usage(input_tokens=1_000, output_tokens=1_000))

    assert bill.amount == 0
    assert not bill.unpriced


def test_parts_larger_than_the_whole_are_refused():
    card = RateCard(rates=rates(input="1", output="1"))

    with pytest.raises(ValueError, match="input_tokens is less than its parts"):
        charge(card, Usage(input_tokens=1, cache_read_tokens=2))


@given(card=rate_cards(), usage=usages(), at=st.datetimes(timezones=st.just(UTC)))
def test_twice_the_requests_cost_twice_as_much(card, usage, at):
    once = charge(card, usage, at=at).amount

    assert charge(card.scaled(Decimal(2)), usage, at=at).amount == 2 * once


@given(
    card=rate_cards(),
    usage=usages(),
    at=st.datetimes(timezones=st.just(UTC)),
    factor=st.decimals("1", "3", places=2),
)
def test_a_dearer_card_never_costs_less(card, usage, at, factor):
    dearer = charge(card.scaled(factor), usage, at=at).amount

    assert dearer >= charge(card, usage, at=at).amount


@given(card=rate_cards(), usage=usages(), meter=st.sampled_from(METERS))
def test_raising_one_stated_meter_never_costs_less(card, usage, meter):
    own = getattr(card.rates, meter)
    raised = RateCard(
        rates=card.rates.overridden_by(
            Rates(**{meter: None if own is None else own + 1})
        ),
        context_tiers=card.context_tiers,
    )
    plain = RateCard(rates=card.rates, context_tiers=card.context_tiers)

    assert charge(raised, usage).amount >= charge(plain, usage).amount


@given(card=rate_cards(), usage=usages())
def test_what_is_unpriced_has_no_rate_on_the_card(card, usage):
    plain = RateCard(rates=card.rates)

    for meter in charge(plain, usage).unpriced:
        assert getattr(plain.rates, meter) is None
