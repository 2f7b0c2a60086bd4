"""A recommendation over the catalogue with evaluated offerings, and how it grows.

Real offerings and prices; made-up answers: models from weak to strong, hard items hard
for all of them, and wrong answers that agree. Timed is one whole recommendation, from
the question to the pick, with every strategy over the evaluated offerings. Tables of
votes are kept per evaluation, and their time is told apart. Every call asks a question
that no other did, and no answer is kept.
"""

import json
import statistics
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.management import call_command

import bench.service  # noqa: F401  # before any model
from advisor.decision.arrays import NONE, Floats, Ints
from advisor.decision.decide import Decision, decide
from advisor.decision.evaluations import Evaluations
from advisor.decision.evidence.outcomes import UNPARSABLE, Outcomes
from advisor.decision.measured import NOTHING_MEASURED
from advisor.decision.question import Floor, FloorKind, Question, Tokens, Traffic
from advisor.decision.strategies.tables import tables
from advisor.decision.traffic import month_starts
from advisor.decision.view import View, view
from advisor.recommendations.catalogue import newest_changes, read_history
from advisor.recommendations.services import quality_for

ROUNDS = 15
OFFERINGS, ITEMS, SAMPLES = 20, 400, 8
FLOORS = (0.8, 0.9, 0.95)
CONFIDENCES = (0.5, 0.8, 0.9)
AT = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Milliseconds of the tables and of a recommendation, and how much it looked at."""

    build_ms: float
    lapses_ms: tuple[float, ...]
    strategies: int
    pruned: int

    @property
    def p50_ms(self) -> float:
        """The median recommendation."""
        return statistics.median(self.lapses_ms)


def main() -> None:
    """Time the base and three growths, print a table and one line of JSON."""
    call_command("migrate", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    history = read_history(newest_changes().catalogue)
    base = timed(history, OFFERINGS, ITEMS, SAMPLES)
    grown = {
        "items": timed(history, OFFERINGS, 4 * ITEMS, SAMPLES),
        "samples": timed(history, OFFERINGS, ITEMS, 4 * SAMPLES),
        "offerings": timed(history, 4 * OFFERINGS, ITEMS, SAMPLES),
    }
    plain = timed(history, 0, ITEMS, SAMPLES)
    print(
        f"{len(history.slot_tier)} options; {plain.p50_ms:.1f} ms with none evaluated"
    )
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
        "options": len(history.slot_tier),
    }
    for name, found in grown.items():
        line[f"growth_{name}_4x"] = round(found.p50_ms / base.p50_ms, 2)
    print(json.dumps(line))


def timed(history: Any, offerings: int, items: int, samples: int) -> Timed:
    """Time one size; without offerings, a recommendation from published scores."""
    evaluations, build_ms = None, 0.0
    if offerings:
        slots = evaluated_slots(history, offerings)
        outcomes = answered(history, slots, items, samples)
        begun = time.perf_counter()
        known = tables(outcomes)
        build_ms = (time.perf_counter() - begun) * 1e3
        subject = np.full(len(history.slot_tier), NONE)
        subject[slots] = np.arange(offerings)
        evaluations = Evaluations(
            outcomes=outcomes,
            tables=known,
            subject_of_slot=subject,
            exact=subject != NONE,
            prompt_once=np.arange(offerings) % 3 == 0,
        )
    lapses, tables_seen = [], []
    for number in range(ROUNDS + 1):
        question = asked(number)
        begun = time.perf_counter()
        found = recommended(history, question, evaluations)
        if number:  # the first one warms up
            lapses.append((time.perf_counter() - begun) * 1e3)
            tables_seen.append(_looked_at(found))
    strategies, pruned = np.median(tables_seen, axis=0).astype(int).tolist()
    return Timed(
        build_ms=build_ms,
        lapses_ms=tuple(lapses),
        strategies=strategies,
        pruned=pruned,
    )


def recommended(
    history: Any, question: Question, evaluations: Evaluations | None
) -> Decision:
    """Decide one question."""
    seen = seen_at(history, question)
    quality = quality_for(question.task_family, seen)
    return decide(question, seen, quality, NOTHING_MEASURED, evaluations)


def _looked_at(found: Decision) -> tuple[int, int]:
    """Return how many strategies there were, and how many were left out."""
    chosen = found.weighing.chosen
    if chosen is None:
        return 0, 0
    return chosen.considered + chosen.pruned, chosen.pruned


def seen_at(history: Any, question: Question) -> View:
    """Return the catalogue at the question's moment."""
    return view(
        history,
        as_of=question.as_of,
        known_at=history.known_at,
        organization="",
        horizon_end=month_starts(question.as_of)[-1],
    )


def asked(number: int) -> Question:
    """Return a question that no other number asks."""
    return Question(
        task_family="support_chat",
        traffic=Traffic(
            requests_per_month=1_000_000 + 1_000 * number,
            growth_per_month=Decimal("0.03"),
            growth_sd=Decimal("0.02"),
        ),
        tokens=Tokens(
            input_mean=900 + 37 * number,
            input_p95=2_700 + 111 * number,
            output_mean=200 + 11 * number,
            output_p95=600 + 23 * number,
            cacheable_prefix_share=Decimal(number % 5) / 10,
        ),
        as_of=AT.replace(minute=number % 60),
        floor=Floor(
            kind=FloorKind.RELATIVE,
            value=FLOORS[number % len(FLOORS)] - number / 1e4,
            confidence=CONFIDENCES[number // len(FLOORS) % len(CONFIDENCES)],
        ),
    )


def evaluated_slots(history: Any, count: int) -> Ints:
    """Return one priced slot for each of so many models, cheap to dear."""
    question = replace(asked(0), floor=Floor())
    by_spend = recommended(history, question, None).ranking.order
    _, first = np.unique(history.slot_model[by_spend], return_index=True)
    one_each = by_spend[np.sort(first)]
    return one_each[np.linspace(0, len(one_each) - 1, count).astype(int)]


def answered(history: Any, slots: Ints, items: int, samples: int) -> Outcomes:
    """Return made-up outcomes: the dearer, the better, more or less."""
    draw = np.random.default_rng(1)
    offerings = len(slots)
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
    output: Floats = draw.lognormal(5, 0.5, shape)
    prompt = np.broadcast_to(draw.lognormal(6, 0.6, (1, items, 1)), shape)
    pace = draw.lognormal(np.linspace(1.5, 3, offerings), 0.3)
    return Outcomes(
        subjects=tuple(
            history.models[model] for model in history.slot_model[slots].tolist()
        ),
        scores=(answers == 0).astype(float),
        answers=answers,
        weights=np.ones(items),
        clusters=np.arange(items),
        input_tokens=prompt.copy(),
        output_tokens=output,
        latency_ms=300 + output * pace[:, None, None],
        verifier=np.full(shape, np.nan),
    )


if __name__ == "__main__":
    main()
