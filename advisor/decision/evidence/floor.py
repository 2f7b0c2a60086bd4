"""How likely each option meets a floor of quality."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.evidence.estimates import Posterior

ABSOLUTE, RELATIVE = "absolute", "relative"

DRAWS = 600

# The best of several is overestimated twice: the highest mean owes its place partly to
# luck, and the mean of the highest draw adds as much again. One and a half of the
# two is taken off: all of it would trust a floor that the candidates themselves set.
WINNERS_CURSE = 1.5


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where options stand against a floor.

    By option: `met`, the probability that its true quality is at or above the floor;
    `best`, that no reference's is higher (0 for what is no reference). `threshold` and
    `threshold_sd` tell the floor as a quality, 0 to 1. `lead` and `lead_sd`, by option,
    are its distance above the floor.
    """

    met: Floats
    best: Floats
    threshold: float
    threshold_sd: float
    lead: Floats
    lead_sd: Floats


def standing(
    posterior: Posterior,
    *,
    kind: str,
    value: float,
    references: Bools,
    seed: int,
    draws: int = DRAWS,
) -> Standing:
    """Return where each option stands.

    `kind` is ABSOLUTE, `value` then a quality, or RELATIVE, `value` then the share of
    the best reference's quality, which is itself uncertain. `references` are by option:
    those among which the best is sought. Raises ValueError for a relative floor without
    any, and for an unknown kind.
    """
    qualities = posterior.draws(draws, seed)
    best, highest = _best(qualities, references)
    if kind == ABSOLUTE:
        floor = np.full(draws, value)
    elif kind == RELATIVE and highest is not None:
        means = qualities.mean(axis=0)[references]
        excess = WINNERS_CURSE * (highest.mean() - means.max())
        floor = value * (highest - excess)
    else:
        raise ValueError(f"no {kind} floor over {references.sum()} references")
    leads = qualities - floor[:, None]
    return Standing(
        met=(leads >= 0).mean(axis=0),
        best=best,
        threshold=float(floor.mean()),
        threshold_sd=float(floor.std()),
        lead=leads.mean(axis=0),
        lead_sd=leads.std(axis=0),
    )


def _best(qualities: Floats, references: Bools) -> tuple[Floats, Floats | None]:
    """Return how often each reference is the best, ties shared, and the best draw."""
    shares = np.zeros(len(references))
    if not references.any():
        return shares, None
    among = qualities[:, references]
    highest: Floats = among.max(axis=1)
    won = among == highest[:, None]
    shares[references] = (won / won.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares, highest
