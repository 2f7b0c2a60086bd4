"""How fast an option answers: by its size, and nearer to what was measured of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.assumptions import (
    ERRORS_BEYOND_P95,
    ITL_EXPONENT,
    ITL_LN_SD,
    ITL_MS_AT_1B,
    ITL_P95_OVER_P50,
    PREFILL_MS_PER_TOKEN_AT_8B,
    TTFT_EXPONENT,
    TTFT_INPUT_TOKENS,
    TTFT_LN_SD,
    TTFT_MS_P95_AT_1B,
    UNDISCLOSED_ACTIVE_B,
    UNDISCLOSED_LN_SD,
)
from advisor.decision.measured import Measured
from advisor.decision.question import Limits, Question
from advisor.decision.token_factors import TokenFactors
from advisor.decision.view import View

FIGURES = ("ttft_ms_p95", "itl_ms_p95", "request_ms_p95")


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds at the 95th percentile by slot, and how sure they are.

    `ttft` runs to the first answer token: hidden reasoning comes before it. Each
    `ln_sd` is the deviation of the logarithm of a figure. `measured` holds what the
    figures of some slots rest on; those of all others are modelled.
    """

    ttft_ms_p95: Floats
    itl_ms_p95: Floats
    request_ms_p95: Floats
    ttft_ln_sd: Floats
    itl_ln_sd: Floats
    request_ln_sd: Floats
    measured: Mapping[int, Measured] = field(default_factory=dict)

    def figures(self) -> tuple[tuple[str, Floats, Floats], ...]:
        """Yield (name of the limit, median of the p95, deviation of its logarithm)."""
        return (
            ("ttft_ms_p95", self.ttft_ms_p95, self.ttft_ln_sd),
            ("itl_ms_p95", self.itl_ms_p95, self.itl_ln_sd),
            ("request_ms_p95", self.request_ms_p95, self.request_ln_sd),
        )


def modelled_latency(question: Question, view: View, factors: TokenFactors) -> Latency:
    """Return the latency that a model's size suggests, for the question's tokens.

    Active parameters decide (DESIGN: latency follows active ones); where only the
    total is known it stands in. A request ends after its first answer token plus the
    inter-token latency times its 95th percentile of visible tokens.
    """
    history = view.history
    size, disclosed = _active_billions(view)
    # Powers are slow, and there are fewer models than slots.
    itl = (size**ITL_EXPONENT)[history.slot_model] * (ITL_MS_AT_1B * ITL_P95_OVER_P50)
    ttft = (TTFT_MS_P95_AT_1B * size**TTFT_EXPONENT)[history.slot_model]
    ttft = ttft + _prefill_ms(question, factors, prefill_ms_per_token(view))
    visible = question.tokens.output_p95 * factors.output
    hidden_ms = itl * visible * factors.reasoning
    known = disclosed[history.slot_model]
    ttft_ln_sd = np.where(known, TTFT_LN_SD, UNDISCLOSED_LN_SD)
    itl_ln_sd = np.where(known, ITL_LN_SD, UNDISCLOSED_LN_SD)
    return Latency(
        ttft_ms_p95=ttft + hidden_ms,
        itl_ms_p95=itl,
        request_ms_p95=ttft + hidden_ms + itl * visible,
        ttft_ln_sd=ttft_ln_sd,
        itl_ln_sd=itl_ln_sd,
        request_ln_sd=np.maximum(ttft_ln_sd, itl_ln_sd),
    )


def _active_billions(view: View) -> tuple[Floats, Floats]:
    """Return each model's active parameters, and whether anybody disclosed them."""
    active = view.model_facts["active_parameters_b"]
    active = np.where(np.isnan(active), view.model_facts["total_parameters_b"], active)
    disclosed = ~np.isnan(active)
    return np.where(disclosed, active, UNDISCLOSED_ACTIVE_B), disclosed


def prefill_ms_per_token(view: View) -> Floats:
    """Return what each further prompt token adds before the answer, by slot."""
    size, _ = _active_billions(view)
    per_token: Floats = size**ITL_EXPONENT * (
        PREFILL_MS_PER_TOKEN_AT_8B / 8**ITL_EXPONENT
    )
    return per_token[view.history.slot_model]


def _prefill_ms(question: Question, factors: TokenFactors, per_token: Floats) -> Floats:
    """Return what a prompt longer than the measured ones adds before the answer."""
    beyond = question.tokens.input_p95 * factors.tokenizer - TTFT_INPUT_TOKENS
    prefill: Floats = np.maximum(beyond, 0.0) * per_token
    return prefill


def error_limit(limits: Limits) -> float | None:
    """Return the share of requests that may fail, None where nothing says so.

    A limit at the 95th percentile implies one: a request that fails misses it.
    """
    if limits.error_rate is not None:
        return limits.error_rate
    stated = any(getattr(limits, name) is not None for name in FIGURES)
    return ERRORS_BEYOND_P95 if stated else None


def margin(latency: Latency, limits: Limits) -> Floats | None:
    """Return by how many deviations every stated limit is met; None without limits.

    One endpoint's figures move together, so the least of the margins counts; the
    normal distribution makes it the probability that all limits are met. Errors count
    where they were measured: nothing models them.
    """
    allowed = error_limit(limits)
    if allowed is None:
        return None
    margins = [
        np.log(limit / value) / ln_sd
        for name, value, ln_sd in latency.figures()
        if (limit := getattr(limits, name)) is not None
    ]
    least = np.full(len(latency.ttft_ms_p95), np.inf)
    for each in margins:
        least = np.minimum(least, each)
    for slot, measured in latency.measured.items():
        least[slot] = min(least[slot], measured.error_margin(allowed))
    return least
