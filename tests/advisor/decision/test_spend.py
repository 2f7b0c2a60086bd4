"""What an option costs, screened and quoted. Every figure is worked out by hand.

The plain question: a million requests a month, 1,000 tokens in and 100 out.
"""

from datetime import UTC, datetime, time
from decimal import Decimal

import numpy as np
import pytest

from advisor.decision.question import Traffic
from advisor.decision.spend import monthly_ln_sd
from catalog.rate_cards import ContextTier, Window
from tests.advisor.decision.builders import (
    AS_OF,
    FactRow,
    Fx,
    answer,
    ask,
    model,
    offer,
    price,
    rates,
    spec,
)


def at(*moment):
    return datetime(*moment, tzinfo=UTC)


def per_request(*prices, question=None, models=None, fx=()):
    """Return USD per request of one offer, checked against its exact quote."""
    words = spec(offer("a", *prices), models=models or {}, fx=fx)
    found = answer(words, question)
    screened = found.per_request("a")
    quoted = found.quote("a")
    if np.isnan(screened):
        assert quoted is None
        return None
    assert float(quoted.per_request) == pytest.approx(screened, rel=1e-12, abs=1e-18)
    return screened


def test_request_costs_its_tokens_in_and_out():
    # 1000 * 1 / 10^6 + 100 * 2 / 10^6 = 0.001 + 0.0002
    assert per_request(price(1, 2)) == pytest.approx(0.0012)


def test_charge_per_request_is_not_per_million():
    assert per_request(price(1, 2, per_request="0.01")) == pytest.approx(0.0112)


def test_months_cost_their_expected_requests():
    found = answer(spec(offer("a", price(1, 2))), ask(growth_per_month=Decimal("0.1")))

    # 0.0012 * 10^6 = 1200, growing by 10 %; 1200 * (1.1 ** 12 - 1) / 0.1
    # = 1200 * 21.38428376721 = 25661.140520652
    assert found.monthly("a")[:2] == pytest.approx([1200, 1320])
    assert found.total("a") == pytest.approx(25661.140520652)
    assert found.quote("a").total == Decimal("25661.140520652")


def test_cached_prefix_is_read_mostly_and_written_now_and_then():
    half = ask(cacheable_prefix_share=Decimal("0.5"))

    cost = per_request(
        price(1, 2, cache_read="0.1", cache_write_5m="1.25"), question=half
    )

    # 500 plain * 1 + 475 read * 0.1 + 25 written (5 % of 500) * 1.25 + 100 * 2
    # = 500 + 47.5 + 31.25 + 200 = 778.75 millionths
    assert cost == pytest.approx(0.00077875)


def test_cached_tokens_without_a_rate_of_their_own_are_billed_as_input():
    half = ask(cacheable_prefix_share=Decimal("0.5"))

    assert per_request(price(1, 2), question=half) == pytest.approx(0.0012)


def test_wholly_cacheable_prompt_needs_no_input_rate():
    whole = ask(
        cacheable_prefix_share=Decimal(1),
        input_mean=997,
        input_p95=2489,
    )

    cost = per_request(
        price(None, 2, cache_read="0.1", cache_write_5m="1.25"),
        question=whole,
        models={"m": model(tokenizer_ratio="1.1713")},
    )

    # 997 * 1.1713 = 1167.7861 tokens: 95 % * 0.1 + 5 % * 1.25 = 0.1575 each, and
    # 117.13 out * 2: 183.92631075 + 234.26 = 418.18631075 millionths
    assert cost == pytest.approx(0.00041818631075)


@pytest.mark.parametrize("mean", range(990, 1000))
def test_wholly_cacheable_prompt_is_quoted_under_context_tiers(mean):
    whole = ask(cacheable_prefix_share=Decimal(1), input_mean=mean, input_p95=2489)

    cost = per_request(
        price(1, 2, above={10**6: rates(2)}),
        question=whole,
        models={"m": model(tokenizer_ratio="1.1713")},
    )

    # no prompt is beyond a million tokens: each token at 1, and 117.13 out at 2
    assert cost == pytest.approx((mean * 1.1713 + 234.26) / 1e6)


def test_tokenizer_scales_all_tokens_and_reasoning_adds_hidden_ones():
    models = {"m": model(tokenizer_ratio="1.2", reasoning_ratio=3)}

    # 1200 * 1 + 120 * (1 + 3) * 2 = 1200 + 960
    assert per_request(price(1, 2), models=models) == pytest.approx(0.00216)
    # reasoning at its own rate: 1200 + 120 * 2 + 360 * 4 = 2880
    dear = price(1, 2, reasoning=4)
    assert per_request(dear, models=models) == pytest.approx(0.00288)


def test_model_without_token_facts_is_not_cheap_for_want_of_them():
    unknown = {"m": model(tokenizer_ratio=None, reasoning_ratio=None)}

    # the stand-ins: 1150 * 1 + 115 * (1 + 1) * 2 = 1150 + 460
    assert per_request(price(1, 2), models=unknown) == pytest.approx(0.00161)


def test_share_that_can_wait_is_billed_at_the_batch_tier():
    quarter = ask(batch_share=Decimal("0.25"))

    cost = per_request(price(1, 2), price("0.5", 1, tier="batch"), question=quarter)

    # 0.75 * 0.0012 + 0.25 * 0.0006
    assert cost == pytest.approx(0.00105)


@pytest.mark.parametrize(
    "batch", [price(2, 4, tier="batch"), price(1, None, tier="batch")]
)
def test_batch_tier_that_is_dearer_or_unknown_is_left_alone(batch):
    quarter = ask(batch_share=Decimal("0.25"))

    assert per_request(price(1, 2), batch, question=quarter) == pytest.approx(0.0012)


def test_share_that_can_wait_is_decided_for_each_price_segment():
    found = answer(
        spec(
            offer(
                "a",
                price(1, 2),
                price("0.5", 1, tier="batch"),
                price(2, 4, tier="batch", effective=at(2027, 1, 1)),
            )
        ),
        ask(batch_share=Decimal("0.5")),
    )

    # December 0.5 * 1200 + 0.5 * 600; from January the batch tier is dearer
    assert found.monthly("a") == pytest.approx([900] + [1200] * 11)
    assert [float(each) for each in found.quote("a").monthly] == pytest.approx(
        found.monthly("a")
    )


def test_batch_is_an_option_of_its_own_when_everything_can_wait():
    found = answer(
        spec(offer("a", price(1, 2), price("0.5", 1, tier="batch"))),
        ask(batch_share=Decimal(1)),
    )

    assert found.per_request("a") == pytest.approx(0.0012)
    assert found.per_request("a", "batch") == pytest.approx(0.0006)
    assert found.recommended == "a:batch"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (200_000, 0.2002),  # 0.2 + 0.0002: up to and including the threshold
        (200_001, 0.400302),  # 200001 * 2 + 100 * 3: every token, not the rest only
    ],
)
def test_context_tier_is_a_cliff_on_the_whole_request(prompt, expected):
    question = ask(input_mean=prompt, input_p95=prompt)
    card = price(1, 2, above={200_000: rates(2, 3)})

    assert per_request(card, question=question) == pytest.approx(expected)


def test_cached_tokens_count_towards_the_context_threshold():
    question = ask(
        input_mean=200_001, input_p95=200_001, cacheable_prefix_share=Decimal("0.5")
    )
    card = price(1, 2, cache_read="0.1", above={200_000: rates(2, 3, cache_read="0.2")})

    # 100000.5 * 2 + 95000.475 read * 0.2 + 5000.025 written at the input rate * 2
    # + 100 * 3 = 200001 + 19000.095 + 10000.05 + 300 = 229301.145 millionths
    assert per_request(card, question=question) == pytest.approx(0.229301145)


def test_context_threshold_is_held_against_the_models_own_tokens():
    question = ask(input_mean=150_000, input_p95=150_000)
    models = {"m": model(tokenizer_ratio=2)}
    card = price(1, 2, above={200_000: rates(2, 3)})

    # 300,000 tokens are past the threshold: 300000 * 2 + 200 * 3
    assert per_request(card, question=question, models=models) == pytest.approx(0.6006)


@pytest.mark.parametrize(("ratio", "prompt"), [("1.07", 1900), ("1.08", 450)])
def test_prompt_exactly_at_a_threshold_is_within_it_despite_rounding(ratio, prompt):
    # 1.08 * 450 = 486 in decimals, 486.00000000000006 in floating point
    bound = int(Decimal(ratio) * prompt)
    question = ask(input_mean=prompt, input_p95=prompt, output_mean=0)
    models = {"m": model(tokenizer_ratio=ratio)}

    cost = per_request(
        price(1, 2, above={bound: rates(1000)}), question=question, models=models
    )

    assert cost == pytest.approx(bound / 1e6)


def test_only_the_long_prompts_meet_a_context_tier():
    question = ask(input_p95=10_000)
    card = price(1, 2, above={3000: rates(2, 3)})

    cost = per_request(card, question=question)

    # the widest log-normal: the longest 5 % of the prompts (4,946 tokens and more,
    # the class before them 2,836) hold half the tokens: 500 * 1 + 500 * 2, and
    # 95 * 2 + 5 * 3 for the answers = 1705 millionths
    assert cost == pytest.approx(0.001705, rel=1e-6)


def test_highest_tier_exceeded_applies():
    card = price(1, 2, above={500: rates(2), 900: rates(3), 5000: rates(9)})

    # 1000 tokens are past 900: 1000 * 3 + 100 * 2, the tier states no output rate
    assert per_request(card) == pytest.approx(0.0032)


def window(starts, ends, stated, **more):
    return Window(starts=time(*starts), ends=time(*ends), rates=stated, **more)


def test_daily_window_applies_to_its_share_of_the_hours():
    cheap = window((0,), (8,), rates("0.5", 1))

    # 8 of 24 hours: 0.0012 * 2 / 3 + 0.0006 / 3
    assert per_request(price(1, 2, windows=[cheap])) == pytest.approx(0.001)


def test_daily_window_counts_the_requests_not_the_hours():
    cheap = window((0,), (8,), rates("0.5", 1))
    at_nine = tuple(float(hour == 9) for hour in range(24))
    at_three = tuple(float(hour == 3) for hour in range(24))
    card = price(1, 2, windows=[cheap])

    day = ask(traffic=Traffic(requests_per_month=1, daily_shape=at_nine))
    night = ask(traffic=Traffic(requests_per_month=1, daily_shape=at_three))

    assert per_request(card, question=day) == pytest.approx(0.0012)
    assert per_request(card, question=night) == pytest.approx(0.0006)


def test_window_runs_over_midnight_and_starts_at_the_half_hour():
    cheap = window((16, 30), (0, 30), rates("0.5", 1))

    # 8 of 24 hours
    assert per_request(price(1, 2, windows=[cheap])) == pytest.approx(0.001)


def test_window_of_some_weekdays_leaves_the_others_alone():
    cheap = window((0,), (12,), rates("0.5", 1), weekdays=frozenset({5, 6}))

    # half of two days in seven: 0.0012 - 0.0006 / 7
    assert per_request(price(1, 2, windows=[cheap])) == pytest.approx(
        0.0012 - 0.0006 / 7
    )


def test_first_of_overlapping_windows_wins():
    first = window((0,), (12,), rates("0.5", 1))
    second = window((6,), (18,), rates("0.25", "0.5"))

    # 12 h at 0.0006, 6 h at 0.0003, 6 h at 0.0012
    assert per_request(price(1, 2, windows=[first, second])) == pytest.approx(0.000675)


def test_windows_may_cover_the_whole_day():
    halves = [
        window((0,), (12,), rates("0.5", 1)),
        window((12,), (0,), rates(1, 2)),
    ]

    assert per_request(price(9, 9, windows=halves)) == pytest.approx(0.0009)


def test_window_has_context_tiers_of_its_own():
    tiers = (ContextTier(above_prompt_tokens=900, rates=rates(1)),)
    cheap = window((0,), (12,), rates("0.5", 1), context_tiers=tiers)
    card = price(1, 2, above={900: rates(2)}, windows=[cheap])

    # in it 1000 * 1 + 100 * 1 = 1100, outside 1000 * 2 + 100 * 2 = 2200 millionths
    assert per_request(card) == pytest.approx(0.00165)


def test_price_of_the_future_applies_from_its_day_on():
    found = answer(
        spec(offer("a", price(1, 2), price(2, 4, effective=at(2027, 1, 11))))
    )

    # December 1200; January ten days of 31 at 1200 and 21 at 2400:
    # (12000 + 50400) / 31 = 2012.903226; then 2400 for ten months
    expected = [1200, 62400 / 31] + [2400] * 10
    assert found.per_request("a") == pytest.approx(0.0012)
    assert found.monthly("a") == pytest.approx(expected)
    assert [float(each) for each in found.quote("a").monthly] == pytest.approx(expected)


def test_price_that_changes_before_the_first_month_changes_every_month():
    found = answer(
        spec(offer("a", price(1, 2), price(2, 4, effective=at(2026, 11, 30))))
    )

    assert found.per_request("a") == pytest.approx(0.0012)
    assert found.monthly("a") == pytest.approx([2400] * 12)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param({"effective": at(2027, 12, 1)}, id="after the horizon"),
        pytest.param(
            {"effective": at(2027, 1, 1), "received": at(2026, 11, 24)},
            id="not known yet",
        ),
    ],
)
def test_price_outside_the_horizon_or_unknown_changes_nothing(moment):
    found = answer(spec(offer("a", price(1, 2), price(2, 4, **moment))))

    assert found.monthly("a") == pytest.approx([1200] * 12)


def test_offer_whose_price_is_withdrawn_within_the_year_is_unpriced():
    gone = price(withdrawn=True, effective=at(2027, 6, 1))
    found = answer(spec(offer("a", price(1, 2), gone)))

    assert np.isnan(found.total("a"))
    assert found.quote("a") is None
    assert found.codes("a") == ["unpriced"]


def test_price_in_another_currency_is_converted():
    euro = Fx(currency="EUR", usd_per_unit=Decimal("1.25"))

    # 0.0012 * 1.25
    assert per_request(price(1, 2, currency="EUR"), fx=(euro,)) == pytest.approx(0.0015)


def test_exchange_rate_is_the_one_that_holds_and_is_known():
    euros = (
        Fx(currency="EUR", usd_per_unit=Decimal("1.25")),
        Fx(currency="EUR", usd_per_unit=Decimal("1.5"), effective=at(2026, 11, 1)),
        Fx(currency="EUR", usd_per_unit=Decimal(9), effective=at(2026, 12, 1)),
        Fx(currency="EUR", usd_per_unit=Decimal(8), received=at(2026, 12, 1)),
        Fx(currency="GBP", usd_per_unit=Decimal(7)),
    )

    assert per_request(price(1, 2, currency="EUR"), fx=euros) == pytest.approx(0.0018)


def test_missing_price_is_unknown_and_never_wins():
    found = answer(
        spec(
            offer("none"),
            offer("half", price(1, None)),
            offer("dear", price(100, 200)),
        )
    )

    assert found.order == ["dear"]
    assert found.codes("none") == ["unpriced"]
    assert found.codes("half") == ["unpriced"]
    assert found.quote("half") is None
    assert found.quote("none") is None


def test_price_of_zero_is_free_and_wins():
    found = answer(spec(offer("dear", price(1, 2)), offer("free", price(0, 0))))

    assert found.order == ["free", "dear"]
    assert found.total("free") == 0
    assert found.quote("free").total == 0


def test_two_free_offers_are_tied():
    found = answer(spec(offer("a", price(0, 0)), offer("b", price(0, 0))))

    assert found.recommended == "a"
    assert found.tied == ["b"]


def test_meter_that_is_not_used_needs_no_rate():
    question = ask(output_mean=0)

    assert per_request(price(1, None), question=question) == pytest.approx(0.001)


def test_unknown_rate_in_a_tier_matters_only_to_prompts_that_reach_it():
    card = price(None, 2, above={500: rates(1)})
    short = ask(input_mean=400, input_p95=400)

    assert per_request(card) == pytest.approx(0.0012)
    assert per_request(card, question=short) is None


def test_catalogue_without_any_price_prices_nothing():
    found = answer(spec(offer("a"), offer("b")))

    assert found.order == []
    assert found.codes("a") == ["unpriced"]


def test_deviation_of_spend_comes_from_the_tokenizer_and_hidden_tokens():
    models = {
        "m": model(
            tokenizer_ratio="1.2",
            tokenizer_ratio_low=1,
            tokenizer_ratio_high="1.4",
            reasoning_ratio=3,
            reasoning_ratio_low=1,
            reasoning_ratio_high=5,
        )
    }

    found = answer(spec(offer("a", price(1, 2)), models=models))

    # tokenizer: ln(1.4 / 1) / (2 * 1.644854) = 0.336472 / 3.289707 = 0.102280
    # hidden: 720 of 2160 millionths for a ratio of 3, so 240 per unit; deviation
    # (5 - 1) / 3.289707 = 1.215914 units: 240 * 1.215914 / 2160 = 0.135102
    # together sqrt(0.102280 ** 2 + 0.135102 ** 2) = 0.169451
    deviation = found.decision.spend.token_ln_sd
    assert deviation[found.slot("a")] == pytest.approx(0.169451, abs=2e-6)
    # and with growth, 11 months of 0.01 / 1.1: 0.1; sqrt(0.169451² + 0.1²)
    grown = ask(growth_per_month=Decimal("0.1"), growth_sd=Decimal("0.01"))
    months = monthly_ln_sd(grown, float(deviation[found.slot("a")]))
    assert months[0] == pytest.approx(0.169451, abs=2e-6)
    assert months[11] == pytest.approx(0.196758, abs=2e-6)


def test_ratio_stated_without_a_range_is_taken_at_its_word():
    found = answer(spec(offer("a", price(1, 2))))

    assert found.decision.spend.token_ln_sd[found.slot("a")] == 0


def test_facts_of_the_model_are_those_that_hold_at_the_moment():
    rows = (
        FactRow(facts={"tokenizer_ratio": 1, "reasoning_ratio": 0}),
        FactRow(
            facts={"tokenizer_ratio": 2, "reasoning_ratio": 0},
            effective=at(2026, 12, 1),
        ),
    )

    assert per_request(price(1, 2), models={"m": rows}) == pytest.approx(0.0012)
    later = ask(as_of=at(2026, 12, 5))
    cost = per_request(price(1, 2), models={"m": rows}, question=later)
    assert cost == pytest.approx(0.0024)
    assert later.as_of > AS_OF
