"""What running one subject in more calls would gain over a single one, and cost."""

from dataclasses import dataclass, replace

import numpy as np

from advisor.decision.arrays import NONE
from advisor.decision.assumptions import QUALITY_Z
from advisor.decision.evidence.estimates import posterior
from advisor.decision.own_evidence import OwnEvidence
from advisor.decision.spend import Spend
from advisor.decision.strategies.kinds import Kind, Strategy
from advisor.decision.strategies.table import evaluated_strategies
from advisor.decision.subject_costs import subject_costs
from advisor.decision.view import View


@dataclass(frozen=True, kw_only=True)
class Gain:
    """One way against a single call on the same items.

    `gain` is in right answers (0.02 is two in a hundred), `low` and `high` hold it nine
    times in ten; `cost_multiple` is against a single call.
    """

    strategy: Strategy
    gain: float
    low: float
    high: float
    cost_multiple: float

    @property
    def is_seen(self) -> bool:
        """Whether the interval leaves zero out: else nothing speaks for paying more."""
        return self.low > 0


def gains_of(
    found: OwnEvidence, view: View, alone: Spend, subject: int
) -> tuple[Gain, ...]:
    """Return every way to run one subject by itself, in the order of their cost.

    None is left out for being dominated: that a vote does not pay is the answer.
    """
    if subject == NONE or found.leads[subject] == NONE:
        return ()
    costs = subject_costs(view, alone, found.evaluations, found.leads)
    only = np.arange(len(found.leads)) == subject
    table = evaluated_strategies(
        found.evaluations.tables,
        replace(costs, request_usd=np.where(only, costs.request_usd, np.nan)),
        prune=False,
    )
    outcomes = found.evaluations.outcomes
    known = posterior(table.quality, outcomes.weights, outcomes.clusters)
    errors = known.covariance
    [alone_at] = [
        place
        for place, strategy in enumerate(table.strategies)
        if strategy.kind is Kind.SINGLE
    ]
    gains = []
    for place, strategy in enumerate(table.strategies):
        if strategy.kind is Kind.SINGLE or np.isnan(known.observed[place]):
            continue
        gain = float(known.mean[place] - known.mean[alone_at])
        spread = errors[place, place] + errors[alone_at, alone_at]
        spread -= 2 * errors[place, alone_at]
        reach = QUALITY_Z * float(np.sqrt(max(spread, 0.0)))
        gains.append(
            Gain(
                strategy=strategy,
                gain=gain,
                low=gain - reach,
                high=gain + reach,
                cost_multiple=float(table.multiples[place].sum()),
            )
        )
    return tuple(sorted(gains, key=lambda each: each.cost_multiple))
