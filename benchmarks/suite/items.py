"""The items of a kind, drawn from a seed."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count as counted
from itertools import cycle
from typing import Any, TypedDict

from benchmarks.suite.drawing import Draw
from benchmarks.suite.question import Difficulty, Kind, Question

# So many questions in a row that were there before, and there are no new ones.
PATIENCE = 300


class RunDry(ValueError):
    """A kind has not as many different items as were asked for."""


class Item(TypedDict):
    """One item, in the fields of an evaluation set."""

    key: str
    messages: list[dict[str, str]]
    expected: Any
    grader: dict[str, Any]
    cluster: str
    difficulty: str
    max_output_tokens: int


def items(kind: Kind, *, seed: int, count: int) -> list[Item]:
    """Return `count` items of a kind, easy, medium and hard by turns.

    No two ask the same. Fewer of them are the beginning of more of them. Raises
    RunDry where the kind has not as many.
    """
    drawn = {difficulty: _drawn(kind, seed, difficulty) for difficulty in Difficulty}
    return [
        next(drawn[difficulty])
        for difficulty, _ in zip(cycle(Difficulty), range(count), strict=False)
    ]


def _drawn(kind: Kind, seed: int, difficulty: Difficulty) -> Iterator[Item]:
    seen: set[str] = set()
    repeated = 0
    for number in counted():
        draw = Draw(kind.name, difficulty, seed, number)
        question = kind.question(draw, difficulty)
        repeated = repeated + 1 if question.prompt in seen else 0
        if repeated > PATIENCE:
            raise RunDry(
                f"{kind.name} has no more than {len(seen)} {difficulty} items: ask for"
                f" at most {len(Difficulty) * len(seen)} in all."
            )
        if not repeated:
            seen.add(question.prompt)
            yield _item(question, difficulty)


def _item(question: Question, difficulty: Difficulty) -> Item:
    name = sha256(question.prompt.encode()).hexdigest()[:12]
    return Item(
        key=f"{difficulty}-{name}",
        messages=[{"role": "user", "content": question.prompt}],
        expected=question.expected,
        grader=dict(question.grader),
        cluster=f"{difficulty}-{question.pattern}" if question.pattern else "",
        difficulty=difficulty.value,
        max_output_tokens=question.max_output_tokens,
    )
