"""Which runs are held against which, and what is found there."""

from dataclasses import dataclass

# Numbers of newest runs that are held against the runs before them. Fewer than three
# are no change yet; a step of one deviation needs some twenty.
WINDOWS = (3, 4, 5, 6, 8, 10, 13, 16, 20, 25)
# Earlier runs that are looked back on: enough to know a level to a tenth of its noise.
LONGEST_BASELINE = 150
# A new series shows its level first; after a change its noise is known already.
LEAST_BASELINE = 6
LEAST_BASELINE_AFTER_CHANGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A level's lasting step; `score` over `threshold` says how sure it is."""

    rising: bool
    before: float
    after: float
    score: float
    threshold: float
    rests_on_before: tuple[int, ...]
    rests_on_after: tuple[int, ...]
