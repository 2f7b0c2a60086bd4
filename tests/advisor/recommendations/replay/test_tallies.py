"""What counts as a violation, what is charged, and how it adds up."""

import numpy as np
import pytest

from advisor.decision.evidence.floor import ABSOLUTE, RELATIVE
from advisor.recommendations.replay.tallies import calibration, judge, tally, truth
from advisor.recommendations.replay.trials import Allocation, Question, Verdict

# Means 0.5, 0.75, 0.75 at costs 1, 2 and 6.
VALUES = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]], float)
COSTS = np.array([1.0, 2.0, 6.0])


def question(kind=RELATIVE, value=0.9):
    return Question(
        kind=kind,
        value=value,
        confidence=0.9,
        items=10,
        allocation=Allocation.ADAPTIVE,
    )


def judged(pick, met=(0.1, 0.9, 0.9), calls=15, **asked):
    asked_ = question(**asked)
    verdict = Verdict(pick=pick, met=np.array(met), calls=calls)
    return judge(verdict, truth(VALUES, COSTS, 3, asked_), asked_)


@pytest.mark.parametrize(
    ("pick", "violated", "ratio"),
    [
        (0, True, 1.0),  # 0.5 is below 0.9 * 0.75; cheaper than any that meets it
        (1, False, 1.0),
        (2, False, 3.0),  # 6 / 2
        (None, False, 3.0),  # charged the dearest
    ],
)
def test_pick_is_held_against_the_whole_file(pick, violated, ratio):
    trial = judged(pick)

    assert trial.decided is (pick is not None)
    assert trial.violated is violated
    assert trial.ratio == ratio
    assert trial.share == 0.5  # 15 of 3 * 10 calls


def test_absolute_floor_may_be_met_by_nobody():
    trial = judged(2, kind=ABSOLUTE, value=0.8)

    assert trial.violated
    assert trial.ratio is None


def test_equal_to_the_floor_meets_it():
    assert not judged(1, kind=ABSOLUTE, value=0.75).violated
    assert not judged(0, value=0.5 / 0.75).violated


def test_rates_of_violations_are_among_decided_trials():
    found = tally([judged(0), judged(1), judged(2), judged(None)])

    # 1 of 3; Wilson:
    # (1/3 + 0.6402 + 1.96 * sqrt(2/27 + 0.1067)) / (1 + 1.2805) = 0.7923
    assert found.violation_rate == pytest.approx(1 / 3)
    assert found.violation_upper95 == pytest.approx(0.7923, abs=1e-4)
    assert found.abstained == 0.25
    assert found.cost_ratio == pytest.approx(2)  # (1 + 1 + 3 + 3) / 4
    assert found.cost_ratio_geometric == pytest.approx(3**0.5)


def test_calibration_holds_what_was_stated_against_what_is():
    bins = calibration(
        [judged(1, met=(0.1, 0.95, 1.0)), judged(1, met=(0.3, 0.7, 0.9))]
    )

    lowest, second, middle, fourth, highest = bins
    assert (lowest.count, lowest.stated, lowest.achieved) == (1, 0.1, 0)
    assert (second.count, second.achieved) == (1, 0)
    assert middle is None
    assert (fourth.count, fourth.achieved) == (1, 1)
    assert highest.count == 3
    assert highest.stated == pytest.approx(0.95)  # (0.95 + 1.0 + 0.9) / 3
    assert highest.achieved == 1
