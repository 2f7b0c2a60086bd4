"""What it is worth to find out more about an option.

The expected value of sample information (Raiffa and Schlaifer, 1961) in the form that
ranking and selection gave it (the knowledge gradient: Frazier, Powell and Dayanik,
2008): what is at stake, times the probability that answers still to be bought turn an
option's verdict.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from advisor.decision.arrays import Bools, Floats
from advisor.decision.evidence.contest import Contest
from advisor.decision.evidence.floor import RELATIVE
from advisor.decision.normal import normal_cdf

# A reference that an option reaches this much more surely than asked, in standard
# deviations, need not be asked along.
GUARD = 0.5

# What a wrongly proven pick costs, in multiples of its own cost, at least.
MISTAKE = 1.0

# Costs below this share of the dearest count as that share, lest a ratio be infinite.
LEAST_COST_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """By option: what more answers may change.

    `turns` is the probability that the verdict (proven or not) turns if all calls that
    are left go to the option and the references it is held against; `saving` what is
    at stake, in the unit of the costs; `gain` both multiplied, in multiples of the
    option's cost, for choosing whom to ask.
    """

    turns: Floats
    saving: Floats
    gain: Floats

    @property
    def worth(self) -> Floats:
        """Expected saving by option, in the unit of the costs."""
        return self.saving * self.turns


def parties(contest: Contest) -> Bools:
    """Return whom each option's verdict hangs on, (options, options): itself, and the
    references that it is not yet sure to reach, the tightest in any case.
    """
    options = len(contest.costs)
    involved = np.eye(options, dtype=bool)
    if contest.kind == RELATIVE:
        z = contest.margins.z
        doubtful = NormalDist().inv_cdf(contest.confidence) + GUARD
        open_ones = z <= np.maximum(doubtful, z.min(axis=1, keepdims=True))
        involved[:, contest.references] |= open_ones & np.isfinite(z)
    return involved


def prospect(contest: Contest) -> Prospect:
    """Return what more answers about each option may change."""
    turns = turning(contest)
    saving = _saving(contest)
    costs = np.maximum(contest.costs, LEAST_COST_SHARE * contest.costs.max())
    stake = saving / costs if costs.all() else saving
    pick = contest.pick
    if pick is not None:
        stake[pick] = max(stake[pick], MISTAKE)
        dearer = contest.costs >= contest.costs[pick]
        dearer[pick] = False
        stake[dearer] *= turns[pick]
    return Prospect(turns=turns, saving=saving, gain=stake * turns)


def turning(contest: Contest) -> Floats:
    """Return the probability that each option's verdict turns by the end of the budget.

    A normal lead with deviation s, known from n items, is known from N at the end with
    s * sqrt(n / N); until then its mean moves with the deviation of the difference.
    """
    lead, sd = contest.standing.lead, contest.standing.lead_sd + 1e-9
    now, then = _items_now_and_then(contest)
    final = sd * np.sqrt(now / then)
    moves = np.sqrt(np.maximum(sd**2 - final**2, 1e-18))
    z = NormalDist().inv_cdf(contest.confidence)
    proven = normal_cdf((lead - z * final) / moves)
    turns: Floats = np.where(contest.proven, 1 - proven, proven)
    turns[then <= now] = 0.0
    return turns


def _items_now_and_then(contest: Contest) -> tuple[Floats, Floats]:
    """Return items known of each option and its rivals, now and with all calls left.

    The shortest of the parties limits what is known of a difference.
    """
    involved = parties(contest)
    positions = contest.positions.astype(float)
    asked = involved @ positions + contest.asks_left
    now = np.where(involved, positions, np.inf).min(axis=1)
    then = np.minimum(asked / involved.sum(axis=1), contest.items)
    return np.maximum(now, 1.0), np.maximum(now, then)


def _saving(contest: Contest) -> Floats:
    """Return what hangs on each verdict: the cost up to the cheapest other resort.

    The resort is the cheapest other proven option that costs no less, else the dearest
    option of all, which is what one pays who knows nothing.
    """
    costs = contest.costs
    dearest = costs.max() * (1 + LEAST_COST_SHARE)
    saving = np.empty(len(costs))
    for option, cost in enumerate(costs):
        others = contest.proven & (costs >= cost)
        others[option] = False
        saving[option] = costs[others].min(initial=dearest) - cost
    return saving


def proof_calls(contest: Contest, option: int) -> int | None:
    """Return how many calls would prove an option if its lead stays as it is.

    None if it does not lead, or if there are too few items.
    """
    lead = float(contest.standing.lead[option])
    z = NormalDist().inv_cdf(contest.confidence)
    if lead <= 0:
        return None
    now = float(_items_now_and_then(contest)[0][option])
    needed = now * max(1.0, (z * float(contest.standing.lead_sd[option]) / lead) ** 2)
    if needed > contest.items:
        return None
    short = np.ceil(needed) - contest.positions[parties(contest)[option]]
    return int(np.maximum(short, 0).sum()) * contest.samples
