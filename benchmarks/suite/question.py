"""What a kind of task makes: one question with its answer and how it is graded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from benchmarks.suite.drawing import Draw


class Difficulty(StrEnum):
    """How much stands between the text and the answer."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A prompt and its answer.

    `pattern` names what it was made from: questions of one pattern are succeeded or
    failed at together, so they count as one piece of evidence.
    """

    prompt: str
    expected: object
    grader: Mapping[str, Any]
    pattern: str
    max_output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of task; `task_family` is a word of `workloads.models.TaskFamily`."""

    name: str
    task_family: str
    title: str
    asks: str
    question: Callable[[Draw, Difficulty], Question]
