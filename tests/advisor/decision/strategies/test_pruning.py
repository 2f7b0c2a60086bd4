"""What is left out changes neither the pick nor the frontier."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from advisor.decision.evidence.estimates import posterior
from advisor.decision.evidence.floor import ABSOLUTE, RELATIVE, standing
from advisor.decision.evidence.outcomes import NO_ANSWER, UNPARSABLE, Outcomes
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.kinds import Kind
from advisor.decision.strategies.pruning import Goal, Reach, frontier
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.strategies.tables import tables
from tests.advisor.decision.strategies.samples import costs, outcomes

quickly = settings(max_examples=60, deadline=None, database=None)


def problem(seed):
    """Return outcomes and prices with every kind of edge, by chance."""
    draw = np.random.default_rng(seed)
    subjects, items, samples = (int(n) for n in draw.integers((2, 2, 1), (6, 40, 6)))
    shape = (subjects, items, samples)
    ability = np.sort(draw.normal(0, 2, subjects))[:, None]
    odds = ability - draw.normal(0, 1.5, items) + draw.normal(0, 0.5, shape[:2])
    right = draw.random(shape) < 1 / (1 + np.exp(-odds))[..., None]
    answers = np.where(right, 0, draw.integers(1, 4, shape))
    answers[draw.random(shape) < 0.1] = UNPARSABLE
    scores = (answers == 0).astype(float)
    if draw.random() < 0.3:  # not everybody was asked everything
        missing = draw.random(shape) < 0.2
        scores[missing], answers[missing] = nan, NO_ANSWER
    if draw.random() < 0.3:  # twins tie in everything
        answers[1], scores[1] = answers[0], scores[0]
    latency = draw.lognormal(6 + 0.2 * np.arange(subjects)[:, None, None], 0.4, shape)
    if draw.random() < 0.3:
        latency[draw.integers(subjects)] = nan
    kept = Outcomes(
        subjects=tuple(str(number) for number in range(subjects)),
        scores=scores,
        answers=answers,
        weights=draw.choice([1.0, 1.0, 2.0], items) if seed % 2 else np.ones(items),
        clusters=np.arange(items) // draw.integers(1, 4),
        input_tokens=draw.integers(10, 500, shape).astype(float),
        output_tokens=draw.integers(10, 200, shape).astype(float),
        latency_ms=latency,
        verifier=np.full(shape, nan),
    )
    prices = np.round(10.0 ** np.linspace(0, 1.5, subjects) * draw.lognormal(0, 0.7), 1)
    return kept, SubjectCosts(
        input_usd=prices,
        output_usd=3 * prices * draw.integers(0, 2),
        request_usd=np.where(draw.random(subjects) < 0.1, nan, 0.0),
        prompt_once=draw.random(subjects) < 0.3,
    )


def goal(seed, prices):
    draw = np.random.default_rng(1000 + seed)
    subjects = len(prices.bought)
    references = draw.random(subjects) < 0.7
    references[draw.integers(subjects)] = True
    return Goal(
        kind=(ABSOLUTE, RELATIVE)[seed % 2],
        value=float(draw.choice([0.3, 0.6, 0.8, 0.95])),
        confidence=float(draw.choice([0.5, 0.8, 0.9, 0.95])),
        references=references,
        eligible=draw.random(subjects) < 0.8,
    )


def chances(kept, found, asked):
    """Return the probability that each strategy meets the floor."""
    subjects = len(kept.subjects)
    values = np.concatenate([kept.mean_scores(), found.quality])
    among = np.zeros(len(values), dtype=bool)
    among[:subjects] = asked.references
    stood = standing(
        posterior(values, kept.weights, kept.clusters),
        kind=asked.kind,
        value=asked.value,
        references=among,
        seed=7,
    )
    return stood.met[subjects:]


def pick(found, met, asked):
    """Return the cheapest strategy that is sure enough, the first of equals."""
    eligible = np.array(
        [
            each.kind is not Kind.SINGLE or asked.eligible[each.stages[0].subject]
            for each in found.strategies
        ],
        dtype=bool,
    )
    sure = np.where((met >= asked.confidence) & eligible, found.usd, inf)
    return found.strategies[int(np.argmin(sure))] if np.isfinite(sure).any() else None


def on_frontier(found, weights):
    known = ~np.isnan(found.quality)
    mean = (np.where(known, found.quality, 0) @ weights) / np.maximum(
        known @ weights, 1e-300
    )
    mean = np.where(known.any(axis=1), np.round(mean, 12), nan)
    usd = np.array([float(f"{each:.12g}") for each in found.usd])
    places = frontier(usd, mean, found.request_ms_p95)
    return {found.strategies[place] for place in places}


@pytest.mark.parametrize(
    "seeds", [range(first, first + 20) for first in range(0, 200, 20)]
)
def test_pick_and_frontier_are_those_of_all_strategies(seeds):
    for seed in seeds:
        kept, prices = problem(seed)
        asked = goal(seed, prices)
        known = tables(kept, (1, 3, 5))

        every = evaluated_strategies(known, prices, samples=(1, 3, 5))
        few = evaluated_strategies(known, prices, samples=(1, 3, 5), goal=asked)

        met = dict(zip(every.strategies, chances(kept, every, asked), strict=True))
        again = np.array([met[each] for each in few.strategies])
        first = pick(every, np.array(list(met.values())), asked)
        assert pick(few, again, asked) == first
        assert on_frontier(few, kept.weights) == on_frontier(every, kept.weights)
        assert few.pruned == len(every.strategies) - len(few.strategies)


def test_many_cascades_are_left_out_even_of_few():
    pruned = cascades = 0
    for seed in range(0, 200, 10):
        kept, prices = problem(seed)
        found = evaluated_strategies(
            tables(kept, (1, 3, 5)), prices, goal=goal(seed, prices)
        )
        pruned += found.pruned
        cascades += sum(each.kind is Kind.CASCADE for each in found.strategies)

    assert pruned > (pruned + cascades) / 3


def test_nothing_is_left_out_without_a_goal():
    kept, prices = problem(0)

    assert evaluated_strategies(tables(kept), prices).pruned == 0


def test_goal_can_be_set_aside():
    kept, prices = problem(0)

    found = evaluated_strategies(
        tables(kept), prices, goal=goal(0, prices), prune=False
    )

    assert found.pruned == 0


def test_relative_goal_without_references_is_refused():
    asked = Goal(
        kind=RELATIVE,
        value=0.9,
        confidence=0.9,
        references=np.zeros(1, dtype=bool),
        eligible=np.ones(1, dtype=bool),
    )

    with pytest.raises(ValueError, match="references"):
        evaluated_strategies(tables(outcomes([[[0]]])), costs([1]), goal=asked)


figures = st.sampled_from([0.0, 1.0, 2.0, 3.0])
rows = arrays.arrays(float, st.tuples(st.just(3), st.integers(0, 8)), elements=figures)


@quickly
@given(rows)
def test_frontier_is_what_nothing_else_equals_in_all_three(rows):
    usd, quality, ms = rows
    places = range(len(usd))

    def beats(one, other):
        no_worse = (
            usd[one] <= usd[other]
            and quality[one] >= quality[other]
            and ms[one] <= ms[other]
        )
        alike = no_worse and (usd[one], quality[one], ms[one]) == (
            usd[other],
            quality[other],
            ms[other],
        )
        return no_worse and (not alike or one < other)

    expected = {
        place for place in places if not any(beats(other, place) for other in places)
    }
    assert set(frontier(usd, quality, ms).tolist()) == expected


def test_frontier_takes_an_unknown_wait_for_endless_and_an_unknown_quality_for_none():
    found = frontier(
        np.array([1.0, 1.0, 2.0, 0.5]),
        np.array([0.5, 0.5, 0.5, nan]),
        np.array([nan, 9.0, 3.0, 1.0]),
    )

    assert found.tolist() == [1, 2]


scores = arrays.arrays(float, st.integers(1, 12), elements=st.floats(0, 1))


@quickly
@given(scores, st.data())
def test_what_could_be_picked_covers_every_estimate_and_its_error(quality, data):
    weights = np.array(
        data.draw(st.lists(st.sampled_from([0.5, 1, 3]), **sized(len(quality))))
    )
    clusters = np.array(data.draw(st.lists(st.integers(0, 3), **sized(len(quality)))))
    # A few items, or many that are like them.
    again = data.draw(st.sampled_from([1, 30]))
    clusters = (np.arange(again)[:, None] * 4 + clusters).ravel()
    quality, weights = np.tile(quality, again), np.tile(weights, again)

    known = posterior(quality[None], weights, clusters)

    # The floor at the estimate less as many errors as the confidence allows.
    confidence = 0.8
    reached = Reach(
        ceiling_usd=1.0,
        threshold=float(known.mean[0] + known.sd[0] * 0.5),
        threshold_sd=0.0,
        confidence=confidence,
        heaviest=float(np.bincount(clusters, weights=weights).max()),
    )
    mean = np.average(quality, weights=weights)
    # sqrt((1 - 0.8) / 0.8) = 0.5
    assert reached.holds(np.ones(1), np.array([mean]), np.array([weights.sum()])).all()


def sized(count):
    return {"min_size": count, "max_size": count}
