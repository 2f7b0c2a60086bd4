"""How fast an option answers: modelled by size until measurements come."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.assumptions import (
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
from advisor.decision.question import Limits, Question
from advisor.decision.token_factors import TokenFactors
from advisor.decision.view import View

MODELLED = "modelled"


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds at the 95th percentile by slot, and how sure they are.

    `ttft` runs to the first answer token: hidden reasoning comes before it. `ln_sd` is
    the deviation of the logarithm of each figure; the basis is `modelled` throughout.
    """

    ttft_ms_p95: Floats
    itl_ms_p95: Floats
    request_ms_p95: Floats
    ttft_ln_sd: Floats
    itl_ln_sd: Floats

    def figures(self) -> tuple[tuple[str, Floats, Floats], ...]:
        """Yield (name of the limit, median of the p95, deviation of its logarithm)."""
        slower = np.maximum(self.ttft_ln_sd, self.itl_ln_sd)
        return (
            ("ttft_ms_p95", self.ttft_ms_p95, self.ttft_ln_sd),
            ("itl_ms_p95", self.itl_ms_p95, self.itl_ln_sd),
            ("request_ms_p95", self.request_ms_p95, slower),
        )


def modelled_latency(question: Question, view: View, factors: TokenFactors) -> Latency:
    """Return the latency that a model's size suggests, for the question's tokens.

    Active parameters decide (DESIGN: latency follows active ones); where only the
    total is known it stands in. A request ends after its first answer token plus the
    inter-token latency times its 95th percentile of visible tokens.
    """
    history = view.history
    active = view.model_facts["active_parameters_b"]
    active = np.where(np.isnan(active), view.model_facts["total_parameters_b"], active)
    disclosed = ~np.isnan(active)
    size = np.where(disclosed, active, UNDISCLOSED_ACTIVE_B)
    # Powers are slow, and there are fewer models than slots.
    slower = (size**ITL_EXPONENT)[history.slot_model]
    disclosed = disclosed[history.slot_model]
    itl = slower * (ITL_MS_AT_1B * ITL_P95_OVER_P50)
    ttft = (TTFT_MS_P95_AT_1B * size**TTFT_EXPONENT)[history.slot_model]
    ttft = ttft + _prefill_ms(question, factors, slower)
    visible = question.tokens.output_p95 * factors.tokenizer
    hidden_ms = itl * visible * factors.reasoning
    return Latency(
        ttft_ms_p95=ttft + hidden_ms,
        itl_ms_p95=itl,
        request_ms_p95=ttft + hidden_ms + itl * visible,
        ttft_ln_sd=np.where(disclosed, TTFT_LN_SD, UNDISCLOSED_LN_SD),
        itl_ln_sd=np.where(disclosed, ITL_LN_SD, UNDISCLOSED_LN_SD),
    )


def _prefill_ms(question: Question, factors: TokenFactors, slower: Floats) -> Floats:
    """Return what a prompt longer than the measured ones adds before the answer.

    `slower` is active billions to the power by which inter-token latency grows.
    """
    beyond = question.tokens.input_p95 * factors.tokenizer - TTFT_INPUT_TOKENS
    per_token = slower * (PREFILL_MS_PER_TOKEN_AT_8B / 8**ITL_EXPONENT)
    prefill: Floats = np.maximum(beyond, 0.0) * per_token
    return prefill


def margin(latency: Latency, limits: Limits) -> Floats | None:
    """Return by how many deviations every stated limit is met; None without limits.

    One endpoint's figures move together, so the least of the margins counts; the
    normal distribution makes it the probability that all limits are met.
    """
    margins = [
        np.log(limit / value) / ln_sd
        for name, value, ln_sd in latency.figures()
        if (limit := getattr(limits, name)) is not None
    ]
    return np.minimum.reduce(margins) if margins else None
