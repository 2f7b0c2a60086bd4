"""Leaves out cascades that can neither be picked nor lie on the frontier.

There are thousands of cascades, but mean quality and USD of all of them are cheap to
have (products of matrices), unlike a posterior over their items. One is kept if

- it could be picked. The cheapest option that is sure enough to meet the floor is: so
  nothing dearer than a single call that is sure enough, and nothing whose chance to
  meet the floor cannot reach the confidence: by Cantelli's inequality a chance of c or
  more needs a mean lead over the floor of at least -sqrt((1 - c) / c) deviations,
  whatever the distribution; and the deviation has a bound that holds for any scores;
- or it is on the frontier: nothing else is at once as cheap, as good and as fast.

Both are exact, so pick and frontier are those of all strategies.
"""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.assumptions import TIE_SHARE
from advisor.decision.evidence.estimates import (
    PRIOR_DISAGREEMENT,
    PRIOR_ITEMS,
    posterior,
)
from advisor.decision.evidence.floor import DRAWS, Standing, standing
from advisor.decision.strategies.candidates import Candidates
from advisor.decision.strategies.percentiles import SHARES
from advisor.decision.strategies.tables import VoteTables

SEED = 20_230_509
# A chance found by draws must be above the confidence by so many of its deviations.
_SURE = 4.0


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What the pick must reach, as `standing` takes it; Bools are by subject.

    `references` are those among which a relative floor's best is sought. `eligible` are
    those whose single call passes all other limits: only such a one rules dearer
    strategies out.
    """

    kind: str
    value: float
    confidence: float
    references: Bools
    eligible: Bools


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What could be picked: up to a cost in USD per item, from a quality on."""

    ceiling_usd: float
    threshold: float
    threshold_sd: float
    confidence: float
    heaviest: float

    def holds(self, usd: Floats, quality: Floats, weight: Floats) -> Bools:
        """Return what could be picked, by mean quality over items of so much weight."""
        error = _largest_sd(quality, weight / self.heaviest) + self.threshold_sd
        slack = error * np.sqrt(1 / max(self.confidence, 1e-9) - 1)
        # Evidence draws estimates towards a half.
        good = np.maximum(quality, 0.5) >= self.threshold - slack
        held: Bools = good & (usd <= self.ceiling_usd)
        return held


def _largest_sd(mean: Floats, pieces: Floats) -> Floats:
    """Return a bound on the deviation of estimates that rest on scores of such a mean.

    Scores between 0 and 1 vary the most where all are 0 or 1: by mean (1 - mean)
    (Bhatia and Davis, 2000); clusters weigh at most one `pieces`-th each. The evidence
    adds its assumed item, with the shift of the mean that it brings, and disagreement.
    """
    assumed = 0.75 * PRIOR_ITEMS + PRIOR_DISAGREEMENT**2
    with np.errstate(divide="ignore"):
        bound: Floats = np.sqrt(mean * (1 - mean) / pieces + assumed / pieces**2)
    return bound


def reach(tables: VoteTables, goal: Goal, single_usd: Floats) -> Reach:
    """Return what could be picked; `single_usd` is by subject, NaN if not for sale.

    Raises ValueError for a relative floor without references.
    """
    known = posterior(tables.figures.score[0], tables.weights, tables.clusters)
    stood = standing(
        known,
        kind=goal.kind,
        value=goal.value,
        references=goal.references,
        seed=SEED,
    )
    _, cluster = np.unique(tables.clusters, return_inverse=True)
    heaviest = np.bincount(cluster, weights=tables.weights).max(initial=0.0)
    margin = _SURE / np.sqrt(DRAWS)
    return Reach(
        # What is tied with the cheapest may be picked for its quality.
        ceiling_usd=_cheapest_sure(stood, goal, single_usd) * (1 + TIE_SHARE),
        threshold=stood.threshold - margin * stood.threshold_sd,
        threshold_sd=stood.threshold_sd,
        confidence=goal.confidence,
        heaviest=float(heaviest),
    )


def _cheapest_sure(stood: Standing, goal: Goal, single_usd: Floats) -> float:
    spread = goal.confidence * (1 - goal.confidence)
    needed = goal.confidence + _SURE * np.sqrt(spread / DRAWS)
    sure = goal.eligible & (stood.met >= min(needed, 1.0)) & ~np.isnan(single_usd)
    return float(single_usd[sure].min(initial=np.inf))


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Pairs that are kept, in order, and the percentiles of their waits."""

    pairs: Ints
    ms: Floats


def all_of(found: Candidates) -> Kept:
    """Keep every pair."""
    every = np.arange(len(found.both))
    return Kept(pairs=every, ms=found.timing.percentiles(every))


def worth_keeping(found: Candidates, reached: Reach) -> Kept:
    """Keep pairs that could be picked, or are on the frontier.

    Those, and the pairs on the frontier of cost and quality, are timed. All others are
    on the frontier only if they are faster than everything as cheap and as good, which
    is counted; those that are get timed and sorted again.
    """
    both, one, timing = found.both, found.means, found.timing
    apart = len(one)
    usd = np.concatenate([one.usd, both.usd])
    quality = np.concatenate([one.quality, both.quality])
    ms = np.full((len(usd), len(SHARES)), np.nan)
    ms[:apart] = found.alone_ms
    flat = _flat_frontier(usd, quality)
    known = np.zeros(len(usd), dtype=bool)
    known[:apart] = True
    known[apart:] = reached.holds(both.usd, both.quality, both.weight)
    known[flat] = True
    timed = np.flatnonzero(known[apart:])
    ms[apart + timed] = timing.percentiles(timed)
    best = _frontier_among(np.flatnonzero(known), usd, quality, ms[:, 1])
    rest = np.flatnonzero(~known[apart:])
    limits = _least_wait(best, apart + rest, usd, quality, ms[:, 1])
    fast = rest[timing.faster(rest, limits)]
    ms[apart + fast] = timing.percentiles(fast)
    among = np.concatenate([best, apart + fast])
    known[_frontier_among(np.sort(among), usd, quality, ms[:, 1])] = True
    kept = np.flatnonzero(known[apart:])
    return Kept(pairs=kept, ms=ms[apart + kept])


def _frontier_among(among: Ints, usd: Floats, quality: Floats, ms: Floats) -> Ints:
    return among[frontier(usd[among], quality[among], ms[among])]


def frontier(usd: Floats, quality: Floats, ms: Floats) -> Ints:
    """Return what nothing else equals in cost, quality and speed, cheapest first.

    Of equals the first stays. An unknown wait counts as endless, and what has no
    quality is left out.
    """
    slow = np.where(np.isnan(ms), np.inf, ms)
    order = np.lexsort((slow, -quality, usd))
    order = order[~np.isnan(quality[order])]
    kept = []
    while len(order):
        best = order[0]
        kept.append(best)
        order = order[(quality[order] > quality[best]) | (slow[order] < slow[best])]
    return np.array(kept, dtype=np.int64)


def _flat_frontier(usd: Floats, quality: Floats) -> Ints:
    """Return the frontier of cost and quality alone."""
    good = np.where(np.isnan(quality), -np.inf, quality)
    order = np.lexsort((-good, usd))
    best_before = np.maximum.accumulate(np.append(-np.inf, good[order]))[:-1]
    kept: Ints = order[good[order] > best_before]
    return kept


def _least_wait(
    best: Ints, rest: Ints, usd: Floats, quality: Floats, ms: Floats
) -> Floats:
    """Return the shortest wait among the best that are as cheap and good as each.

    Infinite where none is, or none has a known wait.
    """
    least = np.full(len(rest), np.inf)
    rest_usd, rest_quality = usd[rest], quality[rest]
    for each in best[~np.isnan(ms[best])]:
        beaten = (rest_usd >= usd[each]) & (rest_quality <= quality[each])
        np.minimum(least, ms[each], out=least, where=beaten)
    return least
