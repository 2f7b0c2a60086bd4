"""Asks a target once, on a loop of its own."""

import asyncio

from benchmarks.harness.client import Client
from benchmarks.harness.load import Lengths
from benchmarks.harness.samples import Sample
from benchmarks.harness.target import Patience, Target

# Short, so that tests of giving up are; long enough for a busy machine.
HASTY = Patience(
    connect_s=2, first_byte_s=0.4, stall_s=0.4, request_s=1.5, throttle_s=0.3
)
PROMPT = "one two three four five"


def ask(target: Target, *, output_tokens: int = 20, prompt: str = PROMPT) -> Sample:
    return ask_often(target, 1, output_tokens=output_tokens, prompt=prompt)[0]


def ask_often(
    target: Target, times: int, *, output_tokens: int = 20, prompt: str = PROMPT
) -> list[Sample]:
    """Ask one target so many times at once."""
    return ask_all([target] * times, output_tokens=output_tokens, prompt=prompt)


def ask_all(
    targets: list[Target], *, output_tokens: int = 20, prompt: str = PROMPT
) -> list[Sample]:
    """Ask every target at once."""

    async def one(target: Target) -> Sample:
        now = asyncio.get_running_loop().time()
        lengths = Lengths(input_tokens=len(prompt.split()), output_tokens=output_tokens)
        client = Client(target)
        try:
            return await client.request(
                prompt=prompt, lengths=lengths, intended=now, origin=now
            )
        finally:
            await client.close()

    async def all_at_once() -> list[Sample]:
        return await asyncio.gather(*(one(target) for target in targets))

    return asyncio.run(all_at_once())
