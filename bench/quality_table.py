"""Graded answers of several models to the suite, as arrays that the core reads."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.evidence.outcomes import NO_ANSWER, UNPARSABLE, Outcomes
from bench.local_answers import GREEDY, Kept
from benchmarks.grading import grade
from benchmarks.suite import KINDS, items

ITEMS_LOOKED_AT = 120
FIELDS = (
    *("task", "item", "model", "sample", "score", "answer"),
    *("input_tokens", "output_tokens", "latency_ms"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """An answer with its score, 0 to 1, and its parsed answer, empty if there is none.

    The greedy answer of an item is its sample -1.
    """

    kept: Kept
    score: float
    answer: str

    @property
    def sample(self) -> int:
        """The number of the sample."""
        return -1 if self.kept.temperature == GREEDY else self.kept.sample


def graded(answers: Iterable[Kept], seed: int) -> list[Graded]:
    """Return the answers to items of a seed, graded; others are left out."""
    known = {}
    for kind in {kept.task for kept in answers}:
        for item in items(KINDS[kind], seed=seed, count=ITEMS_LOOKED_AT):
            known[kind, item["key"]] = item
    found = []
    for kept in answers:
        if item := known.get((kept.task, kept.item)):
            mark = grade(
                item["grader"],
                item["expected"],
                kept.text,
                finish_reason=kept.finish_reason,
                refusal=kept.refusal,
            )
            found.append(Graded(kept=kept, score=mark.score, answer=mark.answer))
    return found


def write(rows: Iterable[Graded], to: Path) -> None:
    """Write the rows in the format that the product imports.

    A model's greedy answer stands there as that of a model of its own.
    """
    with to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for row in rows:
            kept = row.kept
            writer.writerow(
                [
                    *(kept.task, kept.item, *_subject(row), row.score),
                    *(row.answer, kept.input_tokens, kept.output_tokens),
                    kept.latency_ms,
                ]
            )


def _subject(row: Graded) -> tuple[str, int]:
    """Return the model and sample of a row as the file has them."""
    if row.sample < 0:
        return f"{row.kept.model} greedy", 0
    return row.kept.model, row.sample


@dataclass(frozen=True, kw_only=True)
class Table:
    """The answers of models to the items that all of them answered.

    The subjects of `outcomes` are the models as they were sampled, then, in the same
    order, the models answering greedily, once. `kinds` names the kind of each item; in
    means every kind weighs the same.
    """

    models: tuple[str, ...]
    outcomes: Outcomes
    kinds: tuple[str, ...]

    @property
    def greedy(self) -> Floats:
        """Scores of the greedy answers, (models, items)."""
        return self.outcomes.scores[len(self.models) :, :, 0]

    @property
    def samples(self) -> Ints:
        """How many samples each model has of each item, (models, items)."""
        return self.outcomes.kept[: len(self.models)]

    def of(self, kinds: Iterable[str]) -> "Table":
        """Return the same for some kinds."""
        wanted = set(kinds)
        kept = np.array([kind in wanted for kind in self.kinds])
        told = self.outcomes
        return Table(
            models=self.models,
            outcomes=Outcomes(
                subjects=told.subjects,
                weights=_even([k for k in self.kinds if k in wanted]),
                clusters=told.clusters[kept],
                answers=told.answers[:, kept],
                **{name: getattr(told, name)[:, kept] for name in _FLOATS},
            ),
            kinds=tuple(kind for kind in self.kinds if kind in wanted),
        )


_FLOATS = ("scores", "input_tokens", "output_tokens", "latency_ms", "verifier")


def table(rows: Sequence[Graded], models: Sequence[str]) -> Table:
    """Return as arrays the rows of the items to which every model has a greedy answer.

    A wrong answer and one that could not be parsed both score 0, yet only the former
    is a vote.
    """
    asked: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.sample < 0:
            asked.setdefault((row.kept.task, row.kept.item), set()).add(row.kept.model)
    items = sorted(item for item, by in asked.items() if by >= set(models))
    filling = _Filling(models, items, samples=1 + max(row.sample for row in rows))
    for row in rows:
        filling.add(row)
    return filling.table()


class _Filling:
    """Arrays that fill up with rows."""

    def __init__(
        self, models: Sequence[str], items: Sequence[tuple[str, str]], samples: int
    ) -> None:
        shape = (2 * len(models), len(items), samples)
        self._kinds = tuple(kind for kind, _ in items)
        self._subjects = {name: number for number, name in enumerate(models)}
        self._places = {item: number for number, item in enumerate(items)}
        self._classes: dict[tuple[int, str], int] = {}
        self._answers = np.full(shape, NO_ANSWER, dtype=np.int64)
        self._floats = {name: np.full(shape, np.nan) for name in _FLOATS}

    def add(self, row: Graded) -> None:
        """Fill in a row, unless it is of another model or item."""
        subject = self._subjects.get(row.kept.model)
        place = self._places.get((row.kept.task, row.kept.item))
        if subject is None or place is None:
            return
        where = (subject, place, row.sample)
        if row.sample < 0:
            where = (len(self._subjects) + subject, place, 0)
        self._floats["scores"][where] = row.score
        for name in ("input_tokens", "output_tokens", "latency_ms"):
            self._floats[name][where] = getattr(row.kept, name)
        self._answers[where] = UNPARSABLE
        if row.answer:
            key = (place, row.answer)
            self._answers[where] = self._classes.setdefault(key, len(self._classes))

    def table(self) -> Table:
        """Return them; each item is a piece of evidence of its own."""
        models = tuple(self._subjects)
        return Table(
            models=models,
            outcomes=Outcomes(
                subjects=(*models, *(f"{name}, greedy" for name in models)),
                weights=_even(self._kinds),
                clusters=np.arange(len(self._kinds), dtype=np.int64),
                answers=self._answers,
                **self._floats,
            ),
            kinds=self._kinds,
        )


def _even(kinds: Sequence[str]) -> Floats:
    """Return weights by item that give each kind the same weight in all."""
    return np.array([1 / kinds.count(kind) for kind in kinds])


def resampled(kinds: Sequence[str], draws: int, seed: int) -> Ints:
    """Return places of items drawn again within each kind: (draws, items)."""
    rng = np.random.default_rng(seed)
    places = np.arange(len(kinds))
    drawn = np.empty((draws, len(kinds)), dtype=np.int64)
    for kind in sorted(set(kinds)):
        own = places[[each == kind for each in kinds]]
        drawn[:, own] = rng.choice(own, size=(draws, len(own)))
    return drawn
