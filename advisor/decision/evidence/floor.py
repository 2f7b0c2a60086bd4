"""How likely each option meets a floor of quality."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.estimates import Posterior
from advisor.decision.normal import student_cdf

ABSOLUTE, RELATIVE = "absolute", "relative"

# Draws of the references' qualities, of which the best is sought.
DRAWS = 600


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where options stand against a floor.

    By option: `met`, the probability that its true quality is at or above the floor;
    `best`, that no reference's is higher (0 for what is no reference). `threshold` and
    `threshold_sd` tell the floor as a quality, 0 to 1. `lead` and `lead_sd`, by option,
    are its distance above the floor where it is least sure.
    """

    met: Floats
    best: Floats
    threshold: float
    threshold_sd: float
    lead: Floats
    lead_sd: Floats


@dataclass(frozen=True, kw_only=True)
class Margins:
    """How far options lie above what they are held against, and how sure that is.

    Both (options, hurdles): the one hurdle of an absolute floor, or every reference.
    """

    leads: Floats
    sds: Floats

    @property
    def z(self) -> Floats:
        """Leads in standard deviations; infinite against oneself."""
        ratios: Floats = self.leads / self.sds
        return ratios


def margins(
    posterior: Posterior, *, kind: str, value: float, references: Bools
) -> Margins:
    """Return every option's lead over an absolute floor, or a share of each reference.

    Raises ValueError for a relative floor without references, and for an unknown kind.
    """
    if kind == ABSOLUTE:
        return Margins(
            leads=(posterior.mean - value)[:, None], sds=posterior.sd[:, None]
        )
    if kind == RELATIVE and references.any():
        return _over_shares(posterior, value, np.flatnonzero(references))
    raise ValueError(f"no {kind} floor over {references.sum()} references")


def _over_shares(posterior: Posterior, share: float, references: Ints) -> Margins:
    common = posterior.deviations @ posterior.deviations[references].T
    variance = posterior.sd**2
    spread = variance[:, None] + share**2 * variance[references] - 2 * share * common
    leads = posterior.mean[:, None] - share * posterior.mean[references]
    # Nobody falls short of a share of oneself.
    leads[references, np.arange(len(references))] = np.inf
    return Margins(leads=leads, sds=np.sqrt(np.maximum(spread, 1e-12)))


def standing(
    posterior: Posterior,
    *,
    kind: str,
    value: float,
    references: Bools,
    seed: int,
) -> Standing:
    """Return where each option stands.

    `kind` is ABSOLUTE, `value` then a quality, or RELATIVE, `value` then the share of
    the best reference's quality, which is itself uncertain. `references` are by option:
    those among which the best is sought. Raises ValueError for a relative floor without
    any, and for an unknown kind.

    Whichever reference is truly the best, an option that falls short of a relative
    floor falls short of a share of *that* one. Held against each of them in turn, it
    passes by mistake no more often than the confidence allows, however many there are
    (intersection-union test: Berger, 1982). The best needs no estimate of its own, and
    the luck of the highest mean need not be taken off it.
    """
    against = margins(posterior, kind=kind, value=value, references=references)
    tightest = against.z.argmin(axis=1)[:, None]
    lead = np.take_along_axis(against.leads, tightest, axis=1)[:, 0]
    lead_sd = np.take_along_axis(against.sds, tightest, axis=1)[:, 0]
    best, highest = _best(posterior, np.flatnonzero(references), seed)
    relative = kind == RELATIVE
    pieces = posterior.pieces
    if relative:
        pieces = np.minimum(pieces, pieces[references][tightest[:, 0]])
    return Standing(
        met=student_cdf(lead / lead_sd, np.maximum(pieces, 1.0)),
        best=best,
        threshold=value * float(best @ posterior.mean) if relative else value,
        threshold_sd=value * float(highest.std()) if relative else 0.0,
        lead=lead,
        lead_sd=lead_sd,
    )


def _best(posterior: Posterior, references: Ints, seed: int) -> tuple[Floats, Floats]:
    """Return how often each reference is the best, ties shared, and the best draws."""
    shares = np.zeros(len(posterior.mean))
    if not len(references):
        return shares, np.zeros(1)
    among = posterior.of(references).draws(DRAWS, seed)
    highest: Floats = among.max(axis=1)
    won = among == highest[:, None]
    shares[references] = (won / won.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares, highest
