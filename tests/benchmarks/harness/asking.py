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
    """Ask so many times at once."""

    async def all_at_once() -> list[Sample]:
        loop = asyncio.get_running_loop()
        client = Client(target)
        lengths = Lengths(input_tokens=len(prompt.split()), output_tokens=output_tokens)
        now = loop.time()
        try:
            return await asyncio.gather(
                *(
                    client.request(
                        prompt=prompt, lengths=lengths, intended=now, origin=now
                    )
                    for _ in range(times)
                )
            )
        finally:
            await client.close()

    return asyncio.run(all_at_once())
