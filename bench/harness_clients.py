"""One client in a process of its own: `python -m bench.harness_clients ours URL 9 3 1`.

Arguments: the client, the base URL, streams, requests per stream, and 1 when starts are
ramped. Prints each request's TTFT and TPOT and the CPU that they all took, as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_network

import aiohttp
import uvloop

from benchmarks.harness.client import Client
from benchmarks.harness.load import Lengths
from benchmarks.harness.target import Outbound, Target

TTFT_S, ITL_S, TOKENS = 0.2, 0.02, 50
PROMPT = "Tell me a story about the sea."

Timed = tuple[float, float]  # TTFT and TPOT in milliseconds
Ask = Callable[[float], Awaitable[Timed]]  # given the intended start


def main(kind: str, base_url: str, streams: str, each: str, ramped: str) -> None:
    """Run one load with one client and print what it measured."""
    load = run(kind, base_url, int(streams), int(each), ramped=ramped == "1")
    print(json.dumps(uvloop.run(load)))


async def run(
    kind: str, base_url: str, streams: int, each: int, *, ramped: bool
) -> dict[str, object]:
    """Warm the client up on another provider's path, then measure it."""
    async with CLIENTS[kind](f"{base_url}-warm-up/v1") as ask:
        await asyncio.gather(*(ask(time.monotonic()) for _ in range(4)))
    async with CLIENTS[kind](f"{base_url}/v1") as ask:
        step_s = (TTFT_S + ITL_S) / streams if ramped else 0.0
        begun, cpu_s = time.monotonic() + 0.1, time.process_time()
        found = await asyncio.gather(
            *(_stream(ask, begun + number * step_s, each) for number in range(streams))
        )
        cpu_s = time.process_time() - cpu_s
    timed = [each for stream in found for each in stream]
    return {
        "ttft_ms": [ttft for ttft, _ in timed],
        "tpot_ms": [tpot for _, tpot in timed],
        "cpu_s": cpu_s,
    }


async def _stream(ask: Ask, at: float, each: int) -> list[Timed]:
    """Ask again and again, each time when the last answer is complete."""
    await asyncio.sleep(at - time.monotonic())
    # Timers of uvloop have whole milliseconds: time from when this one fired, so that
    # both clients are spared what is neither's.
    return [await ask(time.monotonic()) for _ in range(each)]


class Ours:
    """The harness's client."""

    def __init__(self, base_url: str) -> None:
        self._client = Client(
            Target(
                base_url=base_url,
                protocol="openai_chat",
                model="model",
                outbound=Outbound(allowed_networks=(ip_network("127.0.0.0/8"),)),
            )
        )

    async def __aenter__(self) -> Ask:
        return self._ask

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def _ask(self, at: float) -> Timed:
        sample = await self._client.request(
            prompt=PROMPT,
            lengths=Lengths(input_tokens=7, output_tokens=TOKENS),
            intended=at,
            origin=at,
        )
        if sample.error:
            raise RuntimeError(f"{sample.error}: {sample.error_detail}")
        return sample.ttft_ms, sample.tpot_ms


class PlainAiohttp:
    """What one would write with aiohttp: lines, JSON, the first text, the usage."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/chat/completions"

    async def __aenter__(self) -> Ask:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector)
        return self._ask

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def _ask(self, at: float) -> Timed:
        body = {
            "model": "model",
            "messages": [{"role": "user", "content": PROMPT}],
            "max_tokens": TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        first = last = 0.0
        tokens = 0
        async with self._session.post(self._url, json=body) as reply:
            async for line in reply.content:
                if not line.startswith(b"data: ") or line == b"data: [DONE]\n":
                    continue
                now = time.monotonic()
                chunk = json.loads(line[6:])
                if chunk["choices"] and chunk["choices"][0]["delta"].get("content"):
                    first, last = first or now, now
                if chunk.get("usage"):
                    tokens = chunk["usage"]["completion_tokens"]
        return (first - at) * 1e3, (last - first) * 1e3 / (tokens - 1)


CLIENTS = {"ours": Ours, "aiohttp": PlainAiohttp}


if __name__ == "__main__":
    main(*sys.argv[1:])
