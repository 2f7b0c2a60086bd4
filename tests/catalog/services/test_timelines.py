"""What a new reading adds to the prices held: nothing is ever rewritten."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.listings import DatedCard, without_repeats
from catalog.rate_cards import RateCard, Rates
from catalog.services.timelines import (
    BEGINNING,
    WITHDRAWN,
    Terms,
    additions,
    extended,
    terms_at,
    withdrawals,
)

JANUARY, MARCH, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5))
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def card(rate):
    return RateCard(rates=Rates(input_per_mtok=Decimal(rate)))


def dated(moment, rate):
    stated = None if rate is None else card(rate)
    return DatedCard(effective_from=moment, card=stated)


def held(**moments):
    return {globals()[name]: Terms(card(rate), {}) for name, rate in moments.items()}


def added(cards, timeline, *, at=NOW, is_first_sheet=False):
    planned = additions(
        "standard", cards, timeline, at=at, is_first_sheet=is_first_sheet
    )
    return [
        (
            price.change,
            price.effective_from,
            price.after.card and price.after.card.rates.input_per_mtok,
        )
        for price in planned
    ]


def test_an_undated_price_of_a_first_sheet_holds_from_the_beginning():
    found = added([dated(None, 1)], {}, is_first_sheet=True)

    assert found == [("new", BEGINNING, 1)]


def test_an_undated_price_of_a_later_sheet_holds_from_its_moment():
    assert added([dated(None, 1)], {}) == [("new", NOW, 1)]


def test_an_undated_price_that_changed_never_reaches_back():
    found = added([dated(None, 2)], held(BEGINNING=1))

    assert found == [("repriced", NOW, 2)]


def test_the_same_reading_adds_nothing():
    assert added([dated(None, 1)], held(BEGINNING=1)) == []


def test_a_price_announced_for_later_is_added_at_its_date():
    found = added([dated(None, 1), dated(MAY, 2)], held(BEGINNING=1))

    assert found == [("repriced", MAY, 2)]


def test_a_changed_reading_of_a_date_is_a_newer_row_for_that_date():
    found = added([dated(None, 1), dated(MARCH, 3)], held(BEGINNING=1, MARCH=2))

    assert found == [("restated", MARCH, 3)]


def test_a_date_learned_late_is_added_at_that_date():
    found = added([dated(None, 1), dated(MARCH, 2)], held(BEGINNING=1))

    assert found == [("restated", MARCH, 2)]


def test_an_undated_price_of_the_past_is_left_alone():
    found = added([dated(None, 9), dated(MARCH, 2)], held(BEGINNING=1, MARCH=2))

    assert found == []


def test_an_announcement_that_is_taken_back_is_superseded():
    found = added([dated(None, 1)], held(BEGINNING=1, MAY=2))

    assert found == [("restated", MAY, 1)]


def test_a_price_for_a_while_ends_where_the_sheet_says():
    found = added([dated(None, 2), dated(MAY, 1)], held(BEGINNING=1))

    assert found == [("repriced", NOW, 2), ("repriced", MAY, 1)]


def test_a_tier_that_starts_later_is_no_price_before():
    assert added([dated(MAY, 1)], {}) == [("new", MAY, 1)]


def test_a_price_that_the_sheet_no_longer_knows_is_withdrawn():
    found = added([dated(None, 1), dated(MARCH, None)], held(BEGINNING=1))

    assert found == [("withdrawn", MARCH, None)]


def test_a_listing_that_comes_back_is_new_again():
    timeline = {JANUARY: Terms(card(1), {}), MARCH: WITHDRAWN}

    assert added([dated(None, 1)], timeline) == [("new", NOW, 1)]


def test_a_withdrawal_ends_what_was_announced_too():
    found = list(withdrawals("standard", held(BEGINNING=1, MAY=2), at=NOW))

    assert [each.effective_from for each in found] == [NOW, MAY]
    after = extended(held(BEGINNING=1, MAY=2), found)
    assert terms_at(after, NOW) == terms_at(after, MAY) == WITHDRAWN


rates = st.integers(0, 3)
moments = st.sampled_from([JANUARY, MARCH, NOW, MAY])
timelines = st.dictionaries(moments | st.just(BEGINNING), rates).map(
    lambda found: {moment: Terms(card(rate), {}) for moment, rate in found.items()}
)


@st.composite
def sheets(draw):
    first = draw(st.lists(rates, max_size=1))
    later = draw(st.dictionaries(moments, rates | st.none()))
    cards = [dated(None, rate) for rate in first]
    cards += [dated(moment, later[moment]) for moment in sorted(later)]
    return without_repeats(cards)


@given(cards=sheets(), timeline=timelines, first=st.booleans())
def test_taking_the_same_sheet_again_adds_nothing(cards, timeline, first):
    once = list(additions("standard", cards, timeline, at=NOW, is_first_sheet=first))
    after = extended(timeline, once)

    assert added(cards, after, at=NOW + timedelta(days=1)) == []


@given(cards=sheets(), timeline=timelines, days=st.integers(0, 60))
def test_afterwards_every_later_moment_is_as_the_sheet_says(cards, timeline, days):
    planned = list(additions("standard", cards, timeline, at=NOW, is_first_sheet=False))
    after = extended(timeline, planned)
    moment = NOW + timedelta(days=days)

    said = [c for c in cards if c.effective_from is None or c.effective_from <= moment]
    if said:
        wanted = Terms(said[-1].card, said[-1].other_meters)
        assert (terms_at(after, moment) or WITHDRAWN) == wanted


@given(cards=sheets(), timeline=timelines)
def test_without_a_date_nothing_before_the_sheet_changes(cards, timeline):
    undated = [each for each in cards if each.effective_from is None]
    planned = list(
        additions("standard", undated, timeline, at=NOW, is_first_sheet=False)
    )

    assert all(price.effective_from >= NOW for price in planned)
