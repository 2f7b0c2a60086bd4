"""What was measured on the buyer's own items, and which slots it speaks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.tables import VoteTables


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluations:
    """Outcomes on the buyer's own items, by subject.

    `subject_of_slot` is NONE where nothing was asked; `exact` says whether the slot's
    own offering was, and not its model at another seller. `runs` are ids by subject,
    `prompt_once` is where several answers of one call bill the prompt once.
    """

    outcomes: Outcomes
    tables: VoteTables
    subject_of_slot: Ints
    exact: Bools
    prompt_once: Bools
    runs: Sequence[tuple[str, ...]] = field(default=())

    @cached_property
    def items(self) -> Ints:
        """How many items each subject was asked."""
        asked: Ints = (self.outcomes.kept > 0).sum(axis=1)
        return asked

    @cached_property
    def input_tokens(self) -> Floats:
        """Mean prompt tokens of a call by subject; NaN where nobody counted."""
        return self._mean(self.outcomes.input_tokens)

    @cached_property
    def output_tokens(self) -> Floats:
        """Mean output tokens of a call by subject, hidden ones included."""
        return self._mean(self.outcomes.output_tokens)

    def _mean(self, figures: Floats) -> Floats:
        """Average the samples of each item, then the items by weight."""
        by_item = item_means(figures)
        weight = np.where(np.isnan(by_item), 0.0, self.outcomes.weights)
        with np.errstate(invalid="ignore"):
            means: Floats = np.nansum(by_item * weight, axis=1) / np.where(
                weight.any(axis=1), weight.sum(axis=1), np.nan
            )
        return means


def item_means(figures: Floats) -> Floats:
    """Return the mean of each item's samples, (subjects, items); NaN without any."""
    samples = (~np.isnan(figures)).sum(axis=2)
    with np.errstate(invalid="ignore"):
        means: Floats = np.nansum(figures, axis=2) / np.where(samples, samples, np.nan)
    return means
