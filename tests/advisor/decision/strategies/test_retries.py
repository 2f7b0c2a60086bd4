"""Asking again while an answer cannot be parsed, against every order of the samples."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings

from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.tables import tables
from tests.advisor.decision.strategies.samples import kept_samples, outcomes

quickly = settings(max_examples=60, deadline=None, database=None)


def retry(found, samples):
    """Return (score, calls, answer tokens) of the first item."""
    number = next(
        number
        for number, plan in enumerate(found.plans)
        if (plan.kind, plan.samples) == (Kind.RETRY, samples)
    )
    figures = found.figures
    return tuple(
        float(array[number, 0, 0])
        for array in (figures.score, figures.calls, figures.output_tokens)
    )


def listed(answers, scores, spent, samples):
    totals = np.zeros(3)
    orders = list(permutations(range(len(answers)), samples))
    for order in orders:
        calls = next(
            (made for made, each in enumerate(order, 1) if answers[each] != "?"),
            samples,
        )
        tokens = sum(spent[each] for each in order[:calls])
        totals += (scores[order[calls - 1]], calls, tokens)
    return totals / len(orders)


@quickly
@given(kept_samples())
def test_every_retry_is_the_mean_over_all_orders_of_draws(kept):
    answers, scores, spent = kept
    found = tables(
        outcomes([[answers]], scores=[[scores]], output_tokens=[[spent]]),
        samples=(2, 3, 4, 5),
    )

    for samples in range(2, len(answers) + 1):
        assert retry(found, samples) == pytest.approx(
            listed(answers, scores, spent, samples)
        )


def test_three_tries_by_hand():
    # Half of four answers cannot be parsed, one of the others is right.
    found = tables(outcomes([[["?", "?", 0, 1]]]))

    # Of three, one at least is parsed: right in half of all cases. A second call is
    # made in 1/2, a third in 1/2 * 1/3 = 1/6.
    score, calls, _ = retry(found, 3)
    assert score == pytest.approx(0.5)
    assert calls == pytest.approx(1 + 1 / 2 + 1 / 6)


def test_nothing_to_retry_is_one_call():
    found = tables(outcomes([[[0, 1, 0]]]))

    assert retry(found, 3)[:2] == pytest.approx((2 / 3, 1))


def test_what_never_can_be_parsed_takes_all_calls():
    found = tables(outcomes([[["?", "?", "?"]]]))

    assert retry(found, 3)[:2] == pytest.approx((0, 3))
