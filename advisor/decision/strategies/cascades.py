"""Cascades: a voting stage, and another model for the items on which it disagrees.

On an item the first stage and its escalation are over the same subsets of its samples:
it brings s (the expected score of what it accepts) and passes on with chance e. The
other model, asked apart from it, scores m. So the cascade scores s + e m, and its means
over items are products of matrices, for all pairs of stages at once.
"""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from advisor.decision.arrays import NONE, Bools, Floats, Ints
from advisor.decision.strategies.costs import PricedStages


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Stages on items: which plan of which subject, and (stages, items) of each."""

    plan: Ints
    subject: Ints
    score: Floats
    escalated: Floats
    usd: Floats
    calls: Floats
    single_usd: Floats

    def __len__(self) -> int:
        return len(self.plan)


def rows(stages: PricedStages, plan: Ints, subject: Ints) -> Rows:
    """Pick stages by plan and subject."""
    return Rows(
        plan=plan,
        subject=subject,
        score=stages.figures.score[plan, subject],
        escalated=stages.figures.escalated[plan, subject],
        usd=stages.usd[plan, subject],
        calls=stages.calls[plan, subject],
        single_usd=stages.usd[0, subject],
    )


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Cascades by first and second stage, flat; weighted means over common items.

    `weight` is that of these items. By pair and stage: `stage_usd`, `calls`,
    `single_usd`, which is one call of its subject for every common item, and
    `base_usd`, the same for all items of the subject.
    """

    first: Ints
    second: Ints
    weight: Floats
    quality: Floats
    escalation: Floats
    stage_usd: Floats
    single_usd: Floats
    base_usd: Floats
    calls: Floats

    @cached_property
    def multiples(self) -> Floats:
        """USD of each stage over that of single calls; for free ones, the calls."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = self.stage_usd / self.single_usd
        multiples: Floats = np.where(self.single_usd > 0, ratio, self.calls)
        return multiples

    @cached_property
    def usd(self) -> Floats:
        """Expected USD of an item, were all items of each subject asked."""
        total: Floats = (self.multiples * self.base_usd).sum(axis=1)
        return total

    def __len__(self) -> int:
        return len(self.first)

    def take(self, which: Ints) -> "Pairs":
        """Return some of them."""
        columns = {each.name: getattr(self, each.name)[which] for each in fields(self)}
        return Pairs(**columns)


def pairs(first: Rows, second: Rows, weights: Floats) -> Pairs:
    """Return every pair of stages of different subjects."""
    known = ~np.isnan(first.score)
    after = ~np.isnan(second.score)
    weighted = known * weights
    total = weighted @ after.T

    def mean(left: Floats | float, right: Floats | float) -> Floats:
        """Return the mean of a product over the items that both stages tell."""
        one = np.where(known, left, 0.0) * weights
        other = np.where(after, right, 0.0)
        with np.errstate(invalid="ignore"):
            means: Floats = (one @ other.T) / total
        return means

    passed = first.escalated
    grid = {
        "quality": mean(first.score, 1.0) + mean(passed, second.score),
        "escalation": mean(passed, 1.0),
        "usd": np.stack([mean(first.usd, 1.0), mean(passed, second.usd)], axis=-1),
        "single": np.stack(
            [mean(first.single_usd, 1.0), mean(1.0, second.single_usd)], axis=-1
        ),
        "calls": np.stack(
            [mean(first.calls, 1.0), mean(passed, second.calls)], axis=-1
        ),
    }
    apart: Bools = (first.subject[:, None] != second.subject) & (total > 0)
    one, other = np.nonzero(apart)
    return Pairs(
        first=one,
        second=other,
        weight=total[apart],
        quality=grid["quality"][apart],
        escalation=grid["escalation"][apart],
        stage_usd=grid["usd"][apart],
        single_usd=grid["single"][apart],
        base_usd=np.stack(
            [_base(first, weights)[one], _base(second, weights)[other]], axis=1
        ),
        calls=grid["calls"][apart],
    )


def alone_means(alone: Rows, weights: Floats) -> Pairs:
    """Return the same means of strategies of one stage, whose second costs nothing."""
    known = ~np.isnan(alone.score)
    weighted = known * weights
    total = weighted.sum(axis=1)

    def mean(figure: Floats) -> Floats:
        sums = np.einsum("si,si->s", weighted, np.where(known, figure, 0.0))
        means: Floats = sums / np.where(total > 0, total, np.nan)
        return means

    def staged(figure: Floats) -> Floats:
        return np.stack([mean(figure), np.zeros(len(alone))], axis=1)

    return Pairs(
        first=np.arange(len(alone)),
        second=np.full(len(alone), NONE),
        weight=total,
        quality=mean(alone.score),
        escalation=np.zeros(len(alone)),
        stage_usd=staged(alone.usd),
        single_usd=staged(alone.single_usd),
        base_usd=np.stack([_base(alone, weights), np.zeros(len(alone))], axis=1),
        calls=staged(alone.calls),
    )


def _base(stages: Rows, weights: Floats) -> Floats:
    """Return USD of a single call of each stage's subject, over all of its items."""
    known = ~np.isnan(stages.single_usd)
    total = known @ weights
    sums = np.where(known, stages.single_usd, 0.0) @ weights
    base: Floats = sums / np.where(total > 0, total, np.nan)
    return base


def pair_quality(first: Rows, second: Rows, chosen: Pairs) -> Floats:
    """Return the expected score of each item, (pairs, items)."""
    quality: Floats = first.escalated[chosen.first]
    quality *= second.score[chosen.second]
    quality += first.score[chosen.first]
    return quality
