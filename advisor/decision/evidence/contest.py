"""A question of which option is the cheapest that meets a floor, still open."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.estimates import Posterior, posterior
from advisor.decision.evidence.floor import Standing, standing


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What was answered so far, what is asked of the options, and what may be spent.

    `values` are expected scores, 0 to 1, (options, items); items are asked in their
    order, so an option's NaN stand at its end (one within stands for an item that
    failed). Its width is all the items there are. `costs` are by option, in one unit,
    say USD a month. `references` are those whose best sets a relative floor. An item
    costs an option `samples` calls, of which `calls_left` may be spent.
    """

    values: Floats
    weights: Floats
    clusters: Ints
    costs: Floats
    references: Bools
    kind: str
    value: float
    confidence: float
    calls_left: int
    samples: int = 1
    seed: int = 0

    @cached_property
    def positions(self) -> Ints:
        """How far each option has come in the order of the items."""
        asked = ~np.isnan(self.values)
        order = np.arange(1, asked.shape[1] + 1)
        positions: Ints = (asked * order).max(axis=1, initial=0)
        return positions

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.weights)

    @property
    def asks_left(self) -> int:
        """How many items may still be asked, of all options together."""
        return max(0, self.calls_left // self.samples)

    @cached_property
    def posterior(self) -> Posterior:
        """What the answers tell."""
        front = int(self.positions.max(initial=0))
        return posterior(
            self.values[:, :front], self.weights[:front], self.clusters[:front]
        )

    @cached_property
    def standing(self) -> Standing:
        """Where the options stand."""
        return standing(
            self.posterior,
            kind=self.kind,
            value=self.value,
            references=self.references,
            seed=self.seed,
        )

    @cached_property
    def proven(self) -> Bools:
        """Which options meet the floor as surely as asked, by answers of their own."""
        proven: Bools = self.standing.met >= self.confidence
        return proven & (self.posterior.pieces > 0)

    @cached_property
    def pick(self) -> int | None:
        """The cheapest proven option; among equally cheap ones the surest."""
        if not self.proven.any():
            return None
        certain = self.standing.lead / self.standing.lead_sd
        order = np.lexsort((-certain, self.costs, ~self.proven))
        return int(order[0])
