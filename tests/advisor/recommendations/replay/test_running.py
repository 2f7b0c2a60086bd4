"""Trials spread over processes."""

import numpy as np

from advisor.decision.evidence.floor import RELATIVE
from advisor.recommendations.replay.exams import Exam
from advisor.recommendations.replay.running import replay
from advisor.recommendations.replay.trials import Allocation, Question


def test_trials_are_the_same_however_they_are_spread():
    rng = np.random.default_rng(1)
    exam = Exam(
        task="any",
        models=("a", "b"),
        values=(rng.random((2, 40)) < [[0.6], [0.8]]).astype(float),
        costs=np.array([1.0, 3.0]),
        asks=np.eye(2, dtype=bool),
    )
    question = Question(
        kind=RELATIVE,
        value=0.9,
        confidence=0.8,
        items=12,
        allocation=Allocation.ADAPTIVE,
    )

    [spread] = replay([exam], question, trials=240, seed=3)
    [few] = replay([exam], question, trials=60, seed=3)

    assert len(spread) == 240
    assert spread[:60] == few
    assert len({trial.ratio for trial in spread}) > 1
