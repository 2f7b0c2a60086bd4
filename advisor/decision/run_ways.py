"""In which way a slot is run that would fail the floor with a single call."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from advisor.decision.arrays import NONE, Floats, Ints
from advisor.decision.latency import FIGURES, Latency
from advisor.decision.own_evidence import OwnEvidence
from advisor.decision.question import Question
from advisor.decision.spend import Spend, to_twelve_digits
from advisor.decision.strategies.kinds import Kind, Strategy
from advisor.decision.strategies.table import StrategyTable
from advisor.decision.view import View
from advisor.decision.ways import Stage, Way, Ways

_ALL_AT_ONCE = (Kind.VOTE, Kind.VERIFIED)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The ways chosen, by the slot that leads, and which option of evidence each is.

    `considered` counts the strategies that were worked out, `pruned` those that could
    not have mattered.
    """

    ways: Ways = field(default_factory=dict)
    options: Mapping[int, int] = field(default_factory=dict)
    considered: int = 0
    pruned: int = 0


def choose_ways(
    question: Question,
    view: View,
    found: OwnEvidence,
    *,
    spend: Spend,
    latency: Latency,
) -> Chosen:
    """Choose for each slot that leads a subject the cheapest way that is sure enough.

    A single call that is sure enough stays: nothing is cheaper at that slot. A way must
    keep the limits on latency, which nothing of it shows before it has ended, and the
    rate limits with all of its calls.
    """
    table, stood = found.table, found.stood
    if table is None:
        return Chosen()
    if stood is None or not len(found.strategies):
        return Chosen(considered=len(table.strategies), pruned=table.pruned)
    by_stage = _slots_by_stage(table, found)
    costs = _totals(table, found, by_stage, spend)
    of_table = slice(found.subjects, found.subjects + len(found.strategies))
    sure = stood.met[of_table] >= question.floor.confidence
    slowdown = _slowdowns(table, found.strategies)
    ways: dict[int, Way] = {}
    options: dict[int, int] = {}
    settled = {slot for slot in found.leads.tolist() if _is_sure(question, found, slot)}
    for row in np.argsort(costs, kind="stable").tolist():
        lead = int(by_stage[row, 0])
        if lead in settled or not sure[row] or np.isnan(costs[row]):
            continue
        way = _way(table, found, row, float(slowdown[row]))
        option = found.subjects + row
        slots = [stage.slot for stage in way.stages]
        if found.judged(option, slots).met < question.floor.confidence:
            continue
        if _in_time(question, latency, way) and _within_rates(question, view, way):
            ways[lead], options[lead] = way, option
            settled.add(lead)
    return Chosen(
        ways=ways,
        options=options,
        considered=len(table.strategies),
        pruned=table.pruned,
    )


def _is_sure(question: Question, found: OwnEvidence, slot: int) -> bool:
    """Tell whether one call of a slot meets the floor at the confidence asked."""
    if slot == NONE:
        return False
    subject = int(found.evaluations.subject_of_slot[slot])
    return found.judged(subject, [slot]).met >= question.floor.confidence


def _totals(
    table: StrategyTable, found: OwnEvidence, by_stage: Ints, spend: Spend
) -> Floats:
    """Return twelve months of each strategy in USD, to twelve digits."""
    multiples = table.multiples[found.strategies]
    sold = by_stage != NONE
    amounts = np.where(sold, multiples * spend.total[np.where(sold, by_stage, 0)], 0.0)
    return to_twelve_digits(amounts.sum(axis=1))


def _slots_by_stage(table: StrategyTable, found: OwnEvidence) -> Ints:
    """Return (strategies, 2) slots; NONE where there is no second stage."""
    slots = np.full((len(found.strategies), 2), NONE, dtype=np.int64)
    for row, place in enumerate(found.strategies.tolist()):
        for column, stage in enumerate(table.strategies[place].stages):
            slots[row, column] = found.leads[stage.subject]
    return slots


def _slowdowns(table: StrategyTable, strategies: Ints) -> Floats:
    """Return by how much each strategy's p95 exceeds one call of its first subject.

    Where nothing was timed its calls count as one after another; a vote's go at once.
    """
    alone = {
        strategy.stages[0].subject: float(table.request_ms_p95[place])
        for place, strategy in enumerate(table.strategies)
        if strategy.kind is Kind.SINGLE
    }
    found = []
    for place in strategies.tolist():
        strategy = table.strategies[place]
        single = alone.get(strategy.stages[0].subject, np.nan)
        measured = float(table.request_ms_p95[place]) / single if single else np.nan
        found.append(_untimed(strategy) if np.isnan(measured) else max(measured, 1.0))
    return np.array(found)


def _untimed(strategy: Strategy) -> float:
    rounds = (
        1 if strategy.kind in (*_ALL_AT_ONCE, Kind.CASCADE) else stage.samples
        for stage in strategy.stages
    )
    return float(sum(rounds))


def _way(table: StrategyTable, found: OwnEvidence, row: int, slowdown: float) -> Way:
    place = int(found.strategies[row])
    strategy = table.strategies[place]
    return Way(
        kind=strategy.kind.value,
        stages=tuple(
            Stage(
                slot=int(found.leads[stage.subject]),
                samples=stage.samples,
                accept=stage.accept,
                multiple=float(table.multiples[place, column]),
                calls=float(table.calls[place, column]),
            )
            for column, stage in enumerate(strategy.stages)
        ),
        slowdown=slowdown,
    )


def _in_time(question: Question, latency: Latency, way: Way) -> bool:
    """Tell whether a way keeps the limits at its median, as a single call must."""
    end = float(latency.request_ms_p95[way.lead]) * way.slowdown
    taken = {
        "ttft_ms_p95": end,
        "itl_ms_p95": max(float(latency.itl_ms_p95[each.slot]) for each in way.stages),
        "request_ms_p95": end,
    }
    limits = {name: getattr(question.limits, name) for name in FIGURES}
    return all(limit is None or taken[name] <= limit for name, limit in limits.items())


def _within_rates(question: Question, view: View, way: Way) -> bool:
    """Tell whether the rate limits hold all of a way's calls at the stated peak."""
    peak = question.traffic.peak_requests_per_second
    if peak is None:
        return True
    limits = view.slot_offerings["requests_per_minute_limit"]
    return not any(
        float(limits[stage.slot]) < float(peak) * 60 * stage.calls
        for stage in way.stages
    )
