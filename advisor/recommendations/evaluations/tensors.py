"""Puts the outcomes of many runs together: subjects by items by samples."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from advisor.decision.arrays import Floats, Ints
from advisor.decision.evidence.outcomes import NO_ANSWER, UNPARSABLE, Outcomes
from advisor.recommendations.evaluations.columns import (
    RunColumns,
    SetItems,
    columns_of,
    items_of,
)
from advisor.recommendations.evaluations.marks import RunMark

# The name of a subject: an offering on a tier, or a model whoever serves it.
Key = tuple[UUID | None, str, str]
Parts = Mapping[Key, Sequence[tuple[UUID, RunColumns]]]
_FIGURES = {
    "score": "scores",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "latency_ms": "latency_ms",
    "verifier_score": "verifier",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Gathered:
    """Outcomes with the subject of each row, the runs behind it, how it is billed."""

    outcomes: Outcomes
    keys: tuple[Key, ...]
    runs: tuple[tuple[str, ...], ...]
    prompt_once: tuple[bool, ...]


def gather(marks: Sequence[RunMark]) -> Gathered | None:
    """Return the outcomes of runs; None where they hold none.

    A subject's samples are those of one temperature: where several were tried, of that
    with the most outcomes. Later runs add samples to those before.
    """
    columns = columns_of(mark.run_id for mark in marks)
    by_subject = _by_subject(marks, columns)
    if not by_subject:
        return None
    parts = {
        key: [(mark.set_id, columns[mark.run_id]) for mark in chosen]
        for key, chosen in by_subject.items()
    }
    return Gathered(
        outcomes=put_together(parts, items_of(mark.set_id for mark in marks)),
        keys=tuple(parts),
        runs=tuple(
            tuple(sorted(str(mark.run_id) for mark in chosen))
            for chosen in by_subject.values()
        ),
        prompt_once=tuple(
            all(mark.prompt_once for mark in chosen) for chosen in by_subject.values()
        ),
    )


def put_together(parts: Parts, sets: Mapping[UUID, SetItems]) -> Outcomes:
    """Return the outcomes of each subject on the items of some sets, as arrays."""
    asked = {
        (set_id, int(position))
        for each in parts.values()
        for set_id, part in each
        for position in np.unique(part.item)
    }
    return _tensors(parts, _Items(sets, asked))


def _by_subject(
    marks: Sequence[RunMark], columns: dict[UUID, RunColumns]
) -> dict[Key, list[RunMark]]:
    found: defaultdict[Key, defaultdict[float | None, list[RunMark]]]
    found = defaultdict(lambda: defaultdict(list))
    for mark in marks:
        if mark.run_id in columns and len(columns[mark.run_id].item):
            key = (mark.offering_id, mark.service_tier, mark.model)
            found[key][mark.temperature].append(mark)
    return {
        key: max(
            groups.values(),
            key=lambda group: sum(len(columns[each.run_id].item) for each in group),
        )
        for key, groups in sorted(found.items(), key=lambda each: str(each[0]))
    }


class _Items:
    """Numbers items across sets, and says what they weigh."""

    def __init__(
        self, sets: Mapping[UUID, SetItems], asked: set[tuple[UUID, int]]
    ) -> None:
        self._sets = sets
        ordered = sorted(asked, key=lambda each: (str(each[0]), each[1]))
        self._numbers = {item: place for place, item in enumerate(ordered)}

    def __len__(self) -> int:
        return len(self._numbers)

    def places(self, set_id: UUID, positions: Ints) -> Ints:
        """Return the places of some positions of a set."""
        numbers = self._numbers
        return np.array(
            [numbers[set_id, position] for position in positions.tolist()],
            dtype=np.int64,
        )

    @property
    def weights(self) -> Floats:
        """Each item's weight."""
        return np.array(
            [
                self._sets[set_id].weights.get(position, 1.0)
                for set_id, position in self._numbers
            ]
        )

    @property
    def clusters(self) -> Ints:
        """Each item's cluster; one without a name is a cluster of its own."""
        names = [
            (set_id, self._sets[set_id].clusters.get(position, "") or position)
            for set_id, position in self._numbers
        ]
        index = {name: number for number, name in enumerate(dict.fromkeys(names))}
        return np.array([index[name] for name in names], dtype=np.int64)


def _tensors(rows: Parts, items: _Items) -> Outcomes:
    placed = [_placed(parts, items) for parts in rows.values()]
    samples = max(int(place[1].max()) + 1 for place in placed)
    shape = (len(rows), len(items), samples)
    figures = {name: np.full(shape, np.nan) for name in _FIGURES.values()}
    answers = np.full(shape, NO_ANSWER, dtype=np.int64)
    for subject, (parts, (item, sample)) in enumerate(
        zip(rows.values(), placed, strict=True)
    ):
        for column, name in _FIGURES.items():
            values = [part.figures[column] for _, part in parts]
            figures[name][subject, item, sample] = np.concatenate(values)
        said = [answer for _, part in parts for answer in part.answers]
        answers[subject, item, sample] = _classes(item, said)
    return Outcomes(
        subjects=tuple(_name(key) for key in rows),
        answers=answers,
        weights=items.weights,
        clusters=items.clusters,
        **figures,
    )


def _name(key: Key) -> str:
    """Return a subject's name for people: its model, and where it was asked."""
    offering, tier, model = key
    return model if offering is None else f"{model} ({offering}, {tier})"


def _placed(
    parts: Sequence[tuple[UUID, RunColumns]], items: _Items
) -> tuple[Ints, Ints]:
    """Return the item and the sample's number of every outcome of a subject."""
    item = np.concatenate([items.places(each, part.item) for each, part in parts])
    seen: Counter[int] = Counter()
    sample = np.empty(len(item), dtype=np.int64)
    for index, place in enumerate(item.tolist()):
        sample[index] = seen[place]
        seen[place] += 1
    return item, sample


def _classes(item: Ints, said: Sequence[str | None]) -> Ints:
    """Return the class of each answer within its item."""
    known: dict[tuple[int, str], int] = {}
    found = np.empty(len(item), dtype=np.int64)
    for index, (place, answer) in enumerate(zip(item.tolist(), said, strict=True)):
        if answer is None:
            found[index] = NO_ANSWER
        elif not answer:
            found[index] = UNPARSABLE
        else:
            found[index] = known.setdefault((place, answer), len(known))
    return found
