"""How a model's billed tokens relate to the tokens that the buyer counts."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.assumptions import (
    RATIO_RANGE_Z,
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
    `verbosity` multiplies the visible output besides; None where nobody counted it.
    """

    tokenizer: Floats
    tokenizer_ln_sd: Floats
    reasoning: Floats
    reasoning_sd: Floats
    reasoning_known: Bools
    tokenizer_known: Bools
    verbosity: Floats | None = None

    @cached_property
    def output(self) -> Floats:
        """What multiplies the buyer's visible output tokens, by slot."""
        if self.verbosity is None:
            return self.tokenizer
        return self.tokenizer * self.verbosity


def token_factors(view: View) -> TokenFactors:
    """Read each slot's token factors; unknown ones become the modelled defaults."""
    return _factors_of(view.slot_models)


# They depend on the facts alone, which are the same for most questions.
@lru_cache(maxsize=4)
def _factors_of(facts: FactsView) -> TokenFactors:
    reasoning, low, high, known = _factor(
        facts, "reasoning", UNKNOWN_REASONING_RATIO, UNKNOWN_REASONING_RANGE
    )
    tokenizer, t_low, t_high, t_known = _factor(
        facts, "tokenizer", UNKNOWN_TOKENIZER_RATIO, UNKNOWN_TOKENIZER_RANGE
    )
    ln_sd = np.log(t_high / t_low) / (2 * RATIO_RANGE_Z)
    return TokenFactors(
        tokenizer=tokenizer,
        tokenizer_ln_sd=ln_sd,
        reasoning=reasoning,
        reasoning_sd=(high - low) / (2 * RATIO_RANGE_Z),
        reasoning_known=known,
        tokenizer_known=t_known,
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
