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

# A reference that is the best with less than this probability need not be asked along.
HOPELESS = 0.03

# A proven pick that is wrong with at most this probability is not checked further.
SURE = 0.9

# What a wrongly proven pick costs, in multiples of its own cost, at least.
MISTAKE = 0.3

# Costs below this share of the dearest count as that share, lest a ratio be infinite.
LEAST_COST_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """By option: what more answers may change.

    `turns` is the probability that the verdict (proven or not) turns if all calls that
    are left go to the option and the references it is held against. `worth` is what
    they may save, in the unit of the costs; `gain` the same in multiples of the
    option's cost, for choosing whom to ask.
    """

    turns: Floats
    worth: Floats
    gain: Floats


def rivals(contest: Contest) -> Bools:
    """Return the references that may be the best: what a relative floor hangs on."""
    if contest.kind != RELATIVE:
        return np.zeros(len(contest.costs), bool)
    likely: Bools = contest.standing.best > HOPELESS
    return likely


def prospect(contest: Contest) -> Prospect:
    """Return what more answers about each option may change."""
    turns = turning(contest)
    saving = _saving(contest)
    least = LEAST_COST_SHARE * contest.costs.max()
    stake = saving / np.maximum(contest.costs, least) if least else saving.copy()
    if contest.pick is not None:
        stake[contest.pick] = max(stake[contest.pick], MISTAKE)
    chance = turns * _matters(contest, turns)
    return Prospect(turns=turns, worth=saving * chance, gain=stake * chance)


def _matters(contest: Contest, turns: Floats) -> Floats:
    """Return how likely each verdict is to change the pick if it turns.

    Options that cost no less than the pick come in only if it falls; what is sure
    enough is not checked.
    """
    matters = np.ones(len(contest.costs))
    pick = contest.pick
    if pick is not None:
        falls = 0.0 if contest.standing.met[pick] >= SURE else float(turns[pick])
        matters[contest.costs >= contest.costs[pick]] = falls
        matters[pick] = float(falls > 0)
    return matters


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
    rival = rivals(contest)
    positions = contest.positions.astype(float)
    least = np.minimum(positions, positions[rival].min(initial=np.inf))
    asked = positions[rival].sum() + np.where(rival, 0.0, positions)
    parties = rival.sum() + ~rival
    now = np.maximum(least, 1.0)
    then = np.minimum((asked + contest.asks_left) / parties, contest.items)
    return now, np.maximum(now, then)


def _saving(contest: Contest) -> Floats:
    """Return what hangs on each verdict: the cost up to the cheapest other resort.

    The resort is the cheapest other proven option that costs no less, else the dearest
    option of all, which is what one pays who knows nothing.
    """
    costs = contest.costs
    dearest = costs.max() * (1 + LEAST_COST_SHARE)
    resorts = np.append(np.sort(costs[contest.proven]), dearest)
    # A proven option finds itself first.
    place = np.searchsorted(resorts[:-1], costs) + contest.proven
    saving: Floats = resorts[place] - costs
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
    parties = rivals(contest)
    parties[option] = True
    short = np.ceil(needed) - contest.positions[parties]
    return int(np.maximum(short, 0).sum()) * contest.samples
