"""What one call of each evaluated subject costs, in the measure of projected spend."""

import numpy as np

from advisor.decision.arrays import NONE, Floats, Ints
from advisor.decision.bands import BILLED
from advisor.decision.evaluations import Evaluations
from advisor.decision.spend import Spend
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.view import View

_INPUT, _OUTPUT, _REQUEST = (
    BILLED.index(part) for part in ("input", "output", "request")
)


def subject_costs(
    view: View, spend: Spend, evaluations: Evaluations, leads: Ints
) -> SubjectCosts:
    """Return the costs by subject, so that one call of each item costs its year.

    The list rates of a subject's lead say how a call's price is split between prompt
    and answer; both are scaled until a single call comes to the lead's twelve months.
    So what a strategy costs is in the measure by which options are ranked. Without
    token counts the price stays with the call.
    """
    sold = leads != NONE
    slots = np.where(sold, leads, 0)
    total = np.where(sold, spend.total[slots], np.nan)
    rates = view.held_prices.rates[slots] if len(view.price_rows) else None
    nothing = np.zeros(len(leads))
    # What an endpoint does was not seen of other sellers of its model.
    once = evaluations.prompt_once & sold & evaluations.exact[slots]
    if rates is None:
        return SubjectCosts(
            input_usd=nothing,
            output_usd=nothing,
            request_usd=total,
            prompt_once=once,
        )
    prompt, answer = evaluations.input_tokens, evaluations.output_tokens
    scale = _scale(rates, prompt, answer, total)
    counted = ~np.isnan(scale)
    return SubjectCosts(
        input_usd=np.where(counted, rates[:, _INPUT] * scale, nothing),
        output_usd=np.where(counted, rates[:, _OUTPUT] * scale, nothing),
        request_usd=np.where(counted, rates[:, _REQUEST] * 1e6 * scale, total),
        prompt_once=once,
    )


def _scale(rates: Floats, prompt: Floats, answer: Floats, total: Floats) -> Floats:
    """Return what turns list rates into the lead's spend; NaN where it cannot be."""
    listed = (
        rates[:, _INPUT] * prompt
        + rates[:, _OUTPUT] * answer
        + rates[:, _REQUEST] * 1e6
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        scale: Floats = np.where(listed > 0, total / listed, np.nan)
    return scale
