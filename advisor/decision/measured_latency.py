"""Puts measurements in the place of the fit by size, slot by slot.

Three things speak for a figure: the option's own requests, its siblings (other regions
and tiers of the model at the same provider), and the fit by size. So few runs lean on
the others, many stand alone, and old ones fade until the fit by size is left.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from math import exp, log

from advisor.decision.latency import FIGURES, Latency, prefill_ms_per_token
from advisor.decision.measured import Measured, Measurements, Weights
from advisor.decision.own_figures import Own, Wanted, own_figures
from advisor.decision.question import Question
from advisor.decision.shrinkage import Level, shrunk
from advisor.decision.token_factors import TokenFactors
from advisor.decision.view import View

SECONDS_PER_MONTH = 365.25 / 12 * 86_400


def with_measurements(
    modelled: Latency,
    measurements: Measurements,
    *,
    question: Question,
    view: View,
    factors: TokenFactors,
) -> Latency:
    """Return the latency with what was measured of some slots put in.

    The others keep the fit by size: a sibling's measurement steadies an option's own,
    it does not replace it.
    """
    if not measurements.runs:
        return modelled
    own = _own_by_slot(measurements, question, view, factors)
    siblings = _siblings(own, view)
    values = {name: getattr(modelled, name).copy() for name in FIGURES}
    spreads = [spread.copy() for _, _, spread in modelled.figures()]
    weights: dict[int, Weights] = {}
    for slot, figures in own.items():
        for index, (column, spread) in enumerate(
            zip(values.values(), spreads, strict=True)
        ):
            size = Level(log(column[slot]), float(spread[slot]))
            others = [each.levels[index] for each in siblings[slot]]
            level, shares = shrunk(figures.levels[index], others, size)
            column[slot], spread[slot] = exp(level.ln), level.ln_sd
            weights.setdefault(slot, shares)  # TTFT comes first
    return replace(
        modelled,
        **values,
        ttft_ln_sd=spreads[0],
        itl_ln_sd=spreads[1],
        request_ln_sd=spreads[2],
        measured={
            slot: _measured(figures, weights[slot], question)
            for slot, figures in own.items()
        },
    )


def _measured(own: Own, weights: Weights, question: Question) -> Measured:
    limits = [getattr(question.limits, name) for name in FIGURES]
    return Measured(
        runs=tuple(run.id for run in own.runs),
        basis=own.basis(weights),
        token_class=own.runs[0].token_class,
        requests=sum(run.requests for run in own.runs),
        newest=max(run.finished for run in own.runs),
        errors=own.errors,
        weights=weights,
        attained=own.attained(limits),
    )


def _own_by_slot(
    measurements: Measurements, question: Question, view: View, factors: TokenFactors
) -> dict[int, Own]:
    tokens = question.tokens
    prefill = prefill_ms_per_token(view)
    rate = _requests_per_second(question)
    found = {}
    for slot, runs in measurements.runs.items():
        tokenizer = float(factors.tokenizer[slot])
        visible = tokens.output_p95 * float(factors.output[slot])
        wanted = Wanted(
            input_tokens=tokens.input_p95 * tokenizer,
            visible_tokens=visible,
            hidden_tokens=visible * float(factors.reasoning[slot]),
            requests_per_second=rate,
            prefill_ms_per_token=float(prefill[slot]),
        )
        changes = measurements.changes.get(slot, ())
        own = own_figures(tuple(runs), changes, wanted, at=view.at_microseconds)
        if own is not None:
            found[slot] = own
    return found


def _requests_per_second(question: Question) -> float:
    """Return the stated peak, else the mean over a month."""
    peak = question.traffic.peak_requests_per_second
    if peak is not None:
        return float(peak)
    return question.traffic.requests_per_month / SECONDS_PER_MONTH


def _siblings(own: Mapping[int, Own], view: View) -> dict[int, list[Own]]:
    """Return, for each measured slot, the others of its model at its provider."""
    history = view.history
    together: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for slot in own:
        pair = (int(history.slot_provider[slot]), int(history.slot_model[slot]))
        together[pair].append(slot)
    return {
        slot: [own[other] for other in slots if other != slot]
        for slots in together.values()
        for slot in slots
    }
