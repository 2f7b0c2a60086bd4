"""Do the rows of several models speak of the same items? Told from their errors.

Models find the same items hard: the scores of two that are any good, on the same items,
correlate (0.13 to 0.70 within a task in a public set of nine open models). Rows that
were shuffled, or numbered in another order, make that correlation zero, and then votes,
cascades and paired comparisons rest on nothing. A correlation that is clearly negative
is odd, but no such fault: shuffled rows give zero.

Limits are by Fisher's z, one-sided 95 % each: tanh(atanh(r) +- 1.645 / sqrt(n - 3)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import atanh, sqrt, tanh
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A model that is nearly always right, or no better than a guess among four, shares few
# errors with any other.
ACCURACY = (0.3, 0.8)
LEAST_ITEMS = 50
# A correlation whose upper limit is below this counts as none.
SMALL = 0.15
_Z = 1.644854  # the 0.95 quantile of the normal distribution
# Chance links any two of unrelated models this seldom, all pairs together.
_FALSE_LINKS = 0.01
_CERTAIN = 1 - 1e-9
# What rounding leaves of scores that are all the same.
_NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """How the scores of `models` go with those of `others` on their common items."""

    models: tuple[str, ...]
    others: tuple[str, ...]
    items: int
    correlation: float
    low: float
    high: float

    @property
    def is_none(self) -> bool:
        """Whether it is zero as far as can be told, and surely below `SMALL`."""
        return self.high < SMALL and not self.is_beyond(_level(1))

    def is_beyond(self, level: float) -> bool:
        """Whether it is so many standard errors or more from zero."""
        return abs(_fisher(self.correlation)) * sqrt(self.items - 3) > level


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What the errors tell; models outside `ACCURACY` tell nothing and are left out.

    `pairs` are all that could be tested, `strays` the models, alone or as a group,
    that have nothing in common with the rest.
    """

    pairs: tuple[Correlation, ...]
    strays: tuple[Correlation, ...]

    @property
    def is_broken(self) -> bool:
        """Whether three models or more have nothing in common, one with another."""
        if len(self.pairs) < 3:
            return False
        level = _level(len(self.pairs))
        mean = sum(pair.correlation for pair in self.pairs) / len(self.pairs)
        # Of unrelated models, the correlations of pairs are unrelated themselves.
        items = sum(pair.items - 3 for pair in self.pairs)
        return not any(pair.is_beyond(level) for pair in self.pairs) and (
            mean + _Z / sqrt(items) < SMALL
        )


def check(models: Sequence[str], scores: Floats) -> Alignment:
    """Return the alignment of models by their scores, (models, items), NaN not asked.

    With several samples of an item, its score is their mean.
    """
    means = np.array([_mean(row) for row in scores])
    tested = np.flatnonzero((means >= ACCURACY[0]) & (means <= ACCURACY[1])).tolist()
    centred = scores - means[:, None]
    found: dict[tuple[int, int], Correlation] = {}
    for one, other in combinations(tested, 2):
        pair = _correlation(models, centred, (one,), (other,))
        if pair is not None:
            found[one, other] = pair
    level = _level(max(len(found), 1))
    linked = [pair for pair, each in found.items() if each.is_beyond(level)]
    return Alignment(
        pairs=tuple(found.values()),
        strays=tuple(_strays(models, centred, _groups(found, linked))),
    )


def _groups(
    pairs: dict[tuple[int, int], Correlation], linked: Sequence[tuple[int, int]]
) -> list[tuple[int, ...]]:
    """Return the models in groups that hang together, the largest first."""
    group = {model: {model} for pair in pairs for model in pair}
    for one, other in linked:
        joined = group[one] | group[other]
        for model in joined:
            group[model] = joined
    distinct = {tuple(sorted(each)) for each in group.values()}
    return sorted(distinct, key=lambda each: (-len(each), each))


def _strays(
    models: Sequence[str], centred: Floats, groups: Sequence[tuple[int, ...]]
) -> list[Correlation]:
    """Return the groups, but the largest, whose mean goes with nobody else's."""
    everybody = [model for group in groups for model in group]
    found = []
    for group in groups[1:]:
        rest = tuple(model for model in everybody if model not in group)
        each = _correlation(models, centred, group, rest)
        if each is not None and each.is_none:
            found.append(each)
    return found


def _correlation(
    models: Sequence[str],
    centred: Floats,
    some: tuple[int, ...],
    others: tuple[int, ...],
) -> Correlation | None:
    """Correlate the means of two groups; None with too few items, or no spread."""
    ours, theirs = _means(centred, some), _means(centred, others)
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    items = int(both.sum())
    if items < LEAST_ITEMS:
        return None
    x, y = ours[both] - ours[both].mean(), theirs[both] - theirs[both].mean()
    spreads = float(x @ x), float(y @ y)
    if min(spreads) < _NO_SPREAD:
        return None
    r = float(x @ y) / sqrt(spreads[0] * spreads[1])
    half = _Z / sqrt(items - 3)
    return Correlation(
        models=tuple(models[each] for each in some),
        others=tuple(models[each] for each in others),
        items=items,
        correlation=r,
        low=tanh(_fisher(r) - half),
        high=tanh(_fisher(r) + half),
    )


def _means(centred: Floats, group: tuple[int, ...]) -> Floats:
    """Return the mean of a group's scores by item; NaN where none was asked."""
    rows = centred[list(group)]
    asked = (~np.isnan(rows)).sum(axis=0)
    means: Floats = np.nansum(rows, axis=0) / np.where(asked > 0, asked, np.nan)
    return means


def _mean(row: Floats) -> float:
    known = row[~np.isnan(row)]
    return float(known.mean()) if len(known) else float("nan")


def _level(pairs: int) -> float:
    """Return how many standard errors from zero chance takes none of so many pairs."""
    return NormalDist().inv_cdf(1 - _FALSE_LINKS / pairs / 2)


def _fisher(r: float) -> float:
    return atanh(max(-_CERTAIN, min(r, _CERTAIN)))
