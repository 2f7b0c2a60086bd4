"""What an evaluation run asks: its items as chats, in order, without those answered."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b

from benchmarks.harness.questions import Question
from benchmarks.harness.wire import Chat
from benchmarks.models import EvaluationItem, EvaluationRun

# Servers take a seed of 31 bits, if they take any.
SEED_BITS = 31


def chat_of(
    item: EvaluationItem, *, temperature: float | None, seed: int | None
) -> Chat:
    """Return an item as it is asked."""
    return Chat(
        messages=tuple(
            {"role": turn["role"], "content": turn["content"]} for turn in item.messages
        ),
        output_tokens=item.max_output_tokens,
        temperature=temperature,
        seed=seed,
    )


def sample_seed(run_seed: int | None, position: int, sample: int) -> int | None:
    """Return the seed of one sample: the same again whenever it is asked again."""
    if run_seed is None:
        return None
    words = f"{run_seed}/{position}/{sample}".encode()
    digest = blake2b(words, digest_size=4).digest()
    return int.from_bytes(digest, "big") >> (32 - SEED_BITS)


def questions_of(
    run: EvaluationRun, items: Mapping[int, EvaluationItem]
) -> Iterator[Question]:
    """Yield what is still to be asked, in the order of the run's positions.

    `items` are those of the set by their positions. The samples of an item follow each
    other, so whatever ends a run, the items before are complete.
    """
    answered = set(zip(run.item, run.sample, strict=True))
    for position in run.positions:
        for sample in range(run.samples):
            if (position, sample) in answered:
                continue
            seed = sample_seed(run.seed, position, sample)
            item = items[position]
            chat = chat_of(item, temperature=run.temperature, seed=seed)
            yield Question(item=position, sample=sample, chat=chat)
