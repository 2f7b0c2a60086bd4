"""Asking again while the answer cannot be parsed, up to so many calls.

Samples are drawn without replacement, so the chances are exact for those kept.
"""

from collections.abc import Sequence

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.draws import abstaining
from advisor.decision.strategies.spent_tokens import Tokens, mean_of
from advisor.decision.strategies.stages import Plan, StageFigures, joined
from advisor.decision.strategies.tallies import Tallies


def retries(
    outcomes: Outcomes,
    tallied: Tallies,
    plans: Sequence[Plan],
    spent: tuple[Tokens, Tokens],
) -> StageFigures:
    """Return what each plan gives; every call bills its prompt."""
    most = max(plan.samples for plan in plans)
    # By calls made so far: the chance that none of them could be parsed.
    failed = abstaining(tallied.hands, tuple(range(most + 1)))[tallied.hand]
    parts = [_retry(outcomes, tallied, plan.samples, spent, failed) for plan in plans]
    return joined(parts)


def _retry(
    outcomes: Outcomes,
    tallied: Tallies,
    calls: int,
    spent: tuple[Tokens, Tokens],
    failed: Floats,
) -> StageFigures:
    possible = np.where(tallied.votable & (tallied.kept >= calls), 1.0, np.nan)
    never = failed[..., calls] * possible
    unparsable_calls = failed[..., 1 : calls + 1].sum(axis=2) * possible

    def expected(by_sample: Floats, unparsable: Floats) -> Floats:
        good = np.nan_to_num(mean_of(by_sample, tallied.voting))
        bad = np.nan_to_num(mean_of(by_sample, tallied.abstaining))
        total: Floats = (1 - never) * good + unparsable * bad
        return total[None]

    return StageFigures(
        score=expected(np.nan_to_num(outcomes.scores), never),
        escalated=0.0 * possible[None],
        calls=(1 - never + unparsable_calls)[None],
        input_tokens=expected(spent[0].by_sample, unparsable_calls),
        output_tokens=expected(spent[1].by_sample, unparsable_calls),
    )
