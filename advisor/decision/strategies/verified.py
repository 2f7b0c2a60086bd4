"""The best of several answers by a verifier's score, over all subsets of the samples.

Of the n samples kept, in ascending order of the verifier's score, the r-th is the best
of a k-subset in C(r-1, k-1) of C(n, k) cases. Equal scores are picked equally often.
"""

from collections.abc import Sequence

import numpy as np

from advisor.decision.arrays import Floats
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.draws import choices
from advisor.decision.strategies.spent_tokens import Tokens
from advisor.decision.strategies.stages import Plan, StageFigures, joined


def verified(
    outcomes: Outcomes, plans: Sequence[Plan], spent: tuple[Tokens, Tokens]
) -> StageFigures:
    """Return what each plan gives: all its samples are asked for, one is kept.

    NaN where the verifier did not score every sample of an item.
    """
    asked = outcomes.asked
    scored = asked.any(axis=2) & ~(asked & np.isnan(outcomes.verifier)).any(axis=2)
    parts = []
    for plan in plans:
        chance = picked(np.where(asked, outcomes.verifier, np.nan), plan.samples)
        score = (chance * np.nan_to_num(outcomes.scores)).sum(axis=2)
        score = np.where(scored & (outcomes.kept >= plan.samples), score, np.nan)
        possible = np.where(np.isnan(score), np.nan, 1.0)
        calls = possible * plan.samples
        part = StageFigures(
            score=score[None],
            escalated=0.0 * possible[None],
            calls=calls[None],
            input_tokens=(calls * spent[0].mean(asked))[None],
            output_tokens=(calls * spent[1].mean(asked))[None],
        )
        parts.append(part)
    return joined(parts)


def picked(marks: Floats, samples: int) -> Floats:
    """Return P(each sample has the highest mark of those drawn); NaN marks never do.

    `marks` and the result are (subjects, items, samples). Where fewer are marked than
    drawn the chances are not defined.
    """
    marked = ~np.isnan(marks)
    lower = np.zeros(marks.shape, dtype=np.int64)
    equal = np.zeros(marks.shape, dtype=np.int64)
    for other in range(marks.shape[2]):
        lower += marks[..., [other]] < marks
        equal += marks[..., [other]] == marks
    choose = choices(marks.shape[2], samples)
    # Subsets whose highest mark is this one, shared by those that have it.
    subsets = choose[lower + equal, samples] - choose[lower, samples]
    total = choose[marked.sum(axis=2), samples][..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        chance: Floats = np.where(marked, subsets / (equal * total), 0.0)
    return chance
