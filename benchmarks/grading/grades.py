"""What grading says of an answer, and what it refuses about a grader."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# What a run keeps of each answer; a longer class is told by its hash.
MAX_ANSWER = 200
_SHOWN_OF_LONG = 130
NOT_GRADED = math.nan


class Verdict(StrEnum):
    """What became of one answer.

    Only `right`, `partial` and `wrong` say that there was an answer to grade. `error`
    is ours, not the model's: the grader ran out of its time.
    """

    RIGHT = "right"
    WRONG = "wrong"
    PARTIAL = "partial"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    UNPARSABLE = "unparsable"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A graded answer: `score` from 0 to 1, NaN with the verdict `error` alone.

    `answer` is the parsed answer in one spelling, at most 200 characters: equal ones
    are votes for the same. It is empty where nothing could be parsed. It never depends
    on what was expected. `why` is a sentence.
    """

    score: float
    verdict: Verdict
    answer: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one grader makes of a text; `answer` is empty where it found none.

    `firm` says that the answer would stand even if the text had been cut off.
    """

    score: float = 0.0
    answer: str = ""
    why: str = ""
    firm: bool = False


# Marks a text; raises OutOfTime.
Marker = Callable[[str], Mark]


class OutOfTime(Exception):
    """Marking took longer than it may; that says nothing about the answer."""


class GraderProblem(ValueError):
    """A grader that cannot be used: what is wrong in which field, and what to do."""

    def __init__(self, field: str, detail: str) -> None:
        """`field` is "expected" or one of the grader, "grader.pattern"."""
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


def compact(answer: str) -> str:
    """Return an answer as a run keeps it: equal ones stay equal, others differ."""
    sound = answer.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if len(sound) <= MAX_ANSWER:
        return sound
    digest = hashlib.sha256(sound.encode()).hexdigest()
    return f"{sound[:_SHOWN_OF_LONG]}… {digest}"
