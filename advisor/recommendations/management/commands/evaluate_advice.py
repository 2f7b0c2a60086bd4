"""manage.py evaluate_advice OUTCOMES.csv --offers OFFERS.csv: is the advice good?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisor.decision.evidence.floor import ABSOLUTE, RELATIVE
from advisor.recommendations.replay.exams import Exam, read_exams
from advisor.recommendations.replay.offers import read_offers
from advisor.recommendations.replay.running import replay
from advisor.recommendations.replay.summary import report, table
from advisor.recommendations.replay.tallies import tally
from advisor.recommendations.replay.trials import Allocation, Question
from benchmarks.importers.reading import Unreadable

Read = TypeVar("Read")


class Command(BaseCommand):
    """Prints a table of the tasks, then one line of JSON."""

    help = "Replay decisions on a file of outcomes, whose means count as the truth."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("outcomes", type=Path, help="task,item,model,sample,score")
        parser.add_argument(
            "--offers", type=Path, required=True, help="prices by model"
        )
        parser.add_argument("--task", default="", help="replay this task alone")
        parser.add_argument("--floor", type=float, default=0.95)
        parser.add_argument(
            "--relative",
            action="store_true",
            help="the floor is a share of the best option's quality, not a quality",
        )
        parser.add_argument("--confidence", type=float, default=0.9)
        parser.add_argument(
            "--items", type=int, default=200, help="budget in calls by offer"
        )
        parser.add_argument("--trials", type=int, default=400, help="by task")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--strategies",
            default="single",
            choices=["single", "all"],
            help="all: votes and cascades too, as far as the samples tell",
        )
        parser.add_argument(
            "--allocation", default=Allocation.ADAPTIVE, choices=list(Allocation)
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and print."""
        question = _question(options)
        exams = _exams(options)
        by_task = replay(
            exams, question, trials=options["trials"], seed=options["seed"]
        )
        tallies = {
            exam.task: (len(exam.costs), tally(trials))
            for exam, trials in zip(exams, by_task, strict=True)
        }
        for line in table(tallies):
            self.stdout.write(line)
        for exam in exams:
            for note in exam.notes:
                self.stdout.write(f"{exam.task}: {note}")
        self.stdout.write(json.dumps(report(by_task)))


def _question(options: dict[str, Any]) -> Question:
    _check(0 < options["floor"] <= 1, "--floor: give a number above 0, at most 1.")
    _check(
        0 < options["confidence"] < 1,
        "--confidence: give a number above 0, below 1.",
    )
    _check(options["items"] >= 1, "--items: give at least 1.")
    _check(options["trials"] >= 1, "--trials: give at least 1.")
    _check(options["seed"] >= 0, "--seed: give 0 or more.")
    return Question(
        kind=RELATIVE if options["relative"] else ABSOLUTE,
        value=options["floor"],
        confidence=options["confidence"],
        items=options["items"],
        allocation=Allocation(options["allocation"]),
    )


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise CommandError(otherwise)


def _exams(options: dict[str, Any]) -> list[Exam]:
    offers = _read("--offers", options["offers"], read_offers)
    return _read(
        "outcomes",
        options["outcomes"],
        lambda text: read_exams(
            text,
            offers,
            task=options["task"],
            strategies=options["strategies"] == "all",
        ),
    )


def _read(argument: str, path: Path, reader: Callable[[str], Read]) -> Read:
    """Read a file, and say of which argument and file it is what is wrong."""
    try:
        return reader(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{argument}: {path} cannot be read: {error}") from error
    except Unreadable as error:
        raise CommandError(f"{argument}: {path}: {error}") from error
