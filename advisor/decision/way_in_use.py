"""What the way that is in use today achieves on the buyer's own items."""

import numpy as np

from advisor.decision.arrays import NONE, Floats
from advisor.decision.evaluations import Evaluations
from advisor.decision.strategies.costs import SubjectCosts
from advisor.decision.strategies.kinds import Stage, Strategy
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.ways import Way


def quality_in_use(evaluations: Evaluations, way: Way | None) -> Floats:
    """Return the expected score of each item, (1, items); (0, items) if it is unknown.

    It is worked out apart: among the strategies that could be bought it may have been
    left out, as one that cannot be the pick any more.
    """
    items = evaluations.outcomes.weights
    nothing = np.zeros((0, len(items)))
    wanted = None if way is None else _wanted(evaluations, way)
    if wanted is None:
        return nothing
    involved = {stage.subject for stage in wanted}
    table = evaluated_strategies(
        evaluations.tables, _any_price(evaluations, involved), prune=False
    )
    for place, strategy in enumerate(table.strategies):
        if way is not None and _is(strategy, way.kind, wanted):
            found: Floats = table.quality[place][None, :]
            return found
    return nothing


def _wanted(evaluations: Evaluations, way: Way) -> tuple[Stage, ...] | None:
    """Return the way's stages by subject, None where one was not asked."""
    stages = tuple(
        Stage(
            subject=int(evaluations.subject_of_slot[stage.slot]),
            samples=stage.samples,
            accept=stage.accept,
        )
        for stage in way.stages
    )
    return None if any(stage.subject == NONE for stage in stages) else stages


def _any_price(evaluations: Evaluations, subjects: set[int]) -> SubjectCosts:
    """Let some subjects be bought; what they cost does not matter for quality."""
    count = len(evaluations.outcomes.subjects)
    sold = np.isin(np.arange(count), list(subjects))
    nothing = np.zeros(count)
    return SubjectCosts(
        input_usd=nothing,
        output_usd=nothing,
        request_usd=np.where(sold, 1.0, np.nan),
        prompt_once=np.zeros(count, dtype=bool),
        verifier_usd=0.0,
    )


def _is(strategy: Strategy, kind: str, stages: tuple[Stage, ...]) -> bool:
    return strategy.kind.value == kind and strategy.stages == stages
