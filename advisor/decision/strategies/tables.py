"""Everything about strategies that depends on the outcomes alone, not on prices."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints
from advisor.decision.evidence.outcomes import Outcomes
from advisor.decision.strategies.kinds import Gap, Kind, Unproven
from advisor.decision.strategies.retries import retries
from advisor.decision.strategies.singles import singles
from advisor.decision.strategies.spent_tokens import both_directions
from advisor.decision.strategies.stages import Plan, StageFigures, joined
from advisor.decision.strategies.tallies import Tallies, tallies
from advisor.decision.strategies.verified import verified
from advisor.decision.strategies.votes import votes
from advisor.decision.strategies.waiting import Waits, waits

SAMPLES = (1, 3, 5, 7, 9)


@dataclass(frozen=True, kw_only=True)
class VoteTables:
    """Kept per evaluation: `figures` by plan, subject and item; weights by item.

    `input_known`, `output_known` tell whether a subject's tokens were measured; where
    not, each call counts one token. `gaps` are what the outcomes cannot tell.
    """

    plans: tuple[Plan, ...]
    figures: StageFigures
    waits: Waits
    weights: Floats
    clusters: Ints
    input_known: Bools
    output_known: Bools
    gaps: tuple[Unproven, ...]


def tables(outcomes: Outcomes, samples: tuple[int, ...] = SAMPLES) -> VoteTables:
    """Work out every stage of every subject, for so many samples.

    More samples than an item has give NaN there, and a gap where no item has enough.
    """
    tallied = tallies(outcomes)
    spent = both_directions(outcomes)
    wanted = tuple(sorted({count for count in samples if count > 1}))
    several = tuple(count for count in wanted if count <= tallied.kept.max(initial=0))
    plans = [Plan(kind=Kind.SINGLE, samples=1)]
    parts = [singles(outcomes, spent)]
    voting = _ballots((1, *several))
    plans += voting
    parts.append(votes(outcomes, tallied, voting, spent))
    if several:
        again = [Plan(kind=Kind.RETRY, samples=count) for count in several]
        best = [Plan(kind=Kind.VERIFIED, samples=count) for count in several]
        plans += again + best
        parts.append(retries(outcomes, tallied, again, spent))
        parts.append(verified(outcomes, best, spent))
    return VoteTables(
        plans=tuple(plans),
        figures=joined(parts),
        waits=waits(outcomes, tallied, tuple(plans)),
        weights=outcomes.weights,
        clusters=outcomes.clusters,
        input_known=spent[0].known,
        output_known=spent[1].known,
        gaps=_gaps(tallied, wanted),
    )


def _ballots(samples: tuple[int, ...]) -> list[Plan]:
    """Return the plurality votes, then every level of agreement of every count."""
    plain = [Plan(kind=Kind.VOTE, samples=count) for count in samples if count > 1]
    levels = [
        Plan(kind=Kind.CASCADE, samples=count, accept=level)
        for count in samples
        for level in range(1, count + 1)
    ]
    return plain + levels


def _gaps(tallied: Tallies, several: tuple[int, ...]) -> tuple[Unproven, ...]:
    """Return the votes and retries that no item of a subject can tell."""
    votable: Ints = np.where(tallied.votable, tallied.kept, 0)
    gaps = []
    for subject in range(len(votable)):
        most = int(tallied.kept[subject].max(initial=0))
        able = int(votable[subject].max(initial=0))
        for samples in several:
            if samples <= able:
                continue
            reason = Gap.ANSWERS_MISSING if samples <= most else Gap.TOO_FEW_SAMPLES
            gaps += [
                Unproven(
                    subject=subject,
                    kind=kind,
                    samples=samples,
                    reason=reason,
                    needed=samples,
                )
                for kind in (Kind.VOTE, Kind.RETRY)
            ]
    return tuple(gaps)
