"""Our pricing of the whole catalogue against genai-prices, in one process.

Ours: from a workload to every option's twelve monthly spends, refusal reasons, ranking
and frontier. Theirs: `model.calc_price` on models that are already resolved, once per
listing; and the public `calc_price`, which also finds the model. Rounds alternate, and
the ratio is the median over the pairs.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import genai_prices
import numpy as np
from django.core.management import call_command
from genai_prices.data import providers

import bench.service  # noqa: F401  # before any model
from advisor.decision.decide import decide
from advisor.decision.question import (
    Floor,
    FloorKind,
    Limits,
    OptionKey,
    Question,
    Tokens,
    Traffic,
)
from advisor.decision.spend import project
from advisor.decision.token_factors import TokenFactors
from advisor.decision.traffic import month_starts
from advisor.decision.view import view
from advisor.recommendations.catalogue import newest_changes, read_history
from advisor.recommendations.services import quality_for

ROUNDS = 15
# One round of theirs takes as long as dozens of our decisions; ten different ones are
# timed together, so that both sides run about as warm.
BATCH = 10
NANO = Decimal("1e-9")
# A Wednesday at ten: inside the daily windows of the listings that have them or out,
# for both alike. Prices that take effect later are in neither.
AT = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
FAMILIES = ["support_chat", "extraction", "code", "summarization", "classification"]


def main() -> None:
    """Load, compare, time, print a table and one line of JSON."""
    call_command("migrate", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    begun = time.perf_counter()
    history = read_history(newest_changes().catalogue)
    load_ms = (time.perf_counter() - begun) * 1e3

    models = [(model, provider) for provider in providers for model in provider.models]
    checked = [_compare(history, models, usage) for usage in USAGES]
    ours, theirs, public = _timed(history, models)
    ratios = [peer / own for own, peer in zip(ours, theirs, strict=True)]
    public_ratios = [peer / own for own, peer in zip(ours, public, strict=True)]

    print(f"catalogue loaded in {load_ms:.0f} ms; {len(models)} listings")
    print(f"{'usage':<28}{'compared':>10}{'unpriced':>10}{'mismatches':>12}")
    for usage, (compared, unpriced, mismatches) in zip(USAGES, checked, strict=True):
        print(f"{usage!s:<28}{compared:>10}{unpriced:>10}{len(mismatches):>12}")
        for name, own, judge in mismatches[:20]:
            print(f"  {name}: {own} here, {judge} there")
    for label, seconds in (
        ("whole decision, ours", ours),
        ("model.calc_price, all", theirs),
        ("calc_price (public), all", public),
    ):
        print(f"{label:<28}{statistics.median(seconds) * 1e3:>10.2f} ms")
    line = {
        "bench": "pricing",
        "ratio": round(statistics.median(ratios), 1),
        "ratio_public_call": round(statistics.median(public_ratios), 1),
        "listings": len(models),
        "options": len(history.slot_tier),
        "mismatches": sum(len(mismatches) for _, _, mismatches in checked),
        "compared": max(compared for compared, _, _ in checked),
        "decision_ms": round(statistics.median(ours) * 1e3, 2),
        "load_ms": round(load_ms),
    }
    print(json.dumps(line))


# Prompt tokens, share of them cacheable, answer tokens: no answer (embeddings), short,
# cached, and beyond each context cliff in the data. Cached parts are whole tokens.
USAGES = [
    (1_000, Decimal(0), 0),
    (1_000, Decimal(0), 300),
    (20_000, Decimal("0.5"), 1_000),
    (140_000, Decimal("0.5"), 1_500),
    (220_000, Decimal("0.5"), 1_500),
    (600_000, Decimal("0.2"), 2_000),
]


def _compare(history: Any, models: list[Any], usage: Any) -> tuple[int, int, list[Any]]:
    """Hold our price of every listing against the judge's, at the same moment."""
    prompt, share, answer = usage
    question = _question(prompt, prompt, answer, answer, share, at=AT)
    seen = _view(history, question)
    slots = len(history.slot_tier)
    plain = TokenFactors(
        tokenizer=np.ones(slots),
        tokenizer_ln_sd=np.zeros(slots),
        reasoning=np.zeros(slots),
        reasoning_sd=np.zeros(slots),
        reasoning_known=np.ones(slots, dtype=bool),
        tokenizer_known=np.ones(slots, dtype=bool),
    )
    per_request = project(question, seen, plain).list_per_request[:, 0]
    slot_of = _standard_slots(history)
    cached = int(prompt * share)
    written = cached // 20
    judged = genai_prices.Usage(
        input_tokens=prompt,
        cache_read_tokens=cached - written,
        cache_write_tokens=written,
        output_tokens=answer,
    )
    compared, unpriced, mismatches = 0, 0, []
    for model, provider in models:
        slot = slot_of.get((provider.id, model.id))
        own = np.nan if slot is None else per_request[slot]
        if np.isnan(own):
            unpriced += 1
            continue
        judge = model.calc_price(judged, provider, genai_request_timestamp=AT)
        compared += 1
        # Thirteen digits: a float's own error must not decide a half to be rounded.
        ours = Decimal(f"{own:.13g}").quantize(NANO)
        if ours != judge.total_price.quantize(NANO):
            mismatches.append((f"{provider.id}/{model.id}", ours, judge.total_price))
    return compared, unpriced, mismatches


def _standard_slots(history: Any) -> dict[tuple[str, str], int]:
    """Find each listing's plain way to be asked: its standard tier, else its only one.

    A listing with a second region, reached by a route, counts by its first.
    """
    slots: dict[tuple[str, str], int] = {}
    order = sorted(
        range(len(history.slot_tier)),
        key=lambda slot: (
            history.slot_tier[slot] != "standard",
            history.regions[history.slot_offering[slot]] == "eu",
        ),
    )
    priced = set(history.prices.dated.owners.tolist())
    for slot in order:
        offering = history.slot_offering[slot]
        provider = history.providers[history.offering_provider[offering]]
        name = history.offering_names[offering]
        if slot in priced:
            slots.setdefault((provider, name), slot)
    return slots


def _timed(history: Any, models: list[Any]) -> tuple[list[float], ...]:
    usage = genai_prices.Usage(
        input_tokens=2_000,
        cache_read_tokens=950,
        cache_write_tokens=50,
        output_tokens=400,
    )
    resolvable = [(m, p) for m, p in models if _resolves(m, p, usage)]

    def theirs() -> None:
        for model, provider in models:
            model.calc_price(usage, provider, genai_request_timestamp=AT)

    def public() -> None:
        for model, provider in resolvable:
            genai_prices.calc_price(
                usage, model.id, provider_id=provider.id, genai_request_timestamp=AT
            )

    columns: tuple[list[float], ...] = ([], [], [])
    for number in range(ROUNDS + 1):
        batch = [_varied(history, number * BATCH + each) for each in range(BATCH)]
        seconds = (
            _seconds(lambda batch=batch: _decide_all(history, batch)) / BATCH,
            _seconds(theirs),
            _seconds(public) * len(models) / len(resolvable),
        )
        if number:  # the first round warms up
            for column, value in zip(columns, seconds, strict=True):
                column.append(value)
    return columns


def _resolves(model: Any, provider: Any, usage: Any) -> bool:
    try:
        genai_prices.calc_price(usage, model.id, provider_id=provider.id)
    except (LookupError, ValueError):
        return False
    return True


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _decide_all(history: Any, questions: list[Question]) -> None:
    for question in questions:
        _decide(history, question)


def _decide(history: Any, question: Question) -> None:
    seen = _view(history, question)
    decide(question, seen, quality_for(question.task_family, seen))


def _view(history: Any, question: Question) -> Any:
    return view(
        history,
        as_of=question.as_of,
        known_at=history.known_at,
        organization="",
        horizon_end=month_starts(question.as_of)[-1],
    )


def _varied(history: Any, number: int) -> Question:
    """A workload that no other round has: sizes, shares, limits, floor, today's."""
    mean = 900 + 137 * number
    return _question(
        mean,
        mean * 3,
        200 + 11 * number,
        600 + 23 * number,
        Decimal(number % 5) / 10,
        at=AT.replace(day=1 + number % 28, minute=number % 60),
        task_family=FAMILIES[number % len(FAMILIES)],
        limits=Limits(ttft_ms_p95=2_000.0 + number, request_ms_p95=60_000.0),
        floor=Floor(kind=FloorKind.RELATIVE, value=0.8, confidence=0.8),
        batch_share=Decimal(number % 3) / 10,
        current=OptionKey(offering=history.offerings[number], service_tier="standard"),
    )


def _question(
    input_mean: int,
    input_p95: int,
    output_mean: int,
    output_p95: int,
    cacheable: Decimal,
    *,
    at: datetime,
    task_family: str = "support_chat",
    **more: Any,
) -> Question:
    return Question(
        task_family=task_family,
        traffic=Traffic(
            requests_per_month=1_000_000,
            growth_per_month=Decimal("0.03"),
            growth_sd=Decimal("0.02"),
            # All requests in the hour of the moment, where the judge is asked.
            daily_shape=tuple(float(hour == at.hour) for hour in range(24)),
            weekly_shape=tuple(float(day == at.weekday()) for day in range(7)),
            peak_requests_per_second=Decimal(2),
        ),
        tokens=Tokens(
            input_mean=input_mean,
            input_p95=input_p95,
            output_mean=output_mean,
            output_p95=output_p95,
            cacheable_prefix_share=cacheable,
        ),
        as_of=at,
        **more,
    )


if __name__ == "__main__":
    main()
