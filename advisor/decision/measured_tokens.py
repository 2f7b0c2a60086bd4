"""Token counts on the buyer's own items, in the place of a model's general factors.

The same items cost every model other tokens: tokenizers differ, and so does how much is
said. What the buyer states is taken to be what today's option takes; where that was
not evaluated, what the evaluated ones take on (geometric) average.
"""

from dataclasses import replace

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats
from advisor.decision.evaluations import Evaluations, item_means
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
    outcomes = evaluations.outcomes
    weights = outcomes.weights
    today = _subject(evaluations, current)
    prompts = item_means(outcomes.input_tokens)
    answers = item_means(outcomes.output_tokens)
    tokenizer = _relative(prompts, weights, today)
    output = _relative(answers, weights, today)
    counted: Bools = (tokenizer > 0) & (output > 0)
    if not counted.any():
        return factors
    subject = evaluations.subject_of_slot
    slots = (subject != NONE) & counted[np.where(subject == NONE, 0, subject)]
    if today is not None and counted[today] and current is not None:
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


def _subject(evaluations: Evaluations, current: int | None) -> int | None:
    if current is None:
        return None
    subject = int(evaluations.subject_of_slot[current])
    return None if subject == NONE else subject


def _relative(tokens: Floats, weights: Floats, today: int | None) -> Floats:
    """Return each subject's tokens relative to today's, or to the average; else NaN.

    Two are compared on the items that both were asked, from LEAST_ITEMS on: one that
    was asked the long ones alone is not wordier for it. Without today's the yardstick
    is who was asked most, and the average is geometric.
    """
    asked = ~np.isnan(tokens)
    base = today
    if base is None or asked[base].sum() < LEAST_ITEMS:
        base = int(asked.sum(axis=1).argmax())
    common = asked & asked[base]
    weight = np.where(common, weights, 0.0)
    own = np.where(common, tokens, 0.0) * weight
    of_base = np.where(common, tokens[base], 0.0) * weight
    enough = (common.sum(axis=1) >= LEAST_ITEMS) & (of_base.sum(axis=1) > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(enough, own.sum(axis=1) / of_base.sum(axis=1), np.nan)
    if base != today and (ratio > 0).any():
        ratio = ratio / np.exp(np.log(ratio[ratio > 0]).mean())
    relative: Floats = ratio
    return relative


def _with(figures: Floats, slots: Bools, values: Floats | float) -> Floats:
    changed = figures.copy()
    changed[slots] = values
    return changed
