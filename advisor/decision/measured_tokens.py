"""Token counts on the buyer's own items, in the place of a model's general factors.

The same items cost every model other tokens: tokenizers differ, and so does how much is
said. What the buyer states is taken to be what today's option takes; where that was
not evaluated, what the evaluated ones take on (geometric) average.
"""

from dataclasses import replace

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats
from advisor.decision.evaluations import Evaluations
from advisor.decision.token_factors import TokenFactors

# Fewer items say little of how long answers are.
LEAST_ITEMS = 20


def measured_factors(
    factors: TokenFactors, evaluations: Evaluations, current: int | None
) -> TokenFactors:
    """Return the factors with those of evaluated slots as they were counted.

    Counted output holds the hidden tokens, so reasoning is part of `verbosity` there,
    and nothing comes on top. Slots without counts keep what is generally known.
    """
    prompt, answer = evaluations.input_tokens, evaluations.output_tokens
    counted: Bools = (prompt > 0) & (answer > 0) & (evaluations.items >= LEAST_ITEMS)
    if not counted.any():
        return factors
    subject = evaluations.subject_of_slot
    slots = (subject != NONE) & counted[np.where(subject == NONE, 0, subject)]
    today = _subject(evaluations, current, counted)
    tokenizer = _relative(prompt, counted, today)
    output = _relative(answer, counted, today)
    if today is not None and current is not None:
        # As billed today: the buyer counts visible tokens of the reference tokenizer.
        tokenizer *= factors.tokenizer[current]
        output *= factors.tokenizer[current] * (1 + factors.reasoning[current])
    at = subject[slots]
    verbosity = np.ones(len(subject))
    verbosity[slots] = output[at] / tokenizer[at]
    return replace(
        factors,
        tokenizer=_with(factors.tokenizer, slots, tokenizer[at]),
        tokenizer_ln_sd=_with(factors.tokenizer_ln_sd, slots, 0.0),
        reasoning=_with(factors.reasoning, slots, 0.0),
        reasoning_sd=_with(factors.reasoning_sd, slots, 0.0),
        reasoning_known=factors.reasoning_known | slots,
        tokenizer_known=factors.tokenizer_known | slots,
        verbosity=verbosity,
    )


def _subject(
    evaluations: Evaluations, current: int | None, counted: Bools
) -> int | None:
    if current is None:
        return None
    subject = int(evaluations.subject_of_slot[current])
    return subject if subject != NONE and counted[subject] else None


def _relative(tokens: Floats, counted: Bools, today: int | None) -> Floats:
    """Return each subject's tokens relative to today's, or to the average."""
    base = np.exp(np.log(tokens[counted]).mean()) if today is None else tokens[today]
    return np.where(counted, tokens / base, np.nan)


def _with(figures: Floats, slots: Bools, values: Floats | float) -> Floats:
    changed = figures.copy()
    changed[slots] = values
    return changed
