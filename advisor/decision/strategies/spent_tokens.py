"""Tokens of each sample, with the nearest known figure where one is missing."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.evidence.outcomes import Outcomes


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Of one direction: `by_sample` (subjects, items, samples), 0 where none is kept.

    `known` is by subject. Where nothing is known of a subject each call counts 1.
    """

    by_sample: Floats
    known: Bools

    def mean(self, asked: Bools) -> Floats:
        """Return the mean of an item's samples, (subjects, items); NaN without any."""
        return mean_of(self.by_sample, asked)


def tokens(measured: Floats, asked: Bools) -> Tokens:
    """Fill what is missing: by the item's other samples, else the subject's items."""
    seen = asked & ~np.isnan(measured)
    filled = np.where(seen, measured, 0.0)
    by_item = mean_of(filled, seen)
    has = ~np.isnan(by_item)
    sums = np.where(has, by_item, 0.0).sum(axis=1)
    known: Bools = has.sum(axis=1) > 0
    overall = np.where(known, sums / np.maximum(has.sum(axis=1), 1), 1.0)
    by_item = np.where(has, by_item, overall[:, None])
    filled = np.where(asked, np.where(seen, filled, by_item[..., None]), 0.0)
    return Tokens(by_sample=filled, known=known)


def both_directions(outcomes: Outcomes) -> tuple[Tokens, Tokens]:
    """Return the tokens of prompts and of answers."""
    asked = outcomes.asked
    return (
        tokens(outcomes.input_tokens, asked),
        tokens(outcomes.output_tokens, asked),
    )


def mean_of(by_sample: Floats, among: Bools) -> Floats:
    """Return the mean over the samples that count; NaN where none does."""
    count = among.sum(axis=2)
    sums = np.where(among, by_sample, 0.0).sum(axis=2)
    means: Floats = sums / np.where(count > 0, count, np.nan)
    return means
