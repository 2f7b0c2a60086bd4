"""Every reason for turning an option down, with the value and the limit it shows.

The plain question: 1,000 tokens in and 100 out, all alike; 0.0012 USD a request is
1,200 a month.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from advisor.decision.outcome import counts_by_reason
from advisor.decision.question import Floor, FloorKind
from advisor.decision.reasons import (
    BIT,
    REASONS,
    Group,
    Reason,
    bits,
    reasons_in,
)
from tests.advisor.decision.builders import answer, ask, key, model, offer, price, spec

UNSIZED = {"total_parameters_b": None, "active_parameters_b": None}
RELATIVE = Floor(kind=FloorKind.RELATIVE, value=0.9)


def case(code, value, limit, *, facts=None, sold=None, asked=None):
    """Facts of the model, of the offer, and what the buyer asks."""
    return pytest.param(
        code, value, limit, facts or {}, sold or {}, asked or {}, id=code
    )


@pytest.mark.parametrize(
    ("code", "value", "limit", "facts", "sold", "asked"),
    [
        case("not_a_chat_model", None, None, sold={"chat": False}),
        case("retired", "2026-11-23", None, facts={"retires_on": date(2026, 11, 23)}),
        case(
            "retires_within_horizon",
            "2027-11-30",
            None,
            sold={"retires_on": date(2027, 11, 30)},
        ),
        case("deprecated", None, None, sold={"deprecated": True}),
        case(
            "provider_not_allowed",
            "p",
            "q, r",
            asked={"providers_allowed": frozenset({"r", "q"})},
        ),
        case(
            "provider_denied",
            "p",
            "p, q",
            asked={"providers_denied": frozenset({"q", "p"})},
        ),
        case(
            "not_open_weights",
            False,
            True,
            facts={"open_weights": False},
            asked={"open_weights": True},
        ),
        case("open_weights_unknown", None, True, asked={"open_weights": True}),
        case(
            "residency_not_met",
            "ch, us",
            "ch, eu",
            sold={"residency": {"us", "ch"}},
            asked={"residency": frozenset({"eu", "ch"})},
        ),
        case("residency_unknown", None, "eu", asked={"residency": frozenset({"eu"})}),
        case(
            "retention_not_zero",
            False,
            True,
            sold={"zero_retention": False},
            asked={"zero_retention": True},
        ),
        case("retention_unknown", None, True, asked={"zero_retention": True}),
        case(
            "trains_on_data",
            True,
            False,
            sold={"trains_on_data": True},
            asked={"no_training": True},
        ),
        case("training_unknown", None, False, asked={"no_training": True}),
        case(
            "capability_missing",
            "json, tools",
            "json, tools, vision",
            sold={
                "supports_tools": False,
                "supports_json": False,
                "supports_vision": True,
            },
            asked={"capabilities": frozenset({"tools", "vision", "json"})},
        ),
        case(
            "capability_unknown",
            "vision",
            "tools, vision",
            sold={"supports_tools": True},
            asked={"capabilities": frozenset({"tools", "vision"})},
        ),
        # 1000 + 100 tokens need 1100
        case("context_too_short", 1099, 1100, sold={"context_tokens": 1099}),
        case("context_unknown", None, 1100, asked={"context_tokens": 1100}),
        case("output_too_short", 99, 100, facts={"max_output_tokens": 99}),
        case(
            "model_too_large",
            70,
            13,
            facts={"total_parameters_b": 70},
            asked={"max_total_parameters_b": Decimal(13)},
        ),
        case(
            "size_undisclosed",
            None,
            13,
            facts=UNSIZED,
            asked={"max_total_parameters_b": Decimal(13)},
        ),
        # 2 a second are 120 a minute, of 1100 tokens each: 132,000
        case(
            "rate_limit_below_peak",
            119,
            120,
            sold={"requests_per_minute_limit": 119},
            asked={"peak_requests_per_second": Decimal(2)},
        ),
        case(
            "token_limit_below_peak",
            131_999,
            132_000,
            sold={"tokens_per_minute_limit": 131_999},
            asked={"peak_requests_per_second": Decimal(2)},
        ),
        # of 8 B: 686 * 8 ** -0.035 = 637.847, and 450 tokens more than 550 at 0.04 ms
        case("ttft_over_limit", 655.847, 655, asked={"ttft_ms_p95": 655}),
        # 9.07 * 8 ** 0.313 * 1.16 = 20.1711
        case("itl_over_limit", 20.1711, 20, asked={"itl_ms_p95": 20}),
        # 655.847 + 100 * 20.1711
        case(
            "request_latency_over_limit", 2672.96, 2000, asked={"request_ms_p95": 2000}
        ),
        # 1200 a month
        case("over_budget", 1200, 1199, asked={"monthly_budget_usd": Decimal(1199)}),
    ],
)
def test_reason_shows_what_was_asked_and_what_was_found(
    code, value, limit, facts, sold, asked
):
    words = spec(offer("a", price(1, 2), **sold), models={"m": model(**facts)})

    found = answer(words, ask(**asked))

    assert found.codes("a") == [code]
    shown = found.reason("a", code)
    if isinstance(value, float):
        shown = (pytest.approx(shown[0], abs=0.01), shown[1])
    assert (value, limit) == shown
    assert found.recommended is None


@pytest.mark.parametrize(
    ("facts", "sold", "asked"),
    [
        ({"retires_on": date(2027, 12, 1)}, {}, {}),
        ({}, {}, {"providers_allowed": frozenset({"p"})}),
        ({}, {}, {"providers_denied": frozenset({"q"})}),
        ({"open_weights": True}, {}, {"open_weights": True}),
        (
            {},
            {"residency": {"eu"}},
            {"residency": frozenset({"eu", "ch"})},
        ),
        ({}, {"zero_retention": True}, {"zero_retention": True}),
        ({}, {"trains_on_data": False}, {"no_training": True}),
        ({}, {"supports_json": True}, {"capabilities": frozenset({"json"})}),
        ({"context_tokens": 1100}, {}, {}),
        ({"context_tokens": 99}, {"context_tokens": 1100}, {}),
        ({}, {"context_tokens": 5000}, {"context_tokens": 5000}),
        ({"max_output_tokens": 100}, {}, {}),
        ({"total_parameters_b": 13}, {}, {"max_total_parameters_b": Decimal(13)}),
        (
            {},
            {"requests_per_minute_limit": 120, "tokens_per_minute_limit": 132_000},
            {"peak_requests_per_second": Decimal(2)},
        ),
        ({}, {}, {"peak_requests_per_second": Decimal(2)}),
        ({}, {}, {"ttft_ms_p95": 656.0, "itl_ms_p95": 20.2, "request_ms_p95": 2673.0}),
        ({}, {}, {"monthly_budget_usd": Decimal(1201)}),
    ],
)
def test_option_that_just_meets_a_limit_passes(facts, sold, asked):
    words = spec(offer("a", price(1, 2), **sold), models={"m": model(**facts)})

    assert answer(words, ask(**asked)).codes("a") == []


def test_earlier_retirement_of_model_and_offering_counts():
    words = spec(
        offer("a", price(1, 2), retires_on=date(2027, 3, 1)),
        models={"m": model(retires_on=date(2027, 2, 1))},
    )

    assert answer(words).reason("a", "retires_within_horizon") == ("2027-02-01", None)


def test_deprecated_model_may_be_stayed_with_and_not_moved_to():
    words = spec(
        offer("today", price(1, 2)),
        offer("other", price(1, 2)),
        models={"m": model(deprecated=True)},
    )

    found = answer(words, ask(current=key("today")))

    assert found.order == ["today"]
    assert found.codes("other") == ["deprecated"]


def test_unpriced_offer_has_neither_value_nor_limit():
    assert answer(spec(offer("a"))).reason("a", "unpriced") == (None, None)


def test_price_that_cannot_be_converted_says_so_beside_unpriced():
    found = answer(spec(offer("a", price(1, 2, currency="EUR")), offer("b")))

    assert found.codes("a") == ["unpriced", "no_exchange_rate"]
    assert found.codes("b") == ["unpriced"]
    assert found.quote("a") is None


def test_batch_tier_cannot_serve_what_cannot_wait():
    words = spec(offer("a", price(1, 2), price(1, 1, tier="batch")))

    found = answer(words, ask(batch_share=Decimal("0.25")))

    assert found.reason("a", "cannot_wait", "batch") == (0.25, 1.0)
    assert answer(words, ask(batch_share=Decimal(1))).codes("a", "batch") == []


def test_flexible_tier_proves_no_latency():
    words = spec(offer("a", price(1, 2), price(1, 1, tier="flex")))

    found = answer(words, ask(ttft_ms_p95=10_000))

    assert found.codes("a") == []
    assert found.reason("a", "latency_unproven", "flex") == (None, None)
    assert answer(words).codes("a", "flex") == []


def test_batch_tier_is_not_held_against_latency():
    words = spec(offer("a", price(1, 2), price(1, 1, tier="batch")))

    found = answer(words, ask(ttft_ms_p95=1, batch_share=Decimal(1)))

    assert found.codes("a") == ["ttft_over_limit"]
    assert found.codes("a", "batch") == []


def test_tokenizer_and_reasoning_lengthen_what_must_fit():
    words = spec(
        offer("a", price(1, 2), context_tokens=1679, max_output_tokens=119),
        models={"m": model(tokenizer_ratio="1.2", reasoning_ratio=3)},
    )

    found = answer(words)

    # 1200 in, 120 visible and 360 hidden are 1680: what this model needs
    assert found.codes("a") == ["context_too_short", "output_too_short"]
    assert found.reason("a", "context_too_short") == (1679, 1680)


def test_context_limit_shown_is_the_longer_of_what_is_asked_and_what_is_sent():
    found = answer(
        spec(offer("a", price(1, 2), context_tokens=1050)), ask(context_tokens=1000)
    )

    assert found.reason("a", "context_too_short") == (1050, 1100)


def test_budget_is_held_against_the_dearest_month():
    question = ask(growth_per_month=Decimal("0.1"), monthly_budget_usd=Decimal(3423))

    found = answer(spec(offer("a", price(1, 2))), question)

    # 1200 * 1.1 ** 11 = 3423.74
    assert found.reason("a", "over_budget")[0] == pytest.approx(3423.74, abs=0.01)


def test_quality_below_the_floor_shows_both_shares():
    words = spec(
        offer("best", price(3, 3), model="best"),
        offer("weak", price(1, 1), model="weak"),
        offer("blank", price(1, 1), model="blank"),
    )

    found = answer(words, ask(floor=RELATIVE), shares={"best": 0.8, "weak": 0.7})

    # 90 % of 0.8
    assert found.reason("weak", "quality_below_floor") == pytest.approx((0.7, 0.72))
    assert found.reason("blank", "quality_unproven") == (None, pytest.approx(0.72))
    assert found.order == ["best"]


def test_without_any_published_quality_no_floor_is_proven():
    found = answer(spec(offer("a", price(1, 2))), ask(floor=RELATIVE), shares={})

    assert found.reason("a", "quality_unproven") == (None, 0.9)
    assert found.decision.screening.threshold is None
    assert found.decision.screening.quality_met is None
    assert found.decision.proven is None


def test_all_reasons_are_kept_and_counted():
    words = spec(
        offer("a", price(1, 2), zero_retention=False),
        offer("b", price(1, 2)),
        offer("theirs", price(1, 2), owner="other"),
    )

    found = answer(
        words, ask(zero_retention=True, monthly_budget_usd=Decimal(1))
    ).decision

    # counted among what the buyer sees, most first
    counts = counts_by_reason(found.view, found.screening)
    assert list(counts.items()) == [
        ("over_budget", 2),
        ("retention_not_zero", 1),
        ("retention_unknown", 1),
    ]


def test_reasons_have_distinct_codes_and_bits():
    assert len({reason.code for reason in REASONS}) == len(REASONS)
    assert len(set(BIT.values())) == len(REASONS)
    assert bits(Group.BUDGET) == BIT[Reason.OVER_BUDGET]
    assert reasons_in(BIT[Reason.TTFT] | BIT[Reason.UNPRICED]) == (
        Reason.UNPRICED,
        Reason.TTFT,
    )


def test_reason_names_the_field_that_states_its_limit():
    assert Reason.TTFT.field == "limits/ttft_ms_p95"
    assert Reason.UNPRICED.field == ""
    assert Reason.TTFT.unit == "ms"
    movable = {r for r in REASONS if r.group is not Group.MARKET}
    assert all(reason.field for reason in movable)


def test_day_of_the_question_is_its_utc_date():
    late = ask(as_of=datetime(2026, 11, 22, 23, 59, tzinfo=UTC))
    words = spec(offer("a", price(1, 2), retires_on=date(2026, 11, 23)))

    assert answer(words, late).codes("a") == ["retires_within_horizon"]


def test_a_latency_limit_that_nobody_meets_leaves_the_floor_its_reference():
    words = spec(
        offer("a", price(1, 2), model="m"),
        offer("b", price(2, 4), model="n"),
        scores={"m": 0.8, "n": 0.4},
    )
    floor = Floor(kind=FloorKind.RELATIVE, value=0.9)

    found = answer(words, ask(ttft_ms_p95=1, floor=floor))

    assert found.codes("a") == ["ttft_over_limit"]
    assert found.codes("b") == ["ttft_over_limit", "quality_below_floor"]
