"""Weighs what several sources say of one figure, each by how sure it is."""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple

from advisor.decision.assumptions import SIBLING_LN_SD
from advisor.decision.measured import Weights


class Level(NamedTuple):
    """The logarithm of a figure and its deviation."""

    ln: float
    ln_sd: float


UNSURE = Level(ln=0.0, ln_sd=inf)


def shrunk(own: Level, siblings: Sequence[Level], size: Level) -> tuple[Level, Weights]:
    """Return the level that own requests, siblings and the fit by size agree on.

    Precisions add up (normal-normal): a sibling's level is as sure as its own
    measurement and the distance between siblings allow, the mean of all of them no
    surer than that distance.
    """
    parts = (own, _among(siblings), size)
    precisions = [1 / part.ln_sd**2 for part in parts]
    whole = sum(precisions)
    weights = Weights(*(precision / whole for precision in precisions))
    ln = sum(weight * part.ln for weight, part in zip(weights, parts, strict=True))
    return Level(ln, sqrt(1 / whole)), weights


def _among(siblings: Sequence[Level]) -> Level:
    """Return what the siblings together say of one that is none of them."""
    precisions = [1 / (each.ln_sd**2 + SIBLING_LN_SD**2) for each in siblings]
    total = sum(precisions)
    if not total:
        return UNSURE
    weighted = zip(precisions, siblings, strict=True)
    mean = sum(precision * each.ln for precision, each in weighted) / total
    return Level(mean, sqrt(1 / total + SIBLING_LN_SD**2))
