"""Quality as measured on the buyer's own items, by slot, and its floor."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.assumptions import OTHER_SELLER_SD, QUALITY_Z
from advisor.decision.normal import expit, logit, normal_cdf
from advisor.decision.quality import Quality
from advisor.decision.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One option on the buyer's items: shares of right answers, and how sure they are.

    `met` is the probability that it meets the floor, `lead` how far it is above it;
    both are NaN where no floor could be held.
    """

    mean: float
    sd: float
    met: float
    lead: float
    lead_sd: float
    items: int


def widened(measured: Judged) -> Judged:
    """Return what a measurement says of the same model at another seller.

    Sellers quantize and wrap models differently, and nobody measured this one: the
    estimate stays, its deviation grows by OTHER_SELLER_SD.
    """
    spread = float(np.hypot(measured.lead_sd, OTHER_SELLER_SD))
    met = float(normal_cdf(np.array([measured.lead / spread]))[0])
    return Judged(
        mean=measured.mean,
        sd=float(np.hypot(measured.sd, OTHER_SELLER_SD)),
        # A doubt is no reason to believe more.
        met=min(met, measured.met) if measured.lead >= 0 else met,
        lead=measured.lead,
        lead_sd=spread,
        items=measured.items,
    )


@dataclass(frozen=True, kw_only=True)
class OwnQuality:
    """By slot, on the buyer's own items; NaN and 0 where nothing was asked.

    `threshold` is the floor as a share of right answers, NaN where none is held;
    `reference` the model that is most likely the best, NONE for an absolute floor.
    """

    estimate: Floats
    low: Floats
    high: Floats
    met: Floats
    lead: Floats
    items: Ints
    threshold: float
    threshold_sd: float
    reference: int

    @property
    def known(self) -> Bools:
        """The slots of which something was measured."""
        known: Bools = self.items > 0
        return known

    def log_odds(self, moved: "Moved") -> Floats:
        """Return one scale of quality; what was published fills the gaps."""
        return np.where(self.known, logit(self.estimate), moved.log_odds)


def own_quality(
    judged: Mapping[int, Judged],
    *,
    slots: int,
    threshold: float,
    threshold_sd: float,
    reference: int,
) -> OwnQuality:
    """Return what is known by slot; intervals are two-sided, and within 0 and 1."""
    figures = np.full((5, slots), np.nan)
    items = np.zeros(slots, dtype=np.int64)
    for slot, each in judged.items():
        reach = QUALITY_Z * each.sd
        figures[:, slot] = (
            each.mean,
            max(each.mean - reach, 0.0),
            min(each.mean + reach, 1.0),
            each.met,
            each.lead,
        )
        items[slot] = each.items
    estimate, low, high, met, lead = figures
    return OwnQuality(
        estimate=estimate,
        low=low,
        high=high,
        met=met,
        lead=lead,
        items=items,
        threshold=threshold,
        threshold_sd=threshold_sd,
        reference=reference,
    )


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Published quality moved to the scale of the buyer's items, by slot.

    The prior of what was not asked: the deviation joins the published one with how
    far the two scales may lie apart.
    """

    log_odds: Floats
    ln_sd: Floats

    def probability_met(self, threshold: float, threshold_sd: float) -> Floats:
        """Return the probability that a share of right answers is reached."""
        inside = min(max(threshold, 0.001), 0.999)
        floor = float(logit(np.array([inside]))[0])
        floor_sd = threshold_sd / (inside * (1 - inside))
        return normal_cdf((self.log_odds - floor) / np.hypot(self.ln_sd, floor_sd))

    def estimate(self) -> Floats:
        """Return the expected share of right answers."""
        return expit(self.log_odds)


# Without a model that has both, this far may the scales lie apart (log-odds).
UNKNOWN_SHIFT_SD = 1.0


def moved_to(means: Mapping[int, float], quality: Quality, view: View) -> Moved:
    """Move published quality to the buyer's items, by the models that have both.

    `means` are what models achieved there by a single call. However many sell a model,
    it counts once.
    """
    model = view.history.slot_model
    published, ln_sd = quality.log_odds[model], quality.ln_sd[model]
    both = [each for each in means if not np.isnan(quality.log_odds[each])]
    achieved = logit(np.array([means[each] for each in both], dtype=np.float64))
    gaps = achieved - quality.log_odds[both]
    # The prior counts as one more model without a gap.
    shift = float(gaps.sum() / (len(gaps) + 1))
    shift_sd = UNKNOWN_SHIFT_SD / float(np.sqrt(len(gaps) + 1))
    return Moved(log_odds=published + shift, ln_sd=np.hypot(ln_sd, shift_sd))
