import json
from datetime import UTC, datetime, time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from catalog.rate_cards import (
    ContextTier,
    RateCard,
    Rates,
    Window,
    rates_from_json,
    rates_to_json,
    tiers_from_json,
    tiers_to_json,
    windows_from_json,
    windows_to_json,
)
from tests.catalog.cards import rate_cards, rate_sets, windows


def through_json(value):
    return json.loads(json.dumps(value))


@given(card=rate_cards())
def test_a_card_survives_being_stored(card):
    stored = through_json(
        {
            "rates": rates_to_json(card.rates),
            "tiers": tiers_to_json(card.context_tiers),
            "windows": windows_to_json(card.windows),
        }
    )

    read = RateCard(
        rates=rates_from_json(stored["rates"]),
        context_tiers=tiers_from_json(stored["tiers"]),
        windows=windows_from_json(stored["windows"]),
    )

    assert read == card


def test_an_unknown_rate_is_left_out_and_zero_is_kept():
    rates = Rates(input_per_mtok=Decimal(0))

    assert rates_to_json(rates) == {"input_per_mtok": "0"}


def test_tiers_are_read_in_ascending_order():
    high = ContextTier(above_prompt_tokens=200, rates=Rates())
    low = ContextTier(above_prompt_tokens=100, rates=Rates())

    assert tiers_from_json(tiers_to_json([high, low])) == (low, high)


@given(own=rate_sets(), other=rate_sets())
def test_overriding_twice_changes_nothing_more(own, other):
    once = own.overridden_by(other)

    assert once.overridden_by(other) == once


@given(window=windows(), at=st.datetimes(timezones=st.just(UTC)))
def test_a_window_and_its_complement_share_no_moment(window, at):
    rest = Window(
        starts=window.ends,
        ends=window.starts,
        weekdays=window.weekdays,
        rates=window.rates,
    )

    assert not (window.holds(at) and rest.holds(at))


def test_a_day_is_covered_by_a_window_and_its_complement():
    night = Window(starts=time(22), ends=time(6), rates=Rates())
    day = Window(starts=time(6), ends=time(22), rates=Rates())

    for hour in range(24):
        at = datetime(2026, 1, 1, hour, tzinfo=UTC)
        assert night.holds(at) != day.holds(at)


def test_a_card_is_linear_without_tiers_and_windows():
    window = Window(starts=time(1), ends=time(2), rates=Rates())

    assert RateCard(rates=Rates()).is_linear
    assert not RateCard(rates=Rates(), windows=(window,)).is_linear
