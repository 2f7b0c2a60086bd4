"""Prompts of about so many tokens, unlike any before, that ask for a long answer."""

from hashlib import blake2b

import numpy as np

from benchmarks.harness.load import Lengths, Load, PromptCache

# Each of these common words, with the space before it, is one token: measured with the
# published vocabularies of OpenAI (cl100k, o200k), Claude and DeepSeek. Prose has about
# 0.75 words per token. What a model really counted comes back in its usage.
_LIST = """
able acid after again air all also arm army art away back bad bag ball band bank
base bath bear beat bed bell best bird bit black block blood blue board boat body
bone book born both box boy brain bread break bring brown build burn bus busy cake
call camp card care case cat cause chair chance change cheap check cheese child city
class clean clear clock close cloth cloud coal coat cold color cook copper copy cord
cork corn cost cotton cough count cover cow cry cup current curve cut damage dance
dark day dead dear death debt deep degree desire detail different direct dog door
doubt down drawing dress drink drive drop dry dust ear early earth east edge effect
egg engine enough equal error event ever every exchange eye face fact fall false
family far farm fat father fear feather feeling female field fight finger fire first
fish fixed flag flat flight floor flower fly fold food foot force form free frequent
friend from front fruit full future garden general girl give glass glove goat gold
good government grain grass great green grey group growth guide gun hair hammer hand
hard harmony hat hate head healthy heart heat help high history hole hollow hook
hope horn horse hospital hour house humor ice idea important impulse increase ink
insect interest iron island join journey judge jump keep key kick kind kiss
knee knife knot knowledge land language last late laugh law lead leaf learning left
"""
WORDS = np.array(_LIST.split(), dtype=object)
# Measured likewise: the name of a prompt, and the request after its words.
NAME_TOKENS = 10
REQUEST_TOKENS = 36
TOKENS_PER_WORD = 1.0
# A warm prompt ends in words of its own: this share of its words, one at least.
UNIQUE_SHARE = 0.1


class Prompts:
    """The prompts of one run, made from its seed: the same again for the same seed.

    A COLD prompt begins with a name that no other prompt has, so that a cache of
    prefixes finds nothing. A WARM one begins with words that are common to the run
    (a shorter prompt's are the beginning of a longer one's) and has its name and a
    tenth of its words at the end; the run's first one fills the cache, so let it be
    warm-up. A prompt shorter than about 46 tokens cannot be had: it is then that long.
    """

    def __init__(self, load: Load) -> None:
        self._seed = load.seed
        self._warm = load.prompt_cache is PromptCache.WARM
        longest = max(lengths.input_tokens for lengths in load.lengths)
        self._common = _words(np.random.default_rng(load.seed), longest)

    def text(self, number: int, lengths: Lengths) -> str:
        """Return the prompt of the run's request `number`."""
        name = self._name(number)
        request = _request(lengths.output_tokens)
        own = np.random.default_rng((self._seed, number))
        count = _word_count(lengths.input_tokens)
        if not self._warm:
            return " ".join([name, *_words(own, count), request])
        unique = max(round(count * UNIQUE_SHARE), 1)
        common = self._common[: max(count - unique, 0)]
        return " ".join([*common, name, *_words(own, unique), request])

    def _name(self, number: int) -> str:
        """Return 16 hexadecimal digits that differ from the first one on, as a rule."""
        words = f"{self._seed}/{number}".encode()
        return blake2b(words, digest_size=8).hexdigest()


def _words(rng: np.random.Generator, count: int) -> list[str]:
    words: list[str] = WORDS[rng.integers(0, len(WORDS), count)].tolist()
    return words


def _word_count(tokens: int) -> int:
    words = (tokens - NAME_TOKENS - REQUEST_TOKENS) / TOKENS_PER_WORD
    return max(round(words), 0)


def _request(output_tokens: int) -> str:
    """Ask for more lines than fit, so that the token limit ends the answer.

    A numbered line takes three tokens at least, so one line per token is plenty.
    """
    return (
        f"\n\nWrite a numbered list of {output_tokens} different words, one per line, "
        "starting at 1. Do not stop early, do not sum up, and write nothing else."
    )
