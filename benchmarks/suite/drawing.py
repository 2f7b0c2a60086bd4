"""Chance that repeats itself: the same draws for the same words, on any Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Draws whole numbers and members of sequences, decided by the seed's words.

    Only `Random.random()` is used: of Python's generator it alone is promised to give
    the same numbers in later versions.
    """

    def __init__(self, *seed: object) -> None:
        # Items are to be drawn again from their seed; nothing is guarded by it.
        self._random = Random(":".join(str(part) for part in seed))  # noqa: S311

    def whole(self, low: int, high: int) -> int:
        """Return a whole number, `low` and `high` included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, of: Sequence[T]) -> T:
        """Return a member."""
        return of[self.whole(0, len(of) - 1)]

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """Return `count` members at different places, in the order drawn."""
        left = list(of)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(count)]

    def shuffled(self, of: Sequence[T]) -> list[T]:
        """Return all members in an order of chance."""
        return self.some(of, len(of))
