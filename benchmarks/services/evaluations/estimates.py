"""What an evaluation will cost, at list price: an estimate from above.

Inputs by the length of the messages, answers as long as an item allows: most are far
shorter, and a run stops before it costs more than its budget in any case.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from benchmarks.harness.asking import token_estimate
from benchmarks.harness.load import Lengths
from benchmarks.models import EvaluationItem
from benchmarks.services.evaluations.chats import chat_of
from benchmarks.services.evaluations.judging import Judge
from benchmarks.services.pricing import Tariff


def lengths_of(item: EvaluationItem) -> Lengths:
    """Return the tokens of one call of an item, as they are estimated."""
    chat = chat_of(item, temperature=None, seed=None)
    return Lengths(
        input_tokens=token_estimate(chat), output_tokens=item.max_output_tokens
    )


def usd_by_position(
    tariff: Tariff | None, items: Iterable[EvaluationItem], at: datetime
) -> dict[int, Decimal] | None:
    """Return the USD that one call of each item is estimated at; None when unpriced."""
    if tariff is None:
        return None
    of_lengths: dict[Lengths, Decimal | None] = {}
    found = {}
    for item in items:
        lengths = lengths_of(item)
        if lengths not in of_lengths:
            of_lengths[lengths] = tariff.usd(tariff.expected(lengths), at)
        usd = of_lengths[lengths]
        if usd is None:
            return None
        found[item.position] = usd
    return found


def estimate(
    usd: dict[int, Decimal] | None, positions: Iterable[int], samples: int
) -> Decimal | None:
    """Return the USD that so many samples of these items are estimated at."""
    if usd is None:
        return None
    return samples * sum((usd[position] for position in positions), Decimal(0))


def with_judging(
    usd: dict[int, Decimal] | None, judge: Judge | None
) -> dict[int, Decimal] | None:
    """Return the USD of one call of each item with what judging its answer costs."""
    if usd is None or judge is None:
        return usd
    found = {}
    for position, answering in usd.items():
        judging = judge.usd_at_most(position)
        if judging is None:
            return None
        found[position] = answering + judging
    return found
