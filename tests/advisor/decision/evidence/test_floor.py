"""How likely options meet a floor, against other ways of reckoning it."""

from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest

from advisor.decision.evidence.estimates import posterior
from advisor.decision.evidence.floor import ABSOLUTE, RELATIVE, standing
from advisor.decision.normal import student_cdf

NORMAL = NormalDist()


def stands(values, kind, value, references=None):
    values = np.array(values, float)
    options, items = values.shape
    known = posterior(values, np.ones(items), np.arange(items))
    where = np.ones(options, bool) if references is None else np.array(references)
    return known, standing(known, kind=kind, value=value, references=where, seed=1)


def exam(shares, items, seed=7):
    """Return right and wrong answers to items that are as hard for all options."""
    hardness = np.random.default_rng(seed).random(items)
    noise = np.random.default_rng(seed + 1).random((len(shares), items)) * 0.3
    return (hardness + noise - 0.15 < np.array(shares)[:, None]).astype(float)


def test_absolute_floor_is_the_normal_s_upper_tail():
    known, found = stands(exam([0.6, 0.8], 100), ABSOLUTE, 0.7)

    expected = [
        1 - NORMAL.cdf((0.7 - mean) / sd)
        for mean, sd in zip(known.mean, known.sd, strict=True)
    ]
    assert found.met == pytest.approx(expected, abs=2e-3)
    assert found.threshold == 0.7
    assert found.threshold_sd == 0


@pytest.mark.parametrize(
    ("t", "degrees", "share"),
    # Quantiles of Student's t as tables print them
    [
        (1.638, 3, 0.90),
        (2.015, 5, 0.95),
        (-1.372, 10, 0.10),
        (1.753, 15, 0.95),
        (2.457, 30, 0.99),
        (0, 4, 0.5),
        (np.inf, 4, 1),
    ],
)
def test_few_items_have_the_tails_of_student_s_t(t, degrees, share):
    found = student_cdf(np.array([t], float), np.array([degrees], float))

    assert found == pytest.approx([share], abs=0.002)


def test_same_lead_in_deviations_proves_less_from_few_items():
    few = exam([0.9], 10)
    known, found = stands(few, ABSOLUTE, 0.5)

    assert found.met[0] < NORMAL.cdf((known.mean[0] - 0.5) / known.sd[0]) - 0.001


def test_relative_floor_of_one_reference_is_the_tail_of_a_difference():
    known, found = stands(
        exam([0.7, 0.8], 150), RELATIVE, 0.9, references=[False, True]
    )

    apart = np.array([1, -0.9])
    mean = apart @ known.mean
    sd = sqrt(apart @ known.covariance @ apart)
    assert found.met[0] == pytest.approx(NORMAL.cdf(mean / sd), abs=2e-3)
    assert found.met[1] == 1
    assert found.threshold == pytest.approx(0.9 * known.mean[1], abs=1e-3)
    assert found.threshold_sd == pytest.approx(0.9 * known.sd[1], rel=0.1)


def test_floor_agrees_with_a_bayesian_bootstrap_of_the_items():
    values = exam([0.78, 0.8, 0.3], 900)

    _, found = stands(values, RELATIVE, 0.95, references=[False, True, False])

    weights = np.random.default_rng(2).dirichlet(np.ones(900), 4_000)
    means = weights @ values.T
    met = (means >= 0.95 * means[:, [1]]).mean(axis=0)
    assert found.met == pytest.approx(met, abs=0.03)


def test_floor_is_held_against_each_reference_in_turn():
    values = exam([0.72, 0.8, 0.78], 150)

    _, both = stands(values, RELATIVE, 0.95, references=[False, True, True])

    alone = [
        stands(values, RELATIVE, 0.95, references=where)[1].met[0]
        for where in ([False, True, False], [False, False, True])
    ]
    assert both.met[0] == pytest.approx(min(alone))


def test_proof_by_mistake_stays_as_rare_as_asked_however_many_are_the_best():
    """Ten references of 0.8 and an option of 0.75, just below 95 % of them (0.76)."""
    rng = np.random.default_rng(9)
    shares = np.array([0.75] + [0.8] * 10)[:, None]
    references = np.arange(11) > 0

    proven = []
    for _ in range(400):
        exam_ = (rng.random((11, 200)) < shares).astype(float)
        _, found = stands(exam_, RELATIVE, 0.95, references)
        proven.append(found.met[0] >= 0.9)

    # One in ten at most; 400 trials of 0.1 stay below 0.125 all but 1 time in 20.
    assert np.mean(proven) < 0.125


def test_pairing_is_what_tells_alike_options_apart():
    values = exam([0.75, 0.8], 200)
    shuffled = values.copy()
    np.random.default_rng(4).shuffle(shuffled[0])

    _, paired = stands(values, RELATIVE, 1.0)
    _, unpaired = stands(shuffled, RELATIVE, 1.0)

    assert paired.met[0] < unpaired.met[0]


def test_ties_share_the_first_place_and_all_meet_the_floor():
    answers = exam([0.7], 200)[0]

    _, found = stands([answers] * 4, RELATIVE, 0.95)

    assert found.best == pytest.approx([0.25] * 4, abs=0.02)
    assert (found.met > 0.95).all()


def test_all_wrong_and_all_right_leave_no_doubt_of_order():
    _, found = stands([[0] * 30, [1] * 30], RELATIVE, 0.95)

    assert found.met == pytest.approx([0, 1], abs=1e-9)
    assert list(found.best) == [0, 1]


def test_one_option_meets_a_share_of_itself():
    _, found = stands([[0, 0, 1]], RELATIVE, 0.98)

    assert found.met == pytest.approx([1])


def test_only_references_set_the_floor():
    values = exam([0.5, 0.9], 100)

    _, without = stands(values, RELATIVE, 0.95, references=[True, False])
    _, with_best = stands(values, RELATIVE, 0.95)

    assert without.met == pytest.approx([1, 1])
    assert without.best[1] == 0
    assert with_best.met[0] < 0.01


@pytest.mark.parametrize(("kind", "references"), [(RELATIVE, [False]), ("odd", [True])])
def test_floor_that_cannot_be_told_is_refused(kind, references):
    with pytest.raises(ValueError, match="floor"):
        stands([[1, 0]], kind, 0.9, references)
