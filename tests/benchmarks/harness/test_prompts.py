"""Prompts: how long, how unlike each other, and what they share on purpose."""

import pytest

from benchmarks.harness.load import TOKEN_CLASSES, Lengths, PromptCache
from benchmarks.harness.prompts import WORDS, Prompts
from tests.benchmarks.harness.builders import load

LONG = Lengths(input_tokens=1_000, output_tokens=500)


def prompts(seed=7, lengths=(LONG,), cache=PromptCache.COLD):
    return Prompts(load(seed=seed, lengths=lengths, prompt_cache=cache))


@pytest.mark.parametrize("cache", list(PromptCache))
@pytest.mark.parametrize("lengths", TOKEN_CLASSES.values())
def test_prompt_has_about_as_many_tokens_as_asked(lengths, cache):
    text = prompts(lengths=(lengths,), cache=cache).text(0, lengths)

    # A word of the list is one token; the rest is 10 tokens of name, 36 of request.
    words = sum(word in set(WORDS) for word in text.split("\n\n")[0].split())
    assert words == lengths.input_tokens - 46


def test_cold_prompts_share_no_beginning():
    run = prompts()
    texts = [run.text(number, LONG) for number in range(200)]

    # 200 beginnings of 8 hexadecimal digits agree by chance once in 200,000 runs
    assert len({text[:8] for text in texts}) == 200
    # nor words further in: the second one agrees by chance in one of 248
    assert len({text.split()[1] for text in texts}) > 80


def test_same_request_of_another_run_is_another_prompt():
    one, other = prompts(seed=1).text(0, LONG), prompts(seed=2).text(0, LONG)

    assert one == prompts(seed=1).text(0, LONG)
    assert one.split()[:3] != other.split()[:3]


def test_warm_prompts_share_all_but_their_end():
    run = prompts(cache=PromptCache.WARM)
    texts = [run.text(number, LONG).split("\n\n")[0].split() for number in range(20)]

    # 954 words, of which round(95.4) are a prompt's own
    assert all(text[:859] == texts[0][:859] for text in texts)
    assert len({text[859] for text in texts}) == 20
    other = prompts(seed=8, cache=PromptCache.WARM).text(0, LONG)
    assert other.split()[:20] != texts[0][:20]


def test_shorter_warm_prompt_begins_like_a_longer_one():
    short = Lengths(input_tokens=200, output_tokens=10)
    run = prompts(lengths=(short, LONG), cache=PromptCache.WARM)

    shorter, longer = run.text(0, short), run.text(1, LONG)

    # 154 words, of which 15 are its own
    assert shorter.split()[:139] == longer.split()[:139]


@pytest.mark.parametrize("cache", list(PromptCache))
def test_prompt_too_short_to_be_had_still_asks(cache):
    tiny = Lengths(input_tokens=1, output_tokens=30)
    run = prompts(lengths=(tiny,), cache=cache)

    texts = [run.text(number, tiny) for number in range(3)]

    assert len(set(texts)) == 3
    assert all("list of 30 different words" in text for text in texts)
