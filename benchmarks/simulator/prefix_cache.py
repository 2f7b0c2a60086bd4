"""How much of a prompt came before: the simulator's stand-in for a prefix cache."""

from collections import OrderedDict

BLOCK_WORDS = 32
MOST_BLOCKS = 100_000


class PrefixCache:
    """Remembers prompts by the hashes of their leading blocks, newest kept longest."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[int, None] = OrderedDict()

    def cached(self, words: list[str]) -> int:
        """Return how many leading words were seen before, and remember them all."""
        seen = known = 0
        unbroken = True
        for end in range(BLOCK_WORDS, len(words) + 1, BLOCK_WORDS):
            seen = hash((seen, *words[end - BLOCK_WORDS : end]))
            unbroken = unbroken and seen in self._blocks
            if unbroken:
                known = end
            self._blocks[seen] = None
            self._blocks.move_to_end(seen)
        while len(self._blocks) > MOST_BLOCKS:
            self._blocks.popitem(last=False)
        return known
