"""The ready suite: kinds of enterprise tasks whose items are drawn from a seed.

Pure, all text our own. Another seed gives other items of the same kinds and
difficulties, so the suite can be renewed when its items may have become known; the
same seed gives the same items to the letter. It is what the basis `benchmarked` of a
quality figure rests on.
"""

from benchmarks.suite.items import Item, RunDry, items
from benchmarks.suite.kinds import KINDS
from benchmarks.suite.question import Difficulty, Kind

# Divisible by the three difficulties, which take turns.
ITEMS = 120
SEED = 2026

__all__ = ["ITEMS", "KINDS", "SEED", "Difficulty", "Item", "Kind", "RunDry", "items"]
