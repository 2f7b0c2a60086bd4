"""Models whose rows speak of other items are told by their errors."""

import math

import numpy as np
import pytest

from benchmarks.importers.alignment import Alignment, Correlation, check

MODELS = ("tiny", "small", "medium", "large")


def answers(*, items, abilities=(-0.4, 0.0, 0.3, 0.6), seed=1):
    """Return right and wrong answers: an item is as hard for all, but for luck.

    A model is right where its ability, less the item's difficulty, plus luck of the
    same spread, is above zero: the errors of two then correlate at about a third.
    """
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(size=items)
    luck = rng.normal(size=(len(abilities), items))
    return (np.array(abilities)[:, None] - difficulty + luck > 0).astype(float)


def test_models_on_the_same_items_hang_together():
    found = check(MODELS, answers(items=400))

    assert found.strays == ()
    assert not found.is_broken
    assert len(found.pairs) == 6  # four models, each with each
    assert all(pair.correlation > 0.2 and not pair.is_none for pair in found.pairs)


def test_a_model_with_shuffled_rows_is_named_and_no_other():
    scores = answers(items=400)
    scores[1] = np.random.default_rng(5).permutation(scores[1])

    found = check(MODELS, scores)

    (stray,) = found.strays
    assert stray.models == ("small",)
    assert stray.others == ("tiny", "medium", "large")
    assert stray.high < 0.15
    assert not found.is_broken


def test_two_that_agree_with_each_other_alone_are_named_together():
    scores = answers(items=400, abilities=(-0.4, 0.0, 0.1, 0.2, 0.3))
    order = np.random.default_rng(8).permutation(400)
    scores[3:] = scores[3:, order]

    found = check(("a", "b", "c", "d", "e"), scores)

    assert [stray.models for stray in found.strays] == [("d", "e")]


def test_three_models_without_anything_in_common_are_broken():
    rng = np.random.default_rng(3)
    scores = np.array([rng.permutation(row) for row in answers(items=400)])

    found = check(MODELS, scores)

    assert found.is_broken
    assert not check(MODELS[:2], scores[:2]).is_broken  # one pair proves nothing


def test_of_two_models_a_pair_with_nothing_in_common_is_a_stray():
    scores = answers(items=400)[1:3]
    scores[1] = np.random.default_rng(2).permutation(scores[1])

    (stray,) = check(("small", "medium"), scores).strays

    assert {*stray.models, *stray.others} == {"small", "medium"}


def test_false_alarms_are_rare_and_shuffled_models_mostly_found():
    rng = np.random.default_rng(11)
    alarms = found = 0
    for seed in range(60):
        scores = answers(items=200, seed=seed)
        alarms += bool(check(MODELS, scores).strays)
        scores[2] = rng.permutation(scores[2])
        found += ("medium",) in [each.models for each in check(MODELS, scores).strays]

    assert alarms == 0
    # The upper limit stays below 0.15 when r < 0.034, half a standard error: 0.69.
    assert 60 * 0.5 < found < 60 * 0.9


def test_fewer_than_fifty_common_items_tell_nothing():
    scores = answers(items=98)
    scores[0, :49] = math.nan
    scores[1:, 49:] = math.nan

    assert check(MODELS[:2], scores[:2]).pairs == ()
    assert len(check(MODELS[1:], answers(items=50)[1:]).pairs) == 3
    assert check(MODELS[1:], answers(items=49)[1:]).pairs == ()


def test_models_that_are_nearly_always_right_or_wrong_are_left_out():
    easy = np.ones((3, 100))
    hard = np.zeros((3, 100))
    guess = answers(items=100, abilities=(-3.0, 3.0, 0.0))

    for scores in (easy, hard, guess):
        assert check(("a", "b", "c"), scores) == Alignment(pairs=(), strays=())


def test_models_that_were_asked_nothing_are_left_out():
    scores = answers(items=100)
    scores[3] = math.nan

    found = check(MODELS, scores)

    assert {name for pair in found.pairs for name in pair.models + pair.others} == {
        *MODELS[:3]
    }


def test_common_items_that_one_has_all_right_tell_nothing():
    scores = answers(items=100)[:2]
    scores[0] = np.repeat([1.0, 0.0], [60, 40])
    scores[1, 60:] = math.nan

    assert check(("a", "b"), scores).pairs == ()


def test_a_clearly_negative_correlation_is_no_sign_of_shuffled_rows():
    scores = answers(items=400)[:2]
    scores[1] = 1 - scores[0]

    found = check(("a", "b"), scores)

    assert found.strays == ()
    assert found.pairs[0].correlation == pytest.approx(-1)


def test_the_limits_are_those_of_fishers_z():
    half = np.repeat([1.0, 0.0], [52, 51])
    other = half.copy()
    other[:13], other[52:65] = 0.0, 1.0

    (pair,) = check(("a", "b"), np.array([half, other])).pairs

    assert pair.items == 103
    # 39 of 52 and 38 of 51 stayed: phi = 39 / 52 - 13 / 51 = 0.495098.
    assert pair.correlation == pytest.approx(39 / 52 - 13 / 51)
    # Half the log of 1.495098 / 0.504902 is 0.542791; 1.644854 / sqrt(100) = 0.164485.
    # (e^2z - 1) / (e^2z + 1) at z = 0.378306 is 0.361235, at 0.707277 it is 0.608966.
    assert pair.low == pytest.approx(0.361235, abs=1e-5)
    assert pair.high == pytest.approx(0.608966, abs=1e-5)


def test_a_correlation_is_none_when_it_is_small_for_sure():
    def of(r, high):
        return Correlation(
            models=("a",), others=("b",), items=403, correlation=r, low=-1.0, high=high
        )

    assert of(0.0, 0.1).is_none
    assert not of(0.1, 0.18).is_none
    # 20 standard errors of 0.05 to a unit of z: -0.2 is four of them away from zero.
    assert not of(-0.2, -0.12).is_none
