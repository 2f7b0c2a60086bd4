"""Samples, loads and an endpoint in this process, with only what a test names."""

import asyncio
import time
from collections.abc import Callable

from benchmarks.harness.load import Lengths, Load, Profile
from benchmarks.harness.samples import Sample, SampleTable
from benchmarks.harness.target import Target

TARGET = Target(base_url="http://127.0.0.1:1", protocol="none", model="m")
LENGTHS = Lengths(input_tokens=100, output_tokens=10)


def sample(intended_s: float = 0.0, **figures) -> Sample:
    """Return an answer of 10 tokens: TTFT 100 ms, TPOT 10 ms, so 190 ms in all."""
    usual = {
        "late_ms": 0.0,
        "ttft_ms": 100.0,
        "answer_ttft_ms": 100.0,
        "tpot_ms": 10.0,
        "itl_p95_ms": 10.0,
        "request_ms": 190.0,
        "http_status": 200,
        "output_tokens": 10.0,
    }
    return Sample(intended_s=intended_s, **usual | figures)


def failure(intended_s: float = 0.0, error="http_5xx", **figures) -> Sample:
    return Sample(intended_s=intended_s, error=error, **figures)


def table(*samples: Sample) -> SampleTable:
    return SampleTable.of(samples)


def load(profile: Profile = Profile.SINGLE, **words) -> Load:
    usual = {"requests": 10, "lengths": (LENGTHS,), "seed": 7, "warmup": 0}
    return Load(profile=profile, **usual | {"ramp_s": 0.0} | words)


class Endpoint:
    """Answers after `seconds_of(calls under way)`; satisfies `Requester`.

    Until `stalled_until` (seconds after the start of the run) it answers nobody.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        *,
        seconds_of: Callable[[int], float] | None = None,
        stalled_until: float = 0.0,
        failing: Callable[[int], bool] = lambda number: False,
    ) -> None:
        self.seconds_of = seconds_of or (lambda under_way: seconds)
        self.stalled_until = stalled_until
        self.failing = failing
        self.prompts: list[str] = []
        self.under_way = self.most_under_way = 0
        self.closed = False

    def connect(self, target: Target) -> "Endpoint":
        return self

    async def request(self, *, prompt, lengths, intended, origin, phase=0) -> Sample:
        late_ms = (time.monotonic() - intended) * 1000
        number = len(self.prompts)
        self.prompts.append(prompt)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            stall = origin + self.stalled_until - time.monotonic()
            await asyncio.sleep(max(stall, 0) + self.seconds_of(self.under_way))
        finally:
            self.under_way -= 1
        took_ms = (time.monotonic() - intended) * 1000
        if self.failing(number):
            return failure(intended - origin, phase=phase, late_ms=late_ms)
        return sample(
            intended - origin,
            phase=phase,
            late_ms=late_ms,
            ttft_ms=took_ms,
            request_ms=took_ms,
            asked_input_tokens=lengths.input_tokens,
            asked_output_tokens=lengths.output_tokens,
        )

    async def close(self) -> None:
        self.closed = True
