"""What models answered on the same items: the raw evidence of quality."""

from dataclasses import dataclass

import numpy as np

from advisor.decision.arrays import Bools, Floats, Ints

# Stand for a class of answer: could not be parsed; was not asked, or not kept.
UNPARSABLE, NO_ANSWER = -1, -2


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Samples of each subject on each item; NaN is "not asked" or "not known".

    A subject is an offering on a tier, or a model whoever serves it; the names are
    only for messages. `scores` (0 to 1), `answers`, the tokens, `latency_ms` and
    `verifier` (how much a verifier likes the answer) are (subjects, items, samples).
    `answers` are classes: within an item equal numbers are equal parsed answers,
    UNPARSABLE and NO_ANSWER apart. `weights` and `clusters` are by item; items of one
    cluster hang together and count as one piece of evidence.
    """

    subjects: tuple[str, ...]
    scores: Floats
    answers: Ints
    weights: Floats
    clusters: Ints
    input_tokens: Floats
    output_tokens: Floats
    latency_ms: Floats
    verifier: Floats

    @property
    def asked(self) -> Bools:
        """Where there is a score."""
        return ~np.isnan(self.scores)

    @property
    def kept(self) -> Ints:
        """How many samples each subject has on each item: (subjects, items)."""
        counts: Ints = self.asked.sum(axis=2, dtype=np.int64)
        return counts

    def mean_scores(self) -> Floats:
        """Return the mean of an item's samples, (subjects, items); NaN without any."""
        kept = self.kept
        with np.errstate(invalid="ignore"):
            means: Floats = np.nansum(self.scores, axis=2) / np.where(
                kept > 0, kept, np.nan
            )
        return means
