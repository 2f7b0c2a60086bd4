"""What every reply says of one option: its size, spend, quality and latency."""

from decimal import Decimal
from typing import Any

import numpy as np

from advisor.decision.assumptions import (
    QUALITY_LEVEL,
    QUALITY_Z,
    SPEND_LEVEL,
    SPEND_Z,
)
from advisor.decision.decide import Decision
from advisor.decision.normal import expit
from advisor.decision.own_quality import OwnQuality
from advisor.decision.quality import BASES
from advisor.decision.quote import Quote
from advisor.decision.ranking import BANDS
from advisor.decision.spend import monthly_ln_sd
from advisor.decision.traffic import month_starts
from advisor.recommendations.amounts import cents, count, interval, nano, rounded
from advisor.recommendations.evidence import basis_of_latency

Json = dict[str, Any]

CURRENCY = "USD"
EVALUATED = "evaluated"


def model_size_of(decision: Decision, slot: int) -> Json:
    """Return the size band and the parameter counts, in billions."""
    facts = decision.view.model_facts
    model = decision.view.history.slot_model[slot]
    total = facts["total_parameters_b"][model]
    return {
        "band": BANDS[decision.bands[slot]],
        "total_parameters_b": count(total),
        "active_parameters_b": count(facts["active_parameters_b"][model]),
        "disclosed": bool(~np.isnan(total)),
    }


def monthly_bands(
    decision: Decision, slot: int, quote: Quote
) -> list[dict[str, Decimal]]:
    """Return low, expected and high of each projected month, in USD, unrounded."""
    deviation = decision.spend.token_ln_sd[slot]
    spread = monthly_ln_sd(decision.question, deviation)
    factors = np.exp(SPEND_Z * spread).tolist()
    return [
        interval(expected, factor)
        for expected, factor in zip(quote.monthly, factors, strict=True)
    ]


def projected_spend_of(decision: Decision, slot: int, quote: Quote) -> Json:
    """Return a slot's quoted spend by month and for the year, with its intervals."""
    months = monthly_bands(decision, slot, quote)
    starts = month_starts(decision.question.as_of)[:-1]
    return {
        "currency": CURRENCY,
        "level": f"{SPEND_LEVEL:.2f}",
        "per_request": nano(quote.per_request),
        "monthly": [
            {"month": f"{start:%Y-%m}"} | cents(interval)
            for start, interval in zip(starts, months, strict=True)
        ],
        # One growth rate moves all months together, so their bounds add up.
        "twelve_months": cents(
            {
                bound: sum((month[bound] for month in months), Decimal(0))
                for bound in ("low", "expected", "high")
            }
        ),
    }


def quality_of(decision: Decision, slot: int) -> Json:
    """Return a slot's quality as it is run, its error bar and what it rests on."""
    own = decision.own
    if own is not None and own.known[slot]:
        return _evaluated(decision, own, slot)
    model = decision.view.history.slot_model[slot]
    quality = decision.quality
    # Beside own items, what was published is moved to their scale.
    middle = decision.weighed.log_odds[slot]
    deviation = decision.weighed.ln_sd[slot]
    bounds = expit(np.array([-1.0, 0.0, 1.0]) * QUALITY_Z * deviation + middle)
    low, estimate, high = (rounded(bound, 4) for bound in bounds.tolist())
    met = decision.screening.quality_met
    return {
        "estimate": estimate,
        "low": low,
        "high": high,
        "level": QUALITY_LEVEL,
        "meets_floor_probability": None if met is None else rounded(met[slot], 3),
        "basis": BASES[quality.basis[model]],
        "items": None,
        "published_scores": int(quality.scores[model]),
    }


def _evaluated(decision: Decision, own: OwnQuality, slot: int) -> Json:
    """Return what was measured on the buyer's own items."""
    met = decision.screening.quality_met
    model = decision.view.history.slot_model[slot]
    return {
        "estimate": rounded(own.estimate[slot], 4),
        "low": rounded(own.low[slot], 4),
        "high": rounded(own.high[slot], 4),
        "level": QUALITY_LEVEL,
        "meets_floor_probability": None if met is None else rounded(met[slot], 3),
        "basis": EVALUATED,
        "items": int(own.items[slot]),
        "published_scores": int(decision.quality.scores[model]),
    }


def latency_of(decision: Decision, slot: int) -> Json:
    """Return a slot's latency and what it rests on."""
    latency = decision.latency
    met = decision.screening.latency_met
    return {
        "ttft_ms_p95": rounded(latency.ttft_ms_p95[slot], 1),
        "itl_ms_p95": rounded(latency.itl_ms_p95[slot], 1),
        "request_ms_p95": rounded(latency.request_ms_p95[slot], 1),
        "slo_attainment": None if met is None else rounded(met[slot], 3),
        **basis_of_latency(latency.measured.get(slot)),
    }
