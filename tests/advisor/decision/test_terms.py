"""What an organization agreed with a provider, and which agreement counts.

At list an offer of 1 and 2 USD/Mtok costs 0.0012 a request, 1,200 a month.
"""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from tests.advisor.decision.builders import (
    AS_OF,
    Agreement,
    answer,
    ask,
    offer,
    price,
    rates,
    spec,
)

QUARTER_OFF = Decimal("0.75")


def at(*moment):
    return datetime(*moment, tzinfo=UTC)


LISTED = (price(1, 2),)


def per_request(*terms, prices=LISTED, **more):
    """Return USD per request of offer a after terms, checked against its quote."""
    found = answer(spec(offer("a", *prices), terms=terms), **more)
    screened, quoted = found.per_request("a"), found.quote("a")
    if np.isnan(screened):
        assert quoted is None
        return None
    assert float(quoted.per_request) == pytest.approx(screened, rel=1e-12)
    assert [float(each) for each in quoted.monthly] == pytest.approx(found.monthly("a"))
    return screened


def test_discount_lowers_what_is_paid_and_not_the_list():
    found = answer(
        spec(offer("a", price(1, 2)), terms=(Agreement(factor=QUARTER_OFF),))
    )

    # 1200 * 0.75
    assert found.monthly("a") == pytest.approx([900] * 12)
    assert found.decision.spend.list_total[0] == pytest.approx(14_400)
    assert found.quote("a").total == Decimal(10_800)
    assert found.quote("a").list_total == Decimal(14_400)


def test_rank_flips_at_a_discount_of_a_quarter():
    words = spec(
        offer("dearer", price("1.25", "2.5"), provider="p"),
        offer("cheaper", price(1, 2), provider="q", model="n"),
        terms=(Agreement(provider="p", factor=QUARTER_OFF),),
    )

    # at list 1500 against 1200 a month; with 25 % off 1125 against 1200
    assert answer(words, organization="other").recommended == "cheaper"
    assert answer(words).recommended == "dearer"


def test_flat_rates_stand_in_place_of_the_list():
    flat = Agreement(flat=rates("0.5", 1))

    assert per_request(flat) == pytest.approx(0.0006)
    # and without a list price, or one in a currency that nobody can convert
    assert per_request(flat, prices=()) == pytest.approx(0.0006)
    euro = price(1, 2, currency="EUR")
    assert per_request(flat, prices=(euro,)) == pytest.approx(0.0006)


def test_flat_rates_need_neither_list_price_nor_exchange_rate_to_win():
    flat = Agreement(flat=rates("0.5", 1))
    euro = offer("a", price(1, 2, currency="EUR"))

    assert answer(spec(euro, terms=(flat,))).codes("a") == []
    found = answer(spec(offer("a"), terms=(flat,)))
    assert found.codes("a") == []
    assert found.quote("a").list_total is None


def test_flat_rates_bring_back_nothing_that_was_withdrawn():
    gone = price(withdrawn=True)

    assert per_request(Agreement(flat=rates("0.5", 1)), prices=(gone,)) is None


def test_discount_on_an_unknown_price_is_unknown():
    assert per_request(Agreement(factor=QUARTER_OFF), prices=()) is None


def test_cached_tokens_without_an_agreed_rate_are_billed_as_agreed_input():
    cached = ask(cacheable_prefix_share=Decimal("0.5"))
    list_price = price(1, 2, cache_read="0.1")

    cost = per_request(
        Agreement(flat=rates("0.5", 1)), prices=(list_price,), question=cached
    )

    # all 1000 at 0.5 and 100 at 1
    assert cost == pytest.approx(0.0006)


@pytest.mark.parametrize(
    ("specific", "general"),
    [
        pytest.param({"model": "m"}, {"tier": "standard"}, id="model before tier"),
        pytest.param({"tier": "standard"}, {}, id="tier before all"),
        pytest.param({"model": "m", "tier": "standard"}, {"model": "m"}, id="both"),
        pytest.param({"effective": at(2026, 6, 1)}, {}, id="later start"),
        pytest.param({"received": at(2026, 6, 1)}, {}, id="later reading"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_most_specific_term_counts_and_then_the_latest(specific, general, order):
    terms = [
        Agreement(factor=QUARTER_OFF, **specific),
        Agreement(factor=Decimal("0.5"), **general),
    ]

    # 25 % off and not 50 %, and not both
    assert per_request(*terms[::order]) == pytest.approx(0.0009)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"provider": "q"},
        {"model": "n"},
        {"tier": "batch"},
        {"organization": "other"},
        {"effective": at(2028, 1, 1)},
        {"ends": AS_OF},
        {"received": at(2026, 11, 24)},
    ],
)
def test_term_of_something_else_changes_nothing(elsewhere):
    term = Agreement(factor=QUARTER_OFF, **elsewhere)
    other = offer("b", price(9, 9), provider="q", model="n")

    found = answer(spec(offer("a", price(1, 2)), other, terms=(term,)))

    assert found.per_request("a") == pytest.approx(0.0012)
    assert found.quote("a").per_request == Decimal("0.0012")


def test_term_holds_from_its_start_until_its_end():
    term = Agreement(factor=QUARTER_OFF, effective=at(2027, 3, 1), ends=at(2027, 6, 16))

    found = answer(spec(offer("a", price(1, 2)), terms=(term,)))

    # December to February at list, March to May 900, then half of June's 30 days:
    # 15 at 900 and 15 at 1200 is 1050
    expected = [1200] * 3 + [900] * 3 + [1050] + [1200] * 5
    assert found.monthly("a") == pytest.approx(expected)
    assert [float(each) for each in found.quote("a").monthly] == pytest.approx(expected)


def test_discount_on_the_batch_tier_reaches_the_share_that_can_wait():
    prices = (price(1, 2), price("0.5", 1, tier="batch"))
    term = Agreement(factor=Decimal("0.5"), tier="batch")

    cost = per_request(term, prices=prices, question=ask(batch_share=Decimal("0.25")))

    # 0.75 * 0.0012 + 0.25 * 0.0003
    assert cost == pytest.approx(0.000975)


def test_share_that_can_wait_is_decided_after_terms():
    prices = (price(1, 2), price("0.5", 1, tier="batch"))
    term = Agreement(factor=Decimal("0.25"), tier="standard")

    cost = per_request(term, prices=prices, question=ask(batch_share=Decimal("0.25")))

    # 0.0012 * 0.25 = 0.0003 is less than batch at 0.0006
    assert cost == pytest.approx(0.0003)


def test_flat_rates_apply_in_a_catalogue_without_any_list_price():
    words = spec(offer("a"), offer("b"), terms=(Agreement(flat=rates("0.5", 1)),))

    assert answer(words).total("a") == pytest.approx(7200)


def test_discount_has_no_rates_of_its_own():
    found = answer(
        spec(offer("a", price(1, 2)), terms=(Agreement(factor=QUARTER_OFF),))
    )
    [term] = found.decision.view.terms

    with pytest.raises(ValueError, match="no rates of its own"):
        _ = term.billed
