"""Whom to ask next, when to stop, and what is said by then."""

from dataclasses import replace
from math import nan, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decision.evidence.allocation import Stop, next_step
from advisor.decision.evidence.contest import Contest
from advisor.decision.evidence.floor import ABSOLUTE, RELATIVE
from advisor.decision.evidence.worth import prospect

NORMAL = NormalDist()


def contest(answers, costs, items=None, **asked):
    """Return a contest in which each option gave the answers listed."""
    width = items or max(len(row) for row in answers)
    values = np.full((len(answers), width), nan)
    for row, given_ in zip(values, answers, strict=True):
        row[: len(given_)] = given_
    fields = {
        "values": values,
        "weights": np.ones(width),
        "clusters": np.arange(width),
        "costs": np.array(costs, float),
        "references": np.ones(len(costs), bool),
        "kind": RELATIVE,
        "value": 0.95,
        "confidence": 0.9,
        "calls_left": 1_000,
    }
    return Contest(**fields | asked)


def asked(step):
    return {ask.option: ask.items for ask in step.asks}


def shares(*counts):
    """Return answers of which so many are right out of so many."""
    return [[1] * right + [0] * (total - right) for right, total in counts]


def test_all_options_start_alike():
    step = next_step(contest([[], [], []], [1, 2, 3], items=100))

    assert asked(step) == {0: 16, 1: 16, 2: 16}
    assert step.stop is None


def test_start_takes_half_of_a_small_budget_and_asks_in_calls():
    step = next_step(contest([[], []], [1, 2], items=100, calls_left=40, samples=2))

    # 40 calls are 20 items; half of them for two options: 5 each
    assert asked(step) == {0: 5, 1: 5}


def test_options_that_are_known_already_are_not_asked_again_to_start():
    known = [1, 0] * 8

    step = next_step(contest([known, []], [1, 2], items=100))

    assert asked(step) == {1: 16}


@pytest.mark.parametrize("calls", [1, 0])
def test_without_an_answer_nobody_is_proven(calls):
    step = next_step(
        contest([[], []], [1, 2], items=9, calls_left=calls, confidence=0.5)
    )

    assert step.stop is not None
    assert step.asks == ()
    assert step.pick is None


def test_hopeless_option_is_dropped_and_the_dear_one_not_asked_on():
    answers = shares((2, 60), (54, 60), (55, 60))

    step = next_step(contest(answers, [1, 2, 20], items=500))

    assert 0 not in asked(step)
    assert step.standing.met[0] < 0.001


def test_contested_option_is_asked_with_what_it_is_held_against():
    rng = np.random.default_rng(3)
    best = (rng.random(60) < 0.9).astype(float)
    near = best.copy()
    near[:3] = 0

    step = next_step(contest([near, best, [0] * 60], [1, 9, 5], items=500))

    assert asked(step) == {0: 8, 1: 8}


def test_one_that_is_behind_catches_up_first():
    rng = np.random.default_rng(3)
    best = (rng.random(80) < 0.9).astype(float)
    near = best.copy()
    near[:2] = 0

    step = next_step(contest([near[:40], best], [1, 9], items=500))

    assert asked(step) == {0: 16}


def test_clear_winner_stops_with_calls_left():
    step = next_step(contest(shares((95, 100), (95, 100)), [1, 30], items=900))

    assert step.stop == Stop.NOTHING_TO_GAIN
    assert step.pick == 0
    assert step.cheapest_if_proven is None
    assert step.proof_calls is None
    assert (step.worth == 0).all()


def test_items_may_run_out_before_calls():
    rng = np.random.default_rng(5)
    best = (rng.random(40) < 0.8).astype(float)
    near = best.copy()
    near[:2] = 1 - near[:2]

    step = next_step(contest([near, best], [1, 9]))

    assert step.stop in {Stop.ITEMS_USED, Stop.NOTHING_TO_GAIN}
    assert step.asks == ()


def test_never_asks_for_more_than_is_left():
    rng = np.random.default_rng(3)
    best = (rng.random(80) < 0.9).astype(float)
    near = best.copy()
    near[:2] = 0

    step = next_step(contest([near[:40], best], [1, 9], items=500, calls_left=10))

    # 16 would bring it nearer
    assert asked(step) == {0: 10}


def test_pick_is_the_cheapest_proven_and_the_surest_of_equal_cost():
    step = next_step(
        contest(
            shares((10, 200), (150, 200), (190, 200), (199, 200)),
            [1, 2, 2, 2],
            kind=ABSOLUTE,
            value=0.7,
            calls_left=0,
        )
    )

    assert step.pick == 3


def test_no_option_below_the_confidence_is_picked_and_the_best_is_named():
    answers = shares((31, 40), (32, 40))
    step = next_step(contest(answers, [1, 4], kind=ABSOLUTE, value=0.75, calls_left=0))

    assert step.stop == Stop.CALLS_USED
    assert step.pick is None
    assert step.standing.met.max() < 0.9
    assert step.cheapest_if_proven == 0


def test_proof_takes_as_many_calls_as_the_lead_needs():
    known = contest(
        shares((34, 40)), [1], items=5_000, kind=ABSOLUTE, value=0.8, samples=3
    )

    step = next_step(known)

    # Mean (34 + 0.5) / 41 = 0.841463; 0.0414634 above the floor; deviation
    # sqrt(0.841463 * 0.158537 / 41 + (1.5 / 42)**2)
    lead, sd = 0.0414634, sqrt(0.841463 * 0.158537 / 41 + (1.5 / 42) ** 2)
    items = 40 * (NORMAL.inv_cdf(0.9) * sd / lead) ** 2
    assert step.proof_calls == 3 * (int(items) + 1 - 40)


def test_no_proof_for_what_is_behind_or_needs_more_items_than_there_are():
    behind = next_step(contest(shares((20, 40)), [1], kind=ABSOLUTE, value=0.8))
    short = next_step(contest(shares((33, 40)), [1], kind=ABSOLUTE, value=0.8))

    assert behind.cheapest_if_proven == 0
    assert behind.proof_calls is None
    assert short.proof_calls is None


def test_probability_that_a_verdict_turns_agrees_with_simulation():
    """A quality of 0.8 or so after 60 items, against 0.75, with 140 more to come."""
    known = contest(
        shares((49, 60)), [1], items=200, kind=ABSOLUTE, value=0.75, calls_left=140
    )

    turns = prospect(known).turns[0]

    rng = np.random.default_rng(1)
    qualities = np.clip(known.posterior.draws(4_000, seed=2)[:, 0], 0, 1)
    right = 49 + rng.binomial(140, qualities)
    mean = (right + 0.5) / 201
    sd = np.sqrt(mean * (1 - mean) / 201 + (1.5 / 202) ** 2)
    proven = np.array([NORMAL.cdf(z) for z in (mean - 0.75) / sd]) >= 0.9
    assert not known.proven[0]
    assert turns == pytest.approx(proven.mean(), abs=0.05)


def test_worth_is_what_the_verdict_may_save_a_month():
    known = contest(
        shares((47, 60), (120, 120)),
        [100, 700],
        items=500,
        kind=ABSOLUTE,
        value=0.75,
        calls_left=200,
    )

    step = next_step(known)

    # The dear one is proven: 700 - 100 hang on the cheap one's verdict
    assert step.pick == 1
    assert step.worth == pytest.approx([600 * prospect(known).turns[0], 0])


def test_costs_in_another_unit_change_neither_asks_nor_pick():
    rng = np.random.default_rng(8)
    answers = (rng.random((4, 40)) < [[0.6], [0.78], [0.8], [0.82]]).astype(float)
    known = contest(answers, [1, 2, 4, 8], items=300)

    one = next_step(known)
    other = next_step(replace(known, costs=known.costs * 1e-6))

    assert asked(one) == asked(other)
    assert one.pick == other.pick
    assert other.worth == pytest.approx(one.worth * 1e-6)


def test_free_options_are_compared_by_differences():
    step = next_step(contest(shares((30, 40), (31, 40)), [0, 0], items=100))
    cheaper = next_step(contest(shares((30, 40), (31, 40)), [0, 5], items=100))

    assert step.worth == pytest.approx([0, 0])
    assert np.isfinite(cheaper.worth).all()


answered = st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=30)


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(answered, min_size=1, max_size=5),
    st.data(),
    st.integers(0, 60),
    st.sampled_from([0.5, 0.9]),
    st.sampled_from([RELATIVE, ABSOLUTE]),
)
def test_any_contest_ends_within_its_calls(answers, data, calls, confidence, kind):
    costs = data.draw(
        st.lists(st.integers(0, 3), min_size=len(answers), max_size=len(answers))
    )
    known = contest(
        answers, costs, items=40, calls_left=calls, confidence=confidence, kind=kind
    )
    values = known.values.copy()
    left = calls

    for _ in range(calls + 2):
        step = next_step(replace(known, values=values, calls_left=left))
        if step.stop is not None:
            break
        for ask in step.asks:
            start = int(replace(known, values=values).positions[ask.option])
            assert start + ask.items <= 40
            values[ask.option, start : start + ask.items] = 1.0
            left -= ask.items

    assert step.stop is not None
    assert left >= 0
    assert step.pick is None or step.standing.met[step.pick] >= confidence
