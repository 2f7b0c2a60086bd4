"""How long votes and cascades take, against a run of each order by itself."""

from itertools import combinations_with_replacement, permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.stages import Plan
from advisor.decision.strategies.tallies import tallies
from advisor.decision.strategies.waiting import MOST_ORDERS, waits
from tests.advisor.decision.strategies.samples import (
    counts,
    decided,
    kept_samples,
    outcome,
    outcomes,
)

quickly = settings(max_examples=60, deadline=None, database=None)


def waited(answers, latency, *plans):
    """Return the waits of one subject by plan, item and order."""
    kept = outcomes([answers], latency_ms=[latency])
    found = waits(kept, tallies(kept), plans)
    return found.apart[:, 0], found.together[:, 0], found.passed[:, 0]


def vote(samples, accept=None):
    kind = Kind.VOTE if accept is None else Kind.CASCADE
    return Plan(kind=kind, samples=samples, accept=accept)


SINGLE = Plan(kind=Kind.SINGLE, samples=1)


def run(order, latency, samples, accept, classes):
    """Return (first call, in waves, all at once, whether passed on) of one order."""
    drawn = [answer for answer, _ in order]
    made, total = 0, 0.0
    while not over(drawn[:made], samples - made, accept, classes):
        more = next(
            more
            for more in range(1, samples - made + 1)
            if any(
                over([*drawn[:made], *future], samples - made - more, accept, classes)
                for future in combinations_with_replacement(classes, more)
            )
        )
        total += max(latency[place] for _, place in order[made : made + more])
        made += more
    asked = [latency[place] for _, place in order[:samples]]
    passed = outcome(drawn[:samples], accept) == {"pass"}
    return asked[0], total, max(asked), passed


def over(drawn, left, accept, classes):
    return decided(tuple(sorted(drawn, key=str)), left, accept, classes)


@quickly
@given(kept_samples(most=4), st.integers(1, 4), st.integers(0, 4))
def test_every_order_is_run_in_waves_of_the_fewest_calls_that_could_decide(
    kept, samples, accept
):
    answers, _, _ = kept
    samples = min(samples, len(answers))
    accept = min(accept, samples) or None
    latency = [2.0**place for place in range(len(answers))]
    classes = (*sorted(counts(answers)), 98, 99, "?")

    apart, together, passed = waited(
        [answers], [latency], SINGLE, vote(samples, accept)
    )

    numbered = [(answer, place) for place, answer in enumerate(answers)]
    possible = {
        run(order, latency, samples, accept, classes)
        for order in permutations(numbered)
    }
    for order in range(MOST_ORDERS):
        assert (
            apart[0, 0, order],
            apart[1, 0, order],
            together[1, 0, order],
            bool(passed[1, 0, order]),
        ) in possible


def test_each_sample_comes_first_about_as_often_as_any_other():
    apart, *_ = waited([[0, 1, 2]], [[1, 2, 3]], SINGLE)

    first = sorted(apart[0, 0].tolist())
    assert {value: first.count(value) for value in (1, 2, 3)} in (
        {1: 3, 2: 3, 3: 2},
        {1: 3, 2: 2, 3: 3},
        {1: 2, 2: 3, 3: 3},
    )


def test_retries_wait_for_every_call_up_to_the_first_that_can_be_parsed():
    plan = Plan(kind=Kind.RETRY, samples=3)
    apart, together, _ = waited([["?", "?", 0]], [[1, 2, 4]], plan)

    # The good one alone, after one of the others, or after both.
    assert set(apart[0, 0].tolist()) <= {4, 5, 6, 7}
    assert (apart == together).all()


def test_verified_answers_wait_for_the_slowest():
    plan = Plan(kind=Kind.VERIFIED, samples=3)
    apart, *_ = waited([["-", "-", "-"]], [[1, 2, 4]], plan)

    assert set(apart[0, 0].tolist()) == {4}


def test_waits_are_unknown_where_nothing_was_timed_or_too_few_are_kept():
    nan = float("nan")
    apart, *_ = waited([[0, 0, 0]], [[nan] * 3], SINGLE, vote(3))
    short, *_ = waited([[0, 0, None]], [[1, 2, nan]], SINGLE, vote(3))

    assert np.isnan(apart).all()
    assert not np.isnan(short[0]).any()
    assert np.isnan(short[1]).all()


def test_sample_that_was_not_timed_takes_what_the_others_of_its_item_do():
    apart, *_ = waited([[0, 0]], [[8, float("nan")]], SINGLE)

    assert set(apart[0, 0].tolist()) == {8}
