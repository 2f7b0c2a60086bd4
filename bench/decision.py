"""How often advice is wrong, and what it costs: decisions replayed on known outcomes.

Seven tasks answered by nine open models, decided with single calls, a floor of 95 % of
the best and a budget of 200 items, at several confidences. The files are given by path
(`OUTCOMES=` and `OFFERS=` to make): no outcomes are part of the project.
"""

import json
import sys
import time
from pathlib import Path

from advisor.decision.evidence.floor import RELATIVE
from advisor.recommendations.replay.exams import Exam, read_exams
from advisor.recommendations.replay.offers import read_offers
from advisor.recommendations.replay.running import replay
from advisor.recommendations.replay.summary import report, table
from advisor.recommendations.replay.tallies import tally
from advisor.recommendations.replay.trials import Allocation, Question
from benchmarks.importers.reading import Unreadable

OUTCOMES = (
    Path(__file__).resolve().parents[2] / "shared/data/outcomes/nine_open_models.csv"
)
CONFIDENCES = (0.5, 0.7, 0.8, 0.9, 0.95)
HALF, TOLD = 0.5, 0.9
TRIALS, SEED = 400, 1


def question(confidence: float) -> Question:
    """Return what is asked at a confidence."""
    return Question(
        kind=RELATIVE,
        value=0.95,
        confidence=confidence,
        items=200,
        allocation=Allocation.ADAPTIVE,
    )


def curve(exams: list[Exam], trials: int) -> dict[float, dict]:
    """Print a table for each confidence, and return its line."""
    lines = {}
    for confidence in CONFIDENCES:
        begun = time.monotonic()
        by_task = replay(exams, question(confidence), trials=trials, seed=SEED)
        tallies = {
            exam.task: (len(exam.costs), tally(found))
            for exam, found in zip(exams, by_task, strict=True)
        }
        print(f"\nconfidence {confidence} ({time.monotonic() - begun:.0f} s)")
        print("\n".join(table(tallies)))
        lines[confidence] = report(by_task) | {"confidence": confidence}
    return lines


def main(arguments: list[str]) -> int:
    """Print the curve; the last line is that at 0.9."""
    outcomes = Path(arguments[0]) if arguments else OUTCOMES
    offers = outcomes.with_name(f"{outcomes.stem}_offers.csv")
    offers = Path(arguments[1]) if len(arguments) > 1 else offers
    trials = int(arguments[2]) if len(arguments) > 2 else TRIALS
    for path in (outcomes, offers):
        if not path.is_file():
            print(f"{path} is not there: give OUTCOMES= and OFFERS= (see docs).")
            return 0
    try:
        exams = read_exams(
            outcomes.read_text(encoding="utf-8"),
            read_offers(offers.read_text(encoding="utf-8")),
        )
    except Unreadable as error:
        print(f"{outcomes} or {offers} cannot be used: {error}")
        return 1
    lines = curve(exams, trials)
    print()
    for line in lines.values():
        print(json.dumps(line))
    half = {"cost_ratio_at_half": lines[HALF]["cost_ratio"]}
    print(json.dumps(lines[TOLD] | half))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
