"""Votes and cascades of a file of outcomes, as options of a replay."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.outcomes import NO_ANSWER, UNPARSABLE, Outcomes
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.kinds import Strategy
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.strategies.tables import tables
from benchmarks.importers.outcome_rows import Outcome


class Options(NamedTuple):
    """Expected scores (options, items), USD a request, whom each option asks."""

    values: Floats
    costs: Floats
    asks: Bools


def strategic_options(
    models: Sequence[str], rows: Sequence[Outcome], rates: Floats
) -> Options:
    """Return single calls, then every other strategy that all items can tell.

    `rates` are USD per million input and output tokens, (models, 2). Items are those
    that all models answered, in the order of the file.
    """
    none = np.zeros(len(models))
    found = evaluated_strategies(
        tables(_outcomes(models, rows)),
        SubjectCosts(
            input_usd=rates[:, 0] / 1e6,
            output_usd=rates[:, 1] / 1e6,
            request_usd=none,
            prompt_once=none.astype(bool),
        ),
        prune=False,
    )
    told = ~np.isnan(found.quality).any(axis=1) & ~np.isnan(found.usd)
    told[: len(models)] = True
    return Options(
        values=found.quality[told],
        costs=found.usd[told],
        asks=_asks(found.strategies, len(models))[told],
    )


def _asks(strategies: Sequence[Strategy], models: int) -> Bools:
    asks = np.zeros((len(strategies), models), bool)
    for number, strategy in enumerate(strategies):
        asks[number, [stage.subject for stage in strategy.stages]] = True
    return asks


def _outcomes(models: Sequence[str], rows: Sequence[Outcome]) -> Outcomes:
    """Return the samples of the items that every model answered."""
    items = _common(models, rows)
    subject = {model: index for index, model in enumerate(models)}
    kept = [row for row in rows if row.model in subject and row.item in items]
    samples = max(row.sample for row in kept) + 1
    shape = (len(models), len(items), samples)
    answers: Ints = np.full(shape, NO_ANSWER, np.int64)
    figures = np.full((*shape, 5), np.nan)
    classes: dict[tuple[str, str], int] = {}
    for row in kept:
        place = (subject[row.model], items[row.item], row.sample)
        figures[place] = (
            *(row.score, row.input_tokens, row.output_tokens),
            *(row.latency_ms, row.verifier_score),
        )
        answers[place] = _class(row, classes)
    scores, input_tokens, output_tokens, latency_ms, verifier = np.moveaxis(
        figures, -1, 0
    )
    return Outcomes(
        subjects=tuple(models),
        scores=scores,
        answers=answers,
        weights=np.ones(len(items)),
        clusters=np.arange(len(items)),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        latency_ms=latency_ms,
        verifier=verifier,
    )


def _common(models: Sequence[str], rows: Sequence[Outcome]) -> dict[str, int]:
    """Return the places of the items that every model answered."""
    asked: dict[str, set[str]] = {}
    for row in rows:
        asked.setdefault(row.item, set()).add(row.model)
    common = [item for item, by in asked.items() if by.issuperset(models)]
    return {item: place for place, item in enumerate(common)}


def _class(row: Outcome, classes: dict[tuple[str, str], int]) -> int:
    """Return the class of an answer; equal ones of an item are one class."""
    if row.answer is None:
        return NO_ANSWER
    if not row.answer.strip():
        return UNPARSABLE
    return classes.setdefault((row.item, row.answer), len(classes))
