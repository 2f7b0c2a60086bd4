"""A study's outcomes as arrays, worked out by hand."""

import numpy as np
import pytest

from advisor.recommendations.evaluations.columns import RunColumns, SetItems
from advisor.recommendations.studies.contest import Entrant, contest_of, values_of


def outcomes(item, score):
    return RunColumns(
        item=np.array(item),
        sample=np.zeros(len(item), dtype=int),
        figures={"score": np.array(score, dtype=float)},
        answers=[None] * len(item),
    )


def entrant(name="e", *runs, usd=1.0, asked=None):
    count = sum(len(np.unique(run.item)) for run in runs) if asked is None else asked
    return Entrant(endpoint=name, runs=runs, usd_month=usd, asked=count)


def test_scores_lie_in_the_order_of_the_study():
    # The order is 7, 5, 9: item 5 was asked twice, 9 not yet.
    found = values_of(
        entrant("e", outcomes([5, 7, 5], [1.0, 0.0, 0.5])), order=[7, 5, 9]
    )

    assert found[:2].tolist() == [0.0, 0.75]
    assert np.isnan(found[2])


def test_batches_add_up():
    found = values_of(
        entrant("e", outcomes([1], [1.0]), outcomes([2], [0.0])), order=[1, 2]
    )

    assert found.tolist() == [1.0, 0.0]


def test_a_contest_holds_weights_clusters_and_costs():
    items = SetItems(weights={1: 2.0, 2: 1.0, 3: 1.0}, clusters={1: "a", 2: "", 3: "a"})

    found = contest_of(
        [
            entrant("x", outcomes([1], [1.0]), usd=3.0),
            entrant("y", outcomes([1], [0.0]), usd=5.0),
        ],
        order=[1, 2, 3],
        items=items,
        kind="relative",
        value=0.9,
        confidence=0.8,
        calls_left=10,
        samples=2,
    )

    assert found.weights.tolist() == [2.0, 1.0, 1.0]
    assert found.clusters.tolist() == [0, 1, 0]
    assert found.costs.tolist() == [3.0, 5.0]
    assert found.positions.tolist() == [1, 1]
    # Ten calls at two samples an item are five items.
    assert found.asks_left == 5
    assert found.references.all()


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (entrant("e", usd=None), "unpriced"),
        (entrant("e", outcomes([], []), asked=4), "no_answers"),
        (entrant("e", asked=0), ""),
        (entrant("e", outcomes([1], [0.0])), ""),
    ],
)
def test_who_takes_no_part(one, why):
    assert one.dropped == why
