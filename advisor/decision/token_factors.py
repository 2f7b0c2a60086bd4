"""How a model's billed tokens relate to the tokens that the buyer counts."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.assumptions import (
    SPEND_Z,
    UNKNOWN_REASONING_RANGE,
    UNKNOWN_REASONING_RATIO,
    UNKNOWN_TOKENIZER_RANGE,
    UNKNOWN_TOKENIZER_RATIO,
)
from advisor.decision.history import FactsView
from advisor.decision.view import View


@dataclass(frozen=True, kw_only=True)
class TokenFactors:
    """How a model's billed tokens relate to the tokens that the buyer counts.

    By slot: `tokenizer` multiplies every token, `reasoning` is hidden tokens per
    visible output token; the deviations are of their logarithm and their value.
    """

    tokenizer: Floats
    tokenizer_ln_sd: Floats
    reasoning: Floats
    reasoning_sd: Floats
    reasoning_known: Bools
    tokenizer_known: Bools


def token_factors(view: View) -> TokenFactors:
    """Read each slot's token factors; unknown ones become the modelled defaults."""
    facts, model = view.model_facts, view.history.slot_model
    reasoning, low, high, known = _factor(
        facts, "reasoning", UNKNOWN_REASONING_RATIO, UNKNOWN_REASONING_RANGE
    )
    tokenizer, t_low, t_high, t_known = _factor(
        facts, "tokenizer", UNKNOWN_TOKENIZER_RATIO, UNKNOWN_TOKENIZER_RANGE
    )
    ln_sd = np.log(t_high / t_low) / (2 * SPEND_Z)
    return TokenFactors(
        tokenizer=tokenizer[model],
        tokenizer_ln_sd=ln_sd[model],
        reasoning=reasoning[model],
        reasoning_sd=((high - low) / (2 * SPEND_Z))[model],
        reasoning_known=known[model],
        tokenizer_known=t_known[model],
    )


def _factor(
    facts: FactsView, name: str, default: float, around: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Bools]:
    value, low, high = (
        facts[f"{name}_ratio{suffix}"] for suffix in ("", "_low", "_high")
    )
    known = ~np.isnan(value)
    value = np.where(known, value, default)
    # A ratio stated without a range is taken at its word.
    low = np.where(known, np.where(np.isnan(low), value, low), around[0])
    high = np.where(known, np.where(np.isnan(high), value, high), around[1])
    return value, low, high, known
