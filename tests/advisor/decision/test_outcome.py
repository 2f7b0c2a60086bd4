"""What the answer comes to: a finding about today's option, or what blocks any.

Priced at 1 and 2 USD/Mtok today's option costs 1,200 a month, 14,400 in twelve.
"""

from decimal import Decimal

import numpy as np
import pytest

from advisor.decision.outcome import Finding, met_together, performance_risk
from advisor.decision.question import Floor, FloorKind
from tests.advisor.decision.builders import (
    AS_OF,
    answer,
    ask,
    key,
    model,
    offer,
    price,
    spec,
)

FLOOR = Floor(kind=FloorKind.RELATIVE, value=0.9, reference="best")


def finding(*offers, today="today", tier="standard", shares=None, **question):
    """Return how today's option compares among the offers."""
    asked = ask(current=key(today, tier), **question)
    return answer(spec(*offers), asked, shares=shares).decision.finding


def test_workload_without_an_option_in_use_has_no_finding():
    assert answer(spec(offer("a", price(1, 2)))).decision.finding is None


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("0.94", Finding.OVER_PROVISIONED), ("0.96", Finding.OPTIMIZED)],
)
def test_over_provisioned_saves_at_least_five_percent(rate, expected):
    other = offer("other", price(rate, Decimal(rate) * 2))

    assert finding(offer("today", price(1, 2)), other) == expected


@pytest.mark.parametrize(
    ("least", "expected"),
    [(7199, Finding.OVER_PROVISIONED), (7201, Finding.OPTIMIZED)],
)
def test_over_provisioned_saves_at_least_the_stated_sum(least, expected):
    other = offer("other", price("0.5", 1))

    # 14400 - 7200 = 7200 saved
    found = finding(
        offer("today", price(1, 2)), other, minimum_saving_usd=Decimal(least)
    )

    assert found == expected


def test_free_option_in_use_cannot_be_improved():
    assert finding(offer("today", price(0, 0)), offer("o", price(0, 0))) == (
        Finding.OPTIMIZED
    )


def test_cheapest_option_in_use_is_optimized():
    assert finding(offer("today", price(1, 2)), offer("o", price(2, 4))) == (
        Finding.OPTIMIZED
    )


@pytest.mark.parametrize(
    "offers",
    [
        pytest.param((offer("o", price(1, 2)),), id="not listed"),
        pytest.param((offer("today"),), id="unpriced"),
        pytest.param((offer("today", price(1, 2, currency="EUR")),), id="no rate"),
        pytest.param((offer("today", price(1, 2), owner="other"),), id="invisible"),
    ],
)
def test_option_in_use_that_is_unknown_or_unpriced_is_not_comparable(offers):
    assert finding(*offers) == Finding.NOT_COMPARABLE


def test_fact_that_nobody_knows_is_not_comparable_and_not_a_failure():
    known = offer("o", price("0.5", 1), zero_retention=True)

    unknown = finding(offer("today", price(1, 2)), known, zero_retention=True)

    assert unknown == Finding.NOT_COMPARABLE


def test_failing_a_limit_takes_precedence_over_what_could_be_saved():
    known = offer("o", price("0.5", 1), zero_retention=True)
    today = offer("today", price(1, 2), zero_retention=False)

    assert finding(today, known, zero_retention=True) == Finding.UNDER_PROVISIONED


def test_unpriced_option_is_not_comparable_even_when_it_fails_a_limit():
    today = offer("today", zero_retention=False)

    assert finding(today, zero_retention=True) == Finding.NOT_COMPARABLE


def test_undisclosed_size_is_not_a_failure_and_a_known_one_is():
    words = [offer("today", price(1, 2))]
    limit = {"max_total_parameters_b": Decimal(3)}
    asked = ask(current=key("today"), **limit)
    undisclosed = {"m": model(total_parameters_b=None)}

    assert finding(*words, **limit) == Finding.UNDER_PROVISIONED
    assert answer(spec(*words, models=undisclosed), asked).decision.finding == (
        Finding.NOT_COMPARABLE
    )


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        # the floor: 0.9 * 0.8 = 0.72, log-odds 0.9445, all errors 0.6145
        (0.3, Finding.UNDER_PROVISIONED),  # (-0.8473 - 0.9445) / 0.6145 = -2.92
        (0.55, Finding.NOT_COMPARABLE),  # (0.2007 - 0.9445) / 0.6145 = -1.21 > -1.28
        (0.53, Finding.UNDER_PROVISIONED),  # (0.1201 - 0.9445) / 0.6145 = -1.34
        (0.75, Finding.OPTIMIZED),
    ],
)
def test_quality_fails_only_at_the_confidence_asked(share, expected):
    offers = (offer("today", price(1, 2), model="m"), offer("best", model="best"))

    found = finding(*offers, floor=FLOOR, shares={"best": 0.8, "m": share})

    assert found == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        # 20.17 ms with a deviation of 0.755: ten percent lie below
        # 20.17 / exp(1.2816 * 0.755) = 7.67
        (7.6, Finding.UNDER_PROVISIONED),
        (7.7, Finding.NOT_COMPARABLE),
        (21.0, Finding.OPTIMIZED),
    ],
)
def test_modelled_latency_fails_only_at_the_confidence_asked(limit, expected):
    today = offer("today", price(1, 2))

    assert finding(today, itl_ms_p95=limit) == expected


def test_batch_option_in_use_does_not_fail_a_latency_that_it_is_not_held_to():
    today = offer("today", price(1, 1, tier="batch"))

    found = finding(today, tier="batch", itl_ms_p95=1.0, batch_share=Decimal(1))

    assert found == Finding.OPTIMIZED


def test_retiring_option_in_use_is_under_provisioned():
    today = offer("today", price(1, 2), retires_on=AS_OF.date().replace(year=2027))

    assert finding(today) == Finding.UNDER_PROVISIONED


def relaxation(*offers, **question):
    found = answer(spec(*offers), ask(**question))
    relaxed = found.decision.relaxation
    if relaxed is None:
        return None
    codes = [reason.code for reason in relaxed.reasons]
    return found.name(relaxed.slot), codes, relaxed.blocked


def test_relaxation_names_the_cheapest_way_out_with_fewest_limits():
    limits = {"zero_retention": True, "no_training": True}
    yes_no = {"zero_retention": True, "trains_on_data": True}

    found = relaxation(
        offer("two", price(1, 2), zero_retention=False, trains_on_data=True),
        offer("dear", price(3, 6), **yes_no),
        offer("cheap", price(2, 4), **yes_no),
        offer("other", price(4, 8), zero_retention=False, trains_on_data=False),
        offer("retired", price(0, 0), retires_on=AS_OF.date(), **yes_no),
        offer("unpriced", **yes_no),
        offer("theirs", price(0, 0), owner="other", **yes_no),
        **limits,
    )

    assert found == ("cheap", ["trains_on_data"], 2)


def test_nothing_to_relax_when_the_market_refuses_everything():
    assert relaxation(offer("a"), offer("b", retires_on=AS_OF.date())) is None


def test_nothing_to_relax_when_something_fits():
    assert relaxation(offer("a", price(1, 2))) is None


def test_relaxation_does_not_depend_on_the_order_of_equal_options():
    offers = [offer(name, price(1, 2)) for name in "abc"]

    forth = relaxation(*offers, zero_retention=True)

    assert relaxation(*offers[::-1], zero_retention=True) == forth


@pytest.mark.parametrize(
    ("probability", "risk"),
    [
        (1.0, 0),
        (0.99, 0),
        (0.9899, 1),
        (0.95, 1),
        (0.9499, 2),
        (0.8, 2),
        (0.7999, 3),
        (0.5, 3),
        (0.4999, 4),
        (0.0, 4),
        (float("nan"), 4),
    ],
)
def test_risk_rises_as_the_probability_of_meeting_all_limits_falls(probability, risk):
    assert performance_risk(probability) == risk


def test_limits_are_met_together_by_the_least_probability():
    together = met_together(np.array([0.9, 0.5]), None, np.array([0.7, 0.6]))

    assert together.tolist() == [0.7, 0.5]
    assert met_together(None, None) is None
