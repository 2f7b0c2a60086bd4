"""A task of a file of outcomes, as the models that can be bought answered it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.recommendations.replay.offers import Offer
from advisor.recommendations.replay.strategies import strategic_options
from benchmarks.importers.outcome_rows import Outcome
from benchmarks.importers.outcomes import BroughtOutcomes, read_tasks
from benchmarks.importers.reading import Unreadable

MOST_ROWS = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Exam:
    """What the options scored on the items that all models answered.

    `values` are expected scores, (options, items): of single calls, in the order of the
    models, then of other strategies, if any. `costs`, by option, are the USD of a
    request, or the sum of the two rates where tokens are unknown; only their ratios
    count. `asks` (options, models) tells whom each option asks. `notes` say what of the
    file was left out.
    """

    task: str
    models: tuple[str, ...]
    values: Floats
    costs: Floats
    asks: Bools
    notes: tuple[str, ...] = ()


def read_exams(
    text: str, offers: Mapping[str, Offer], *, task: str = "", strategies: bool = False
) -> list[Exam]:
    """Return the exams of a file of outcomes in its order, or that of one task.

    With `strategies`, votes and cascades that the file's samples can tell are options
    too. Raises Unreadable with what is wrong and what to do.
    """
    read = read_tasks(text, most_rows=MOST_ROWS)
    found = [each for each in read if task in ("", each.task)]
    if not found:
        named = ", ".join(each.task for each in read)
        raise Unreadable(f"--task: No row is of the task {task!r}: there are {named}.")
    exams = [exam(each, offers) for each in found]
    if not strategies:
        return exams
    return [
        with_strategies(single, each, offers)
        for single, each in zip(exams, found, strict=True)
    ]


def exam(brought: BroughtOutcomes, offers: Mapping[str, Offer]) -> Exam:
    """Return one task's exam; raise Unreadable where there is nothing to compare."""
    models = tuple(name for name in brought.models if name in offers)
    if not models:
        raise Unreadable(
            f"{brought.task}: model: None of its models has an offer: name them as the"
            " offers do."
        )
    outcomes = [each for each in brought.outcomes if each.model in offers]
    values, items = _values(outcomes, models)
    everybody = ~np.isnan(values).any(axis=0)
    if not everybody.any():
        raise Unreadable(
            f"{brought.task}: item: No item was answered by all of {', '.join(models)}:"
            " leave out the offers of models that answered other items."
        )
    unpriced = [name for name in brought.models if name not in offers]
    return Exam(
        task=brought.task,
        models=models,
        values=values[:, everybody],
        costs=_costs(outcomes, models, offers),
        asks=np.eye(len(models), dtype=bool),
        notes=(*brought.notes, *_left_out(unpriced, items - int(everybody.sum()))),
    )


def with_strategies(
    single: Exam, brought: BroughtOutcomes, offers: Mapping[str, Offer]
) -> Exam:
    """Return an exam in which the ways to run its models are options too."""
    rates = np.array([offers[model] for model in single.models])
    found = strategic_options(single.models, brought.outcomes, rates)
    several = len(found.costs) - len(single.models)
    note = f"{several} votes, cascades and retries beside single calls."
    if not several:
        note = "Single calls only: votes need samples, cascades parsed answers."
    return replace(
        single,
        values=found.values,
        costs=found.costs,
        asks=found.asks,
        notes=(*single.notes, note),
    )


def _values(outcomes: Sequence[Outcome], models: tuple[str, ...]) -> tuple[Floats, int]:
    """Return the mean score of each model and item, NaN without any, and the items."""
    row = {model: index for index, model in enumerate(models)}
    column: dict[str, int] = {}
    for each in outcomes:
        column.setdefault(each.item, len(column))
    sums = np.zeros((len(models), len(column)))
    counts = np.zeros_like(sums)
    for each in outcomes:
        if each.score != each.score:
            raise Unreadable(
                f"Row {each.row}: score: Is missing: a replay needs graded answers."
            )
        sums[row[each.model], column[each.item]] += each.score
        counts[row[each.model], column[each.item]] += 1
    means: Floats = sums / np.where(counts > 0, counts, np.nan)
    return means, len(column)


def _costs(
    outcomes: Sequence[Outcome],
    models: tuple[str, ...],
    offers: Mapping[str, Offer],
) -> Floats:
    """Return the cost of a request of each model."""
    rates = np.array([offers[model] for model in models])
    tokens = [(each.input_tokens, each.output_tokens) for each in outcomes]
    if np.isnan(tokens).any():
        unweighed: Floats = rates.sum(axis=1)
        return unweighed
    means = [
        np.mean(
            [
                used
                for used, each in zip(tokens, outcomes, strict=True)
                if each.model == model
            ],
            axis=0,
        )
        for model in models
    ]
    costs: Floats = (rates * np.array(means)).sum(axis=1) / 1e6
    if not (costs > 0).all():
        raise Unreadable(
            f"output_tokens: {models[int(costs.argmin())]} costs nothing by its tokens:"
            " leave the columns of tokens out."
        )
    return costs


def _left_out(unpriced: Sequence[str], items: int) -> list[str]:
    notes = []
    if unpriced:
        notes.append(f"Without an offer, so left out: {', '.join(unpriced)}.")
    if items:
        notes.append(f"Not answered by every model, so left out: {items} items.")
    return notes
