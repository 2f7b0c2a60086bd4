"""What a simulated model knows: which answer it gives to a question, how often."""

import re
from enum import StrEnum
from hashlib import blake2b

import msgspec

_TOKEN = re.compile(r"\s*\S+|\s+$")


class Turn(StrEnum):
    """How an answer turns out."""

    RIGHT = "right"
    REFUSED = "refused"
    TRUNCATED = "truncated"  # by its length, after the first half
    UNPARSABLE = "unparsable"
    WRONG = "wrong"


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers to every question that has `when` in it.

    Of many questions, or of many samples with different seeds, the shares turn out so;
    the rest is wrong. The same question with the same seed is always answered alike.
    `of_question` is the share of questions whose samples all turn out alike, whatever
    their seeds: what votes cannot help.
    """

    when: str
    right: str
    wrong: tuple[str, ...] = ("something else",)
    right_share: float = 1.0
    refused_share: float = 0.0
    truncated_share: float = 0.0
    unparsable_share: float = 0.0
    unparsable: str = "Let me think about it"
    of_question: float = 0.0

    def turn(self, prompt: str, seed: object) -> Turn:
        """Return how the answer to a prompt turns out for a seed."""
        alike = _drawn("alike", prompt) < self.of_question
        place = _drawn("turn", prompt, None if alike else seed)
        for turn, share in (
            (Turn.RIGHT, self.right_share),
            (Turn.REFUSED, self.refused_share),
            (Turn.TRUNCATED, self.truncated_share),
            (Turn.UNPARSABLE, self.unparsable_share),
        ):
            place -= share
            if place < 0:
                return turn
        return Turn.WRONG

    def text(self, turn: Turn, prompt: str, seed: object) -> str:
        """Return what is said when it turns out so."""
        if turn is Turn.WRONG:
            return self.wrong[int(_drawn("which", prompt, seed) * len(self.wrong))]
        if turn is Turn.REFUSED:
            return "I cannot help with that."
        return self.unparsable if turn is Turn.UNPARSABLE else self.right


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in words: its tokens, and why it ended."""

    tokens: tuple[str, ...]
    finish: str = "stop"
    refusal: bool = False


def said(
    known: tuple[Known, ...], prompt: str, seed: object, most_tokens: int
) -> Said | None:
    """Return the answer of the first that knows the prompt; None where none does."""
    found = next((each for each in known if each.when in prompt), None)
    if found is None:
        return None
    turn = found.turn(prompt, seed)
    tokens = tuple(_TOKEN.findall(found.text(turn, prompt, seed)))
    if turn is Turn.TRUNCATED:
        return Said(tokens=tokens[: len(tokens) // 2], finish="length")
    if len(tokens) > most_tokens:
        return Said(tokens=tokens[:most_tokens], finish="length")
    return Said(tokens=tokens, refusal=turn is Turn.REFUSED)


def _drawn(*words: object) -> float:
    """Return a number from 0 to below 1, always the same for the same words."""
    digest = blake2b("/".join(map(str, words)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56
