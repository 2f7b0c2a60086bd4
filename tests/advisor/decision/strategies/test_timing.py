"""Percentiles of waits, of stages and of cascades, against plain sorting."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.percentiles import p95_below, percentiles
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.strategies.tables import tables
from tests.advisor.decision.strategies.samples import costs, outcomes, place

quickly = settings(max_examples=60, deadline=None, database=None)
waits = st.sampled_from([1.0, 2.0, 3.0, 5.0, nan])


def percentile(values, weights, share):
    """Return the least value that so much of the weight does not exceed."""
    known = sorted(
        (value, weight)
        for value, weight in zip(values, weights, strict=True)
        if not np.isnan(value)
    )
    total = sum(weight for _, weight in known)
    reached = 0.0
    for value, weight in known:
        reached += weight
        if total and reached >= share * total - 1e-9:
            return value
    return nan


@quickly
@given(st.data())
def test_percentiles_count_items_by_weight(data):
    items, orders = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 3))
    ms = np.array(
        data.draw(st.lists(waits, min_size=items * orders, max_size=items * orders)),
        np.float32,
    ).reshape(1, items, orders)
    weights = np.array(
        data.draw(
            st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=items, max_size=items)
        )
    )

    flat = (ms.ravel().tolist(), np.repeat(weights, orders).tolist())
    p50, p95 = (percentile(*flat, share) for share in (0.5, 0.95))

    assert percentiles(ms, weights)[0] == pytest.approx([p50, p95], nan_ok=True)
    total = (~np.isnan(ms)).sum(axis=2) @ weights
    for limit in (1.0, 2.5, 5.0, np.inf):
        below = p95_below(ms, weights, total, np.array([limit]))[0]
        assert below == (not np.isnan(p95) and p95 < limit)


def cascade_of(differing, items):
    """Return the figures of two in three, then a large model: 10 and 100 ms a call."""
    small = [[0, 1, 2]] * differing + [[0, 0, 0]] * (items - differing)
    kept = outcomes(
        [small, [[0, 0, 0]] * items],
        latency_ms=[[[10, 10, 10]] * items, [[100, 100, 100]] * items],
    )
    found = evaluated_strategies(tables(kept, (1, 3)), costs([1, 10]), samples=(1, 3))
    at = place(found, Kind.CASCADE, (0, 3, 2), (1, 1))
    return found.escalation[at], found.request_ms_p50[at], found.request_ms_p95[at]


def test_cascade_adds_the_second_stage_where_the_first_disagrees():
    escalation, p50, p95 = cascade_of(differing=1, items=10)

    # Two calls at once, and where they differ a third, and then the large one.
    assert escalation == pytest.approx(0.1)
    assert p50 == 10
    assert p95 == 10 + 10 + 100


def test_cascade_that_rarely_escalates_keeps_the_pace_of_its_first_stage():
    escalation, _, p95 = cascade_of(differing=1, items=30)

    # One in thirty is less than one in twenty.
    assert escalation == pytest.approx(1 / 30)
    assert p95 == 10


def test_agreement_of_all_asks_one_after_another():
    kept = outcomes([[[0, 0, 0]], [[0]]], latency_ms=[[[10, 10, 10]], [[100]]])
    found = evaluated_strategies(tables(kept, (1, 3)), costs([1, 10]), samples=(1, 3))

    # Each further answer could end it by differing, so none is asked for beside it.
    assert found.request_ms_p95[place(found, Kind.CASCADE, (0, 3, 3), (1, 1))] == 30


def test_votes_of_one_call_wait_once_and_those_of_several_in_waves():
    kept = outcomes([[[0, 1, 0]] * 20], latency_ms=[[[10, 10, 10]] * 20])
    known = tables(kept, (1, 3))

    apart = evaluated_strategies(known, costs([1]), samples=(1, 3))
    once = evaluated_strategies(known, costs([1], prompt_once=[True]), samples=(1, 3))

    # Two of three disagree in two of three orders, and the third is asked after them.
    at = place(apart, Kind.VOTE, (0, 3))
    assert apart.request_ms_p95[at] == 20
    assert once.request_ms_p95[at] == 10


def test_unknown_waits_stay_unknown():
    kept = outcomes([[[0, 0]], [[0, 0]]], latency_ms=[[[10, 10]], [[nan, nan]]])
    found = evaluated_strategies(tables(kept, (1, 2)), costs([1, 10]), samples=(1, 2))

    assert found.request_ms_p95[place(found, Kind.SINGLE, (0, 1))] == 10
    assert np.isnan(found.request_ms_p95[place(found, Kind.SINGLE, (1, 1))])
    assert np.isnan(found.request_ms_p95[place(found, Kind.CASCADE, (0, 2, 2), (1, 1))])
