"""What local models answered to the suite's items, kept line by line.

Nothing is asked twice: an interrupted bench goes on where it ended, and answers can be
graded anew when a grader changes.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.local_server import SLOTS, target
from benchmarks.harness.asking import Asker, Reply
from benchmarks.harness.wire import Chat, Turn
from benchmarks.suite import KINDS, Item, items

GREEDY = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One sample of one item of a kind, `task`, at a temperature."""

    task: str
    item: Item
    temperature: float
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One answer as the file has it; `item` is the item's key."""

    task: str
    item: str
    model: str
    temperature: float
    sample: int
    text: str
    finish_reason: str
    input_tokens: float
    output_tokens: float
    latency_ms: float
    refusal: str = ""


Name = tuple[str, str, str, float, int]


def name_of(kept: Kept) -> Name:
    """Return what an answer is told apart by."""
    return (kept.task, kept.item, kept.model, kept.temperature, kept.sample)


def read(path: Path) -> dict[Name, Kept]:
    """Return the answers of a file by name, none if there is no file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        answers = [Kept(**json.loads(line)) for line in lines]
    return {name_of(kept): kept for kept in answers}


def questions(
    kinds: Iterable[str], *, seed: int, each: int, samples: int, temperature: float
) -> list[list[Asked]]:
    """Return by item what is to be asked of it: one greedy answer, then samples.

    Kinds take turns, three items at a time, so that a bench that is broken off has
    asked about as many items of each.
    """
    drawn = {kind: items(KINDS[kind], seed=seed, count=each) for kind in kinds}
    wanted = [(GREEDY, 0), *((temperature, sample) for sample in range(samples))]
    return [
        [
            Asked(task=kind, item=item, temperature=heat, sample=sample)
            for heat, sample in wanted
        ]
        for start in range(0, each, 3)
        for kind, of_kind in drawn.items()
        for item in of_kind[start : start + 3]
    ]


def ask(
    url: str, model: str, by_item: Sequence[Sequence[Asked]], to: Path
) -> Iterator[int]:
    """Ask what the file lacks, a few items at a time; yield how many were asked.

    The samples of an item follow each other, so that the server reads its prompt once.
    """
    known = read(to)
    waiting = [
        [each for each in of_item if _name(each, model) not in known]
        for of_item in by_item
    ]
    waiting = [of_item for of_item in waiting if of_item]
    with to.open("a", encoding="utf-8") as file:
        for start in range(0, len(waiting), SLOTS):
            some = waiting[start : start + SLOTS]
            for kept in asyncio.run(_all(url, model, some)):
                file.write(json.dumps(asdict(kept)) + "\n")
            file.flush()
            yield sum(map(len, some))


def _name(asked: Asked, model: str) -> Name:
    return (asked.task, asked.item["key"], model, asked.temperature, asked.sample)


async def _all(url: str, model: str, some: Iterable[Sequence[Asked]]) -> list[Kept]:
    asker = Asker(target(url))
    try:
        replies = await asyncio.gather(*(_one(asker, model, each) for each in some))
    finally:
        await asker.close()
    return [kept for of_item in replies for kept in of_item]


async def _one(asker: Asker, model: str, of_item: Sequence[Asked]) -> list[Kept]:
    origin = time.monotonic()
    kept = []
    for asked in of_item:
        chat = Chat(
            messages=tuple(Turn(**turn) for turn in asked.item["messages"]),
            output_tokens=asked.item["max_output_tokens"],
            temperature=asked.temperature,
            seed=asked.sample,
        )
        reply = await asker.ask(chat, origin=origin)
        # What got no answer is no wrong one: it is asked again the next time.
        if reply.error is None:
            kept.append(_kept(asked, model, reply))
    return kept


def _kept(asked: Asked, model: str, reply: Reply) -> Kept:
    last = reply.attempts[-1]
    return Kept(
        task=asked.task,
        item=asked.item["key"],
        model=model,
        temperature=asked.temperature,
        sample=asked.sample,
        text=reply.text,
        finish_reason=reply.finish_reason,
        input_tokens=last.input_tokens,
        output_tokens=last.output_tokens,
        latency_ms=round(reply.latency_ms, 1),
        refusal=reply.refusal,
    )
