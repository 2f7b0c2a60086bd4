"""One call, as it was measured: also where answers were not kept, only scores."""

import numpy as np

from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.spent_tokens import Tokens
from advisor.decision.strategies.stages import StageFigures


def singles(outcomes: Outcomes, spent: tuple[Tokens, Tokens]) -> StageFigures:
    """Return what one call gives on each item: the mean of its samples."""
    asked = outcomes.asked
    score = outcomes.mean_scores()
    once = np.where(np.isnan(score), np.nan, 1.0)
    return StageFigures(
        score=score[None],
        escalated=0.0 * once[None],
        calls=once[None],
        input_tokens=spent[0].mean(asked)[None],
        output_tokens=spent[1].mean(asked)[None],
    )
