"""What a stream has said so far, and the figures that follow from it."""

import math
from collections.abc import Sequence
from itertools import pairwise

from benchmarks.harness.samples import UNKNOWN, Sample

PER_PERCENT = 100
# Usage beyond so many times the tokens asked for, and so many on top, is not believed.
MOST_TIMES = 10
FREE_TOKENS = 10_000


class Answer:
    """An answer as it grows; moments are seconds of the monotonic clock.

    Token counts are the endpoint's own (its usage), reasoning included in the output
    and cached tokens in the input. They are never guessed from the number of chunks.
    """

    __slots__ = (
        "_pieces",
        "_room",
        "answer_at",
        "cached_tokens",
        "counts",
        "finish_reason",
        "finished",
        "input_tokens",
        "model",
        "output_tokens",
        "reasoning_seen",
        "reasoning_tokens",
        "refusal",
        "tier",
        "times",
    )

    def __init__(self, most_characters: int = 0) -> None:
        """Keep so many characters of the text at most; measuring needs none."""
        self._room = most_characters
        self._pieces: list[str] = []
        self.times: list[float] = []  # of chunks that held tokens
        self.counts: list[int] = []  # output tokens up to each of them; -1: not told
        self.answer_at = UNKNOWN  # of the first chunk after reasoning
        self.reasoning_seen = False
        self.finished = False  # the protocol's own end was seen
        self.finish_reason = ""
        self.refusal = ""  # why the provider or the model declined
        self.model = ""
        self.tier = ""
        self.input_tokens = UNKNOWN
        self.cached_tokens = UNKNOWN
        self.output_tokens = UNKNOWN
        self.reasoning_tokens = UNKNOWN

    def add_reasoning(self, at: float, count: int) -> None:
        """Note a chunk of reasoning; `count` is the output up to it, -1 if not told."""
        self.reasoning_seen = True
        self.times.append(at)
        self.counts.append(count)

    def add_text(self, at: float, count: int, text: str = "") -> None:
        """Note a chunk of the answer itself: text, a refusal or a tool call."""
        if self._room:
            self._keep(text)
        if self.answer_at != self.answer_at:  # NaN: the cheapest way to ask, and hot
            self.answer_at = at
        self.times.append(at)
        self.counts.append(count)

    @property
    def text(self) -> str:
        """Return the answer's text, as far as it was to be kept."""
        return "".join(self._pieces)

    @property
    def cut_short(self) -> bool:
        """Whether there may have been more text than was to be kept."""
        return not self._room

    def _keep(self, text: str) -> None:
        self._pieces.append(text[: self._room])
        self._room -= len(self._pieces[-1])

    def impossible(self, *, asked_input: float, asked_output: float) -> str:
        """Return why the counts cannot be true, or "" when they can.

        No endpoint goes past the `max_tokens` that it was given, but its tokenizer and
        the tokens of its own template differ from ours, hence the wide bounds.
        """
        if self.cached_tokens > self.input_tokens:
            return "more input tokens were cached than there were"
        if self.reasoning_tokens > self.output_tokens:
            return "more output tokens were reasoning than there were"
        if self.output_tokens > MOST_TIMES * asked_output + FREE_TOKENS:
            return f"{self.output_tokens:.0f} output tokens are said to have come"
        if self.input_tokens > MOST_TIMES * asked_input + FREE_TOKENS:
            return f"{self.input_tokens:.0f} input tokens are said to have gone in"
        return ""

    def forget_counts(self) -> None:
        """Take every count as not told: what is impossible is no measurement."""
        self.input_tokens = self.cached_tokens = UNKNOWN
        self.output_tokens = self.reasoning_tokens = UNKNOWN
        self.counts = [-1] * len(self.counts)

    def describe(self, sample: Sample, *, begun: float) -> None:
        """Write the answer's words, counts and times from `begun` into a sample."""
        sample.finish_reason = self.finish_reason
        sample.served_model = self.model
        sample.served_tier = self.tier
        sample.input_tokens = self.input_tokens
        sample.cached_tokens = self.cached_tokens
        sample.output_tokens = self.output_tokens
        sample.reasoning_tokens = self.reasoning_tokens
        if self.times:
            sample.ttft_ms = (self.times[0] - begun) * 1e3
            sample.answer_ttft_ms = (self.answer_at - begun) * 1e3
            sample.tpot_ms = tpot_ms(self.times, self.streamed_tokens)
            sample.itl_p95_ms = itl_p95_ms(
                self.times, self.counts, self.streamed_tokens
            )

    @property
    def streamed_tokens(self) -> float:
        """Return the tokens that the chunks held, NaN when the usage is not known.

        Reasoning that is billed but not shown passed before the first chunk.
        """
        if self.reasoning_seen or not self.reasoning_tokens > 0:
            return self.output_tokens
        return self.output_tokens - self.reasoning_tokens


def tpot_ms(times: Sequence[float], tokens: float) -> float:
    """Return the mean time per token after the first, in milliseconds.

    (last chunk - first chunk) / (tokens - 1), so that TTFT plus (tokens - 1) TPOT is
    the moment of the last token. NaN below two tokens, or when they are not known.
    """
    if not tokens > 1:
        return UNKNOWN
    return (times[-1] - times[0]) * 1e3 / (tokens - 1)


def itl_p95_ms(times: Sequence[float], counts: Sequence[int], tokens: float) -> float:
    """Return the 95th percentile (nearest rank) of the gaps between tokens, in ms.

    The gap before a chunk is shared among its tokens: those that running `counts`
    tell, else `tokens` divided by the number of chunks.
    """
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if not gaps or not tokens > 0:
        return UNKNOWN
    if not _are_running(counts):
        per_chunk = tokens / len(times)
        gaps.sort()
        return gaps[_rank(len(gaps)) - 1] * 1e3 / per_chunk
    shared = _shared(gaps, counts)
    rank = _rank(sum(held for _, held in shared))
    for gap, held in sorted(shared):
        rank -= held
        if rank <= 0:
            return gap * 1e3
    return UNKNOWN


def _rank(number: int) -> int:
    return math.ceil(number * 95 / PER_PERCENT)


def _are_running(counts: Sequence[int]) -> bool:
    """Return whether each chunk told the output so far, and it grew."""
    ordered = all(0 <= earlier <= later for earlier, later in pairwise(counts))
    return ordered and counts[0] < counts[-1]


def _shared(gaps: Sequence[float], counts: Sequence[int]) -> list[tuple[float, int]]:
    """Return the gap per token of each chunk after the first, and its tokens.

    A chunk without a whole token of its own passes its gap on to the next.
    """
    shared = []
    waited = 0.0
    for gap, earlier, later in zip(gaps, counts, counts[1:], strict=False):
        waited += gap
        if later > earlier:
            shared.append((waited / (later - earlier), later - earlier))
            waited = 0.0
    return shared
