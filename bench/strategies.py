"""Judging all strategies over evaluated offerings: how long it takes, and how it grows.

Made-up answers: twenty models from weak to strong, hard items hard for all of them, and
wrong answers that agree. Timed is what one recommendation adds: every strategy, the
joint posterior, where each stands against the floor, and the pick. Tables of votes are
kept per evaluation, and their time is told apart. Nothing is kept between calls, and
each call has a floor of its own.
"""

import json
import statistics
import time
from dataclasses import dataclass

import numpy as np

from advisor.decision.evidence.estimates import posterior
from advisor.decision.evidence.floor import RELATIVE, standing
from advisor.decision.evidence.outcomes import UNPARSABLE, Outcomes
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.pruning import Goal
from advisor.decision.strategies.table import StrategyTable, evaluated_strategies
from advisor.decision.strategies.tables import VoteTables, tables

ROUNDS = 15
OFFERINGS, ITEMS, SAMPLES = 20, 400, 8
FLOORS = (0.8, 0.9, 0.95)
CONFIDENCES = (0.5, 0.8, 0.9)


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Milliseconds of the tables and of a recommendation, and how much it looked at."""

    build_ms: float
    p50_ms: float
    strategies: int
    pruned: int


def main() -> None:
    """Time the base and three growths, print a table and one line of JSON."""
    base = timed(OFFERINGS, ITEMS, SAMPLES)
    grown = {
        "items": timed(OFFERINGS, 4 * ITEMS, SAMPLES),
        "samples": timed(OFFERINGS, ITEMS, 4 * SAMPLES),
        "offerings": timed(4 * OFFERINGS, ITEMS, SAMPLES),
    }
    print(f"{'':<16}{'build ms':>10}{'p50 ms':>10}{'strategies':>12}{'pruned':>10}")
    for name, found in {"base": base, **grown}.items():
        label = name if name == "base" else f"4x {name}"
        print(
            f"{label:<16}{found.build_ms:>10.0f}{found.p50_ms:>10.1f}"
            f"{found.strategies:>12}{found.pruned:>10}"
        )
    line = {
        "bench": "strategies",
        "p50_ms": round(base.p50_ms, 1),
        "build_ms": round(base.build_ms),
        "strategies": base.strategies,
        "pruned": base.pruned,
    }
    for name, found in grown.items():
        line[f"growth_{name}_4x"] = round(found.p50_ms / base.p50_ms, 2)
    print(json.dumps(line))


def timed(offerings: int, items: int, samples: int) -> Timed:
    """Time one size."""
    outcomes, costs = answered(offerings, items, samples)
    begun = time.perf_counter()
    known = tables(outcomes)
    build_ms = (time.perf_counter() - begun) * 1e3
    lapses, pruned, strategies = [], [], []
    for number in range(ROUNDS + 1):
        floor = FLOORS[number % len(FLOORS)] - number / 1e4
        goal = Goal(
            kind=RELATIVE,
            value=floor,
            confidence=CONFIDENCES[number // len(FLOORS) % len(CONFIDENCES)],
            references=np.ones(offerings, dtype=bool),
            eligible=np.ones(offerings, dtype=bool),
        )
        begun = time.perf_counter()
        found = _recommended(outcomes, known, costs, goal)
        if number:  # the first one warms up
            lapses.append((time.perf_counter() - begun) * 1e3)
            pruned.append(found.pruned)
            strategies.append(len(found.strategies) + found.pruned)
    return Timed(
        build_ms=build_ms,
        p50_ms=statistics.median(lapses),
        strategies=strategies[0],
        pruned=int(statistics.median(pruned)),
    )


def _recommended(
    outcomes: Outcomes, known: VoteTables, costs: SubjectCosts, goal: Goal
) -> StrategyTable:
    found = evaluated_strategies(known, costs, goal=goal)
    references = np.zeros(len(found.strategies), dtype=bool)
    references[: len(outcomes.subjects)] = True
    stood = standing(
        posterior(found.quality, outcomes.weights, outcomes.clusters),
        kind=goal.kind,
        value=goal.value,
        references=references,
        seed=1,
    )
    np.argmin(np.where(stood.met >= goal.confidence, found.usd, np.inf))
    return found


def answered(
    offerings: int, items: int, samples: int, seed: int = 1
) -> tuple[Outcomes, SubjectCosts]:
    """Return made-up outcomes of offerings, small to large, and their prices."""
    draw = np.random.default_rng(seed)
    shape = (offerings, items, samples)
    ability = np.linspace(-1.5, 2.5, offerings) + draw.normal(0, 0.3, offerings)
    odds = ability[:, None] - draw.normal(0, 1.5, items)
    odds = odds + draw.normal(0, 0.8, shape[:2])
    right = draw.random(shape) < 1 / (1 + np.exp(-odds))[..., None]
    # Wrong answers agree with each other more often than not.
    wrong = np.clip(draw.geometric(0.45, shape), 1, 8)
    answers = np.where(right, 0, wrong)
    unparsable = np.linspace(0.12, 0.0, offerings)[:, None, None]
    answers[draw.random(shape) < unparsable] = UNPARSABLE
    total_b = 10 ** np.linspace(0, 2.5, offerings)
    output = draw.lognormal(5, 0.5, shape)
    prompt = np.broadcast_to(draw.lognormal(6, 0.6, (1, items, 1)), shape).copy()
    outcomes = Outcomes(
        subjects=tuple(f"model {number}" for number in range(offerings)),
        scores=(answers == 0).astype(float),
        answers=answers,
        weights=np.ones(items),
        clusters=np.arange(items),
        input_tokens=prompt,
        output_tokens=output,
        latency_ms=300 + output * (5 * total_b**0.3)[:, None, None],
        verifier=np.full(shape, np.nan),
    )
    # List price grows with parameters to the power 0.64, ever so loosely.
    price = 3e-8 * total_b**0.64 * np.exp(draw.normal(0, 0.5, offerings))
    return outcomes, SubjectCosts(
        input_usd=price,
        output_usd=3 * price,
        request_usd=np.zeros(offerings),
        prompt_once=np.arange(offerings) % 3 == 0,
    )


if __name__ == "__main__":
    main()
