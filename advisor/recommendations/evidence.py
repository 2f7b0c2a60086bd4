"""Which rows an answer rests on, and what was unknown about an option."""

from typing import Any

import numpy as np

from advisor.decision.arrays import NONE
from advisor.decision.decide import Decision
from advisor.decision.measured import MODELLED, Measured
from advisor.recommendations.amounts import as_moment, rounded
from advisor.recommendations.rejections import offering_of
from benchmarks.harness.intervals import Share


def evidence_of(
    decision: Decision, slots: list[int], related: list[int]
) -> dict[str, Any]:
    """Return the ids of the dated rows behind the given options.

    Measurements are named for `related` ones too: what refused an option counts.
    """
    view = decision.view
    history = view.history
    price_rows = np.unique(view.price_rows[slots]) if slots else np.array([], dtype=int)
    prices = [int(row) for row in price_rows if row != NONE]
    models = np.unique(view.model_rows[history.slot_model[slots]])
    offerings = np.unique(view.offering_rows[history.slot_offering[slots]])
    currencies = {int(history.prices.currency[row]) for row in prices}
    fx_rows = [int(view.fx_rows[currency]) for currency in sorted(currencies)]
    return {
        "prices": [str(history.prices.ids[row]) for row in prices],
        "price_sheets": sorted({history.prices.sheets[row] for row in prices}),
        "model_facts": _ids(history.model_facts.ids, models),
        "offering_facts": _ids(history.offering_facts.ids, offerings),
        "published_scores": int(decision.quality.scores.sum()),
        "benchmark_runs": _benchmark_runs(decision, related),
        "performance_changes": _changes(decision, related),
        "evaluation_runs": _evaluation_runs(decision),
        "fx_rates": [str(history.fx_ids[row]) for row in fx_rows if row != NONE],
        "contract_terms": [term.id for term in view.terms],
    }


def basis_of_latency(measured: Measured | None) -> dict[str, Any]:
    """Return what a slot's latency rests on; without measurements, the fit by size."""
    if measured is None:
        return {"basis": MODELLED, "requests": 0, "measured": None}
    return {
        "basis": measured.basis,
        "requests": measured.requests,
        "measured": {
            "runs": len(measured.runs),
            "token_class": measured.token_class,
            "until": as_moment(measured.newest),
            "error_rate": _share(measured.errors),
            "attained": measured.attained and _share(measured.attained),
            "method": "normal_shrinkage_of_log_p95",
            "weights": {
                source: rounded(weight, 3)
                for source, weight in measured.weights._asdict().items()
            },
        },
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "share": _rounded(share.share),
        "low": _rounded(share.low),
        "high": _rounded(share.high),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value, 4)


def _evaluation_runs(decision: Decision) -> list[str]:
    """Return every run that quality was judged by: each moves the floor or the best."""
    evidence = decision.weighing.evidence
    own = () if evidence is None else evidence.evaluations.runs
    return sorted(
        {*decision.quality.suite_runs, *(run for runs in own for run in runs)}
    )


def _benchmark_runs(decision: Decision, slots: list[int]) -> list[str]:
    measured = (decision.latency.measured.get(slot) for slot in slots)
    return sorted({run for each in measured if each is not None for run in each.runs})


def _changes(decision: Decision, slots: list[int]) -> list[dict[str, Any]]:
    """Return the changes of what is shown, newest first, each a dated row."""
    found = [
        (change.effective, change, slot)
        for slot in slots
        for change in decision.measurements.changes.get(slot, ())
    ]
    found.sort(key=lambda each: (each[0], each[1].id), reverse=True)
    return [
        {
            "id": change.id,
            "offering": offering_of(decision, slot),
            "token_class": change.token_class,
            "figure": change.figure,
            "before": rounded(change.before, 4),
            "after": rounded(change.after, 4),
            "effective_from": as_moment(effective),
        }
        for effective, change, slot in found
    ]


def _ids(ids: Any, rows: Any) -> list[str]:
    return [str(ids[row]) for row in rows.tolist() if row != NONE]


def flags_of(decision: Decision, slot: int) -> list[str]:
    """Return what a buyer should know that did not refuse the option.

    An unknown is flagged, never passed over.
    """
    view, factors = decision.view, decision.factors
    history = view.history
    offering, model = history.slot_offering[slot], history.slot_model[slot]
    offered, modelled = view.offering_facts, view.model_facts
    unlimited = np.isnan(
        [
            offered["requests_per_minute_limit"][offering],
            offered["tokens_per_minute_limit"][offering],
        ]
    )
    flags = {
        "rate_limit_unknown": bool(unlimited.any()),
        "uptime_unknown": np.isnan(offered["published_uptime_percent"][offering]),
        "context_unknown": np.isnan(offered["context_tokens"][offering])
        and np.isnan(modelled["context_tokens"][model]),
        "reasoning_tokens_unknown": not factors.reasoning_known[slot],
        "tokenizer_unknown": not factors.tokenizer_known[slot],
        "preview": offered["preview"][offering] == 1,
        "deprecated": offered["deprecated"][offering] == 1
        or modelled["deprecated"][model] == 1,
    }
    return [flag for flag, raised in flags.items() if bool(raised)]
