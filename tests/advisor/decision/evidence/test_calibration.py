"""Stated probabilities against what holds, where the truth is known: made-up models."""

from dataclasses import replace

import numpy as np
import pytest

from advisor.decision.evidence.allocation import next_step
from advisor.decision.evidence.contest import Contest
from advisor.decision.evidence.floor import RELATIVE

FLOOR = 0.95
POOL = 600  # items there could be; their means are the truth


def population(rng, models):
    """Return right and wrong answers of models that find the same items hard."""
    size = np.sort(rng.uniform(0, 3, models))
    ability = rng.normal(0.5, 0.8) + 0.5 * size + rng.normal(0, 0.4, models)
    hardness = rng.normal(0, 1, POOL)
    own = rng.normal(0, 0.7, (models, POOL))
    chance = 1 / (1 + np.exp(-1.5 * (ability[:, None] - hardness + own)))
    answers = (rng.random((models, POOL)) < chance).astype(float)
    return answers, 0.1 * 10 ** (0.6 * size)


def meets(answers):
    means = answers.mean(axis=1)
    return means >= FLOOR * means.max() - 1e-12


def asked(answers, costs, rng, items, **fields):
    drawn = answers[:, rng.integers(0, POOL, items)]
    options = len(costs)
    return drawn, Contest(
        values=drawn,
        weights=np.ones(items),
        clusters=np.arange(items),
        costs=costs,
        references=np.ones(options, bool),
        kind=RELATIVE,
        value=FLOOR,
        confidence=0.9,
        calls_left=0,
        **fields,
    )


@pytest.mark.parametrize("items", [20, 80, 300])
def test_what_is_stated_with_confidence_holds_as_often(items):
    rng = np.random.default_rng(items)
    stated, held = [], []

    for _ in range(250):
        answers, costs = population(rng, int(rng.integers(2, 10)))
        _, contest = asked(answers, costs, rng, items)
        stated += contest.standing.met.tolist()
        held += meets(answers).tolist()

    stated, held = np.array(stated), np.array(held)
    for low, high in [(0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01)]:
        within = (stated >= low) & (stated < high)
        # Never much surer than right: by three standard errors of a share.
        error = 3 * 0.5 / np.sqrt(max(within.sum(), 1))
        if high > 0.5:
            assert held[within].mean() > stated[within].mean() - min(error, 0.12)
        assert held[within].mean() < stated[within].mean() + 0.25


def raced(answers, costs, rng, budget):
    """Ask until the engine stops, and return its last step."""
    drawn, contest = asked(answers, costs, rng, budget)
    values, left = np.full(drawn.shape, np.nan), budget
    while True:
        step = next_step(replace(contest, values=values, calls_left=left))
        if step.stop is not None:
            return step
        for ask in step.asks:
            start = int((~np.isnan(values[ask.option])).sum())
            until = start + ask.items
            values[ask.option, start:until] = drawn[ask.option, start:until]
            left -= ask.items
        values = values.copy()


def test_picks_of_a_race_are_wrong_no_more_often_than_allowed():
    rng = np.random.default_rng(11)
    picks = wrong = 0

    for _ in range(150):
        answers, costs = population(rng, 6)
        step = raced(answers, costs, rng, budget=600)
        if step.pick is not None:
            picks += 1
            wrong += not meets(answers)[step.pick]

    # One in ten allowed, among more than a hundred picks: 10 % and two standard errors
    assert picks > 100
    assert wrong / picks < 0.15
